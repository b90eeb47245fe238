package mathml_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/markup"
	"github.com/rhaptos/rhaptos/publish/mathml"
	"github.com/rhaptos/rhaptos/publish/mathml/mathmltest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGolden writes the formulas of each testdata/NAME.cnxml and compares with
// NAME.html, which has one a line and ends with the problems as comments.
func TestGolden(t *testing.T) {
	sources, err := filepath.Glob("testdata/*.cnxml")
	if err != nil || len(sources) == 0 {
		t.Fatalf("no sources: %v", err)
	}
	for _, source := range sources {
		t.Run(filepath.Base(source), func(t *testing.T) {
			got, golden := formulas(t, read(t, source)), strings.TrimSuffix(source, ".cnxml")+".html"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want := read(t, golden); got != want {
				t.Errorf("%s differs; got\n%s\nwant\n%s", golden, got, want)
			}
		})
	}
}

// formulas writes the formulas of a module, those in equations as displayed.
func formulas(t *testing.T, text string) string {
	t.Helper()
	root, faults := cnxml.Parse([]byte(text), cnxml.Limits{})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	var out, problems strings.Builder
	page := mathml.Page{
		Attrs: attributes,
		Link: func(href string) ([]markup.Attr, bool) {
			return []markup.Attr{{"href", href}}, strings.HasPrefix(href, "https:")
		},
		Warn: func(_ *cnxml.Node, rule, format string, args ...any) {
			fmt.Fprintf(&problems, "<!-- %s: %s -->\n", rule, fmt.Sprintf(format, args...))
		},
	}
	var walk func(n *cnxml.Node, display bool)
	walk = func(n *cnxml.Node, display bool) {
		if n.Space == cnxml.MathML {
			var w markup.Writer
			page.Display = display
			mathml.Write(&w, n, page)
			out.WriteString(w.String() + "\n")
			check(t, w.String())
			return
		}
		for _, c := range n.Children {
			walk(c, display || n.Is("equation"))
		}
	}
	walk(root.Child("content"), false)
	return out.String() + problems.String()
}

// check checks every element of a formula.
func check(t *testing.T, formula string) {
	t.Helper()
	body := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := html.ParseFragment(strings.NewReader(formula), body)
	if err != nil || len(nodes) != 1 {
		t.Fatalf("%d nodes in %s: %v", len(nodes), formula, err)
	}
	math := nodes[0]
	if math.Data == "a" {
		math = math.FirstChild
	}
	mathmltest.Check(t, math)
	for n := range math.Descendants() {
		if n.Type == html.ElementNode {
			mathmltest.Check(t, n)
		}
	}
}

// attributes are the id and the classes.
func attributes(n *cnxml.Node, classes ...string) []markup.Attr {
	var out []markup.Attr
	if id := n.ID(); id != "" {
		out = append(out, markup.Attr{"id", id})
	}
	if classes = append(classes, strings.Fields(n.Attr("class"))...); len(classes) > 0 {
		out = append(out, markup.Attr{"class", strings.Join(classes, " ")})
	}
	return out
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
