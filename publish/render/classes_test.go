package render_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// sheets are the style sheets of pages, of EPUBs and of print, each in the order
// of the files that a document loads.
var sheets = map[string][]string{
	"page":  {"../theme/assets/style.css"},
	"EPUB":  {"../export/epub/assets/epub.css"},
	"print": {"../theme/assets/style.css", "../export/pdf/assets/print.css"},
}

// plain are the classes that only say what an element is, so that they look like
// the element; and by style sheet those that mean nothing there.
var plain = map[string]string{
	"all": `about audio bevelled center code commentary download emphasis entry figure foreign image license-text link-group object
		checkbox letter para records row ruby see-also solution space subfigure summary td term text unreadable video`,
	"page": ``,
	"EPUB": `mark-paren mark-parens mark-bare circled stepwise lower-alpha upper-alpha lower-roman upper-roman
		bullet-dash bullet-asterisk bullet-section bullet-pilcrow bullet-rpilcrow
		answer answers caption citations definition frame from glossary iframe item list media page-wide side-by-side sr statement table tag wide-formula word
		tok-bad tok-meta tok-name tok-number tok-output tok-string tok-type`,
	"print": ``,
}

// computed are classes that are not written as one literal beside their element,
// and those of authors that say how something looks.
func computed() []string {
	out := strings.Fields(`circled stepwise unstyled
		lower-alpha upper-alpha lower-roman upper-roman mark-own mark-paren mark-parens mark-bare labeled
		bullet-none bullet-dash bullet-open-circle bullet-square bullet-asterisk bullet-section bullet-pilcrow bullet-rpilcrow
		frame-none frame-all frame-topbot frame-sides page-wide no-line align-left align-right align-center valign-top valign-middle valign-bottom
		menclose longdiv actuarial box roundedbox circle left right top bottom updiagonalstrike downdiagonalstrike
		verticalstrike horizontalstrike madruwb phasorangle
		frame-solid frame-dashed line-solid line-dashed line-below-solid line-below-dashed rise-top rise-bottom
		tight wide dense loose wide-bar bold italic sans-serif monospace`)
	for w := 5; w <= 100; w += 5 {
		out = append(out, fmt.Sprintf("width-%d", w))
	}
	return out
}

// TestClasses demands that every class that a page may have is known to each
// style sheet, or is listed as plain there.
func TestClasses(t *testing.T) {
	classes := map[string]bool{}
	for _, class := range slices.Concat(computed(), literalClasses(t, "*.go"), literalClasses(t, "../mathml/*.go"), goldenClasses(t)) {
		classes[class] = true
	}
	for sheet, files := range sheets {
		var css strings.Builder
		for _, file := range files {
			css.WriteString(regexp.MustCompile(`(?s)/\*.*?\*/`).ReplaceAllString(read(t, file), ""))
		}
		if sheet == "EPUB" && strings.Contains(css.String(), ":is(") {
			t.Error("the EPUB's style sheet uses :is(), which EPUBCheck does not know")
		}
		known := map[string]bool{}
		for _, m := range regexp.MustCompile(`\.([a-z][a-zA-Z0-9_-]*)`).FindAllStringSubmatch(css.String(), -1) {
			known[m[1]] = true
		}
		without := strings.Fields(plain["all"] + " " + plain[sheet])
		for _, class := range slices.Sorted(maps.Keys(classes)) {
			if !known[class] && !slices.Contains(without, class) {
				t.Errorf("%s: no rule for .%s", sheet, class)
			}
		}
	}
}

// literalClasses are those that stand in the source as the value of a class
// attribute or as an argument of the functions that write one.
func literalClasses(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	var out []string
	add := func(e ast.Expr) {
		if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			s, _ := strconv.Unquote(lit.Value)
			out = append(out, strings.Fields(s)...)
		}
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				if len(n.Elts) == 2 {
					if lit, ok := n.Elts[0].(*ast.BasicLit); ok && lit.Value == `"class"` {
						add(n.Elts[1])
					}
				}
			case *ast.CallExpr:
				f, ok := n.Fun.(*ast.SelectorExpr)
				if ok && slices.Contains([]string{"attrs", "htmlAttrs", "mathAttrs", "disclosure"}, f.Sel.Name) && len(n.Args) > 1 {
					for _, arg := range n.Args[1:] {
						add(arg)
					}
				}
			}
			return true
		})
	}
	return out
}

var classPattern = regexp.MustCompile(`class="([^"]*)"`)

// goldenClasses are those of the golden files that no author has written.
func goldenClasses(t *testing.T) []string {
	t.Helper()
	find := func(patterns ...string) map[string]bool {
		out := map[string]bool{}
		for _, pattern := range patterns {
			files, err := filepath.Glob(pattern)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range files {
				for _, m := range classPattern.FindAllStringSubmatch(read(t, name), -1) {
					for _, class := range strings.Fields(m[1]) {
						out[class] = true
					}
				}
			}
		}
		return out
	}
	authors := find("testdata/*.cnxml", "testdata/generated/*.txtar", "testdata/*.md", "../mathml/testdata/*.cnxml", "*_test.go")
	for _, class := range strings.Fields("bogus does_not_compile ignore review-questions snap-lab warning") { // written otherwise
		authors[class] = true
	}
	var out []string
	for class := range find("testdata/*.html", "testdata/generated/*.html", "../mathml/testdata/*.html") {
		if !authors[class] && !strings.HasPrefix(class, "language-") {
			out = append(out, class)
		}
	}
	return out
}
