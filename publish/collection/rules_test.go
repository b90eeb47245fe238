package collection

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the index of docs/rules anew")

const rulePages = "../../docs/rules"

// TestRulePages holds the pages against the table: one page a rule, in the one
// form, and all of them in the index.
func TestRulePages(t *testing.T) {
	index := "# Rules\n\nThe rules that `rhaptos check` and every push check, one page each. An error\n" +
		"keeps a book from being published; a warning or a note does not. The settings\n" +
		"of a repository can change severities.\n\n" +
		"| rule | severity | problem |\n|---|---|---|\n"
	pages := map[string]bool{"README.md": true}
	for _, r := range Rules() {
		index += fmt.Sprintf("| [%s](%[1]s.md) | %s | %s |\n", r.ID, r.Severity, r.Meaning)
		pages[r.ID+".md"] = true
		text, err := os.ReadFile(filepath.Join(rulePages, r.ID+".md"))
		if err != nil {
			t.Errorf("%s: the rule has no page", r.ID)
			continue
		}
		head := fmt.Sprintf("# %s\n\n**%s**: %s.\n\n", r.ID, r.Severity, r.Meaning)
		if !strings.HasPrefix(string(text), head) {
			t.Errorf("%s: the page does not begin\n%s", r.ID, head)
		}
		for _, part := range []string{"\n## Why it matters\n", "\n## Wrong\n", "\n## Right\n", "\n## How to fix it\n"} {
			if strings.Count(string(text), part) != 1 {
				t.Errorf("%s: the page has no part %q", r.ID, strings.TrimSpace(part))
			}
		}
	}
	name := filepath.Join(rulePages, "README.md")
	if *update {
		if err := os.WriteFile(name, []byte(index), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(name); err != nil || string(got) != index {
		t.Errorf("%s is not the index of the rules (go test -run RulePages -update writes it): %v", name, err)
	}
	entries, err := os.ReadDir(rulePages)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".md") && !pages[e.Name()] {
			t.Errorf("%s is the page of no rule", e.Name())
		}
	}
}

// TestRulesInSource holds the table against the source: every rule that the
// program reports is in it, and every one in it is reported.
func TestRulesInSource(t *testing.T) {
	id := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)+$`)
	used := map[string]bool{}
	for _, dir := range []string{"..", "../../hooks", "../../cmd"} {
		err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || name == "../collection/rules.go" {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				lit, ok := n.(*ast.BasicLit)
				if !ok || lit.Kind != token.STRING {
					return true
				}
				if s, err := strconv.Unquote(lit.Value); err == nil && id.MatchString(s) {
					used[s] = true
				}
				return true
			})
			for _, r := range spoken(file) {
				if _, ok := RuleOf(r); !ok && id.MatchString(r) {
					t.Errorf("%s: %s is not in the table of rules", name, r)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range Rules() {
		if !used[r.ID] {
			t.Errorf("nothing reports %s", r.ID)
		}
	}
}

// Where rules have a case of their own: a bad library, a good one and
// what is said of the bad one.
const (
	ruleArchives = "*/testdata/rules/*.txtar"       // called by the rule
	pageExamples = "../cnxml/testdata/rules.golden" // of the examples in the rules' pages, below "# RULE"
)

// tested are the rules that do not follow from a library alone, or only from a
// large one, each with its test.
var tested = map[string]string{
	"check-limit":            "../check/limit_test.go",
	"code-plain":             "../render/highlight_time_test.go",
	"exercise-class-unknown": "../outline/recipes_test.go",
	"file-too-large":         "mdbook/book_test.go",
	"interactive-too-large":  "../edition/programs_test.go",
	"hidden-character":       "../check/plain_test.go",
	"include-too-large":      "mdbook/include_test.go",
	"internal-fault":         "../fault/fault_test.go",
	"lfs-object-missing":     "../check/missing_test.go",
	"media-large":            "media_test.go",
	"more-problems":          "collection_test.go",
	"path-doubled":           "../edition/files_test.go",
	"path-refused":           "../../hooks/paths_test.go",
	"root-unexpected":        "openstax/testdata/broken-pages.txtar",
	"settings-key":           "../settings/settings_test.go",
	"settings-reason":        "../settings/rules_test.go",
	"settings-rule":          "../settings/rules_test.go",
	"settings-syntax":        "../settings/settings_test.go",
	"settings-unreadable":    "../settings/settings_test.go",
	"settings-value":         "../settings/settings_test.go",
	"severity-lowered":       "../settings/rules_test.go",
	"symlink-broken":         "mdbook/symlink_test.go",
	"word-unwanted":          "../check/terms_test.go",
}

// TestRulesAreShown looks for the case of each rule.
func TestRulesAreShown(t *testing.T) {
	shown := map[string]bool{}
	names, err := filepath.Glob(ruleArchives)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		shown[strings.TrimSuffix(filepath.Base(name), ".txtar")] = true
	}
	examples, err := os.ReadFile(pageExamples)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(examples)) {
		if rule, ok := strings.CutPrefix(line, "# "); ok {
			shown[strings.TrimSpace(rule)] = true
		}
	}
	for rule, name := range tested {
		text, err := os.ReadFile(name)
		if err != nil || !strings.Contains(string(text), rule) {
			t.Errorf("%s says nothing of %s: %v", name, rule, err)
		}
		if shown[rule] {
			t.Errorf("%s has a case; it needs no test besides", rule)
		}
		shown[rule] = true
	}
	for _, r := range Rules() {
		if !shown[r.ID] {
			t.Errorf("%s has no case", r.ID)
		}
	}
}

// spoken is the rules in a file that stand where one is reported: the second
// argument of Error, Warning, Note or warn, and a field Rule.
func spoken(file *ast.File) []string {
	var found []string
	take := func(e ast.Expr) {
		if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			s, _ := strconv.Unquote(lit.Value)
			found = append(found, s)
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			sel, ok := n.Fun.(*ast.SelectorExpr)
			if ok && slices.Contains([]string{"Error", "Warning", "Note", "warn", "fault"}, sel.Sel.Name) && len(n.Args) > 2 {
				take(n.Args[1])
			}
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Rule" {
				take(n.Value)
			}
		}
		return true
	})
	return found
}
