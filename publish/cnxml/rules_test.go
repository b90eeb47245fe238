package cnxml

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/rules.golden anew")

// checked are the rules of this package: their pages in docs/rules have an
// example that breaks the rule, and one that breaks none.
var judged = strings.Fields(`xml-malformed xml-root xml-doctype xml-encoding xml-character xml-reference xml-attribute-twice xml-namespace xml-limit
	element-unknown element-misplaced element-missing element-repeated text-misplaced attribute-unknown attribute-missing attribute-value
	math-arguments alt-missing alt-empty content-after-section content-missing duplicate-id id-missing link-empty url-malformed
	metadata-missing metadata-super mime-type-mismatch section-too-deep section-untitled
	table-cols-mismatch table-column-twice table-column-unknown table-overlap table-span table-too-wide title-mismatch uuid-malformed`)

// TestRules checks the examples in the pages of the rules. The golden file has
// what is said of the wrong ones.
func TestRules(t *testing.T) {
	var got strings.Builder
	for _, rule := range judged {
		page, err := os.ReadFile(filepath.Join("../../docs/rules", rule+".md"))
		if err != nil {
			t.Fatal(err)
		}
		limits := Limits{}
		if rule == "xml-limit" {
			limits.Depth = 4 // its example is a sketch
		}
		found := false
		fmt.Fprintf(&got, "# %s\n", rule)
		for _, f := range judge(example(t, string(page), "Wrong"), limits) {
			found = found || f.Rule == rule
			fmt.Fprintf(&got, "%v (to %d:%d)", f, f.End.Line, f.End.Column)
			if f.Replacement != "" {
				fmt.Fprintf(&got, " => %s", f.Replacement)
			}
			got.WriteByte('\n')
		}
		if !found {
			t.Errorf("%s: the wrong example does not break the rule", rule)
		}
		if faults := judge(example(t, string(page), "Right"), limits); len(faults) > 0 {
			t.Errorf("%s: the right example: %v", rule, faults)
		}
	}
	const name = "testdata/rules.golden"
	if *update {
		if err := os.WriteFile(name, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(name); err != nil || got.String() != string(want) {
		t.Errorf("%v; got\n%s", err, got.String())
	}
}

// example is the code in a part of a page. A character that does not print is
// shown as its symbol there.
func example(t *testing.T, page, part string) string {
	t.Helper()
	_, code, ok := strings.Cut(page, "\n## "+part+"\n\n```xml\n")
	code, _, closed := strings.Cut(code, "\n```\n")
	if !ok || !closed {
		t.Fatalf("no part %s in %.60s", part, page)
	}
	return strings.ReplaceAll(code, "␈", "\b")
}

// A fragment of a module stands between these.
const (
	before = `<document xmlns="http://cnx.rice.edu/cnxml" xmlns:m="http://www.w3.org/1998/Math/MathML" xmlns:md="http://cnx.rice.edu/mdml">` +
		`<title>T</title><metadata><md:title>T</md:title><md:uuid>00000000-0000-4000-8000-000000000001</md:uuid></metadata><content>` + "\n"
	behind = "\n</content></document>"
)

// judge is what is wrong with a file, or with a fragment of a module; lines
// are counted in the fragment.
func judge(source string, limits Limits) []Fault {
	lines := 0
	if !strings.Contains(source, "<document") {
		source, lines = before+source+behind, 1
	}
	root, faults := Parse([]byte(source), limits)
	if root != nil {
		faults = Check(root)
	}
	for i := range faults {
		faults[i].Pos.Line -= lines
		faults[i].End.Line -= lines
	}
	return faults
}
