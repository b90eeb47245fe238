package epub

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/rhaptos/rhaptos/publish/export/content"
)

func parsed(t *testing.T, fragment string) *html.Node {
	t.Helper()
	doc, err := html.Parse(strings.NewReader("<article>" + fragment + "</article>"))
	if err != nil {
		t.Fatal(err)
	}
	return content.Find(doc, atom.Article)
}

func written(t *testing.T, n *html.Node) string {
	t.Helper()
	var b bytes.Buffer
	for c := range n.ChildNodes() {
		if err := html.Render(&b, c); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// TestMarks has the lists of pages as reading systems get them.
func TestMarks(t *testing.T) {
	own := func(name, class, items string) string {
		return "<" + name + ` class="` + class + ` mark-own" role="list">` + items + "</" + name + ">"
	}
	marked := func(mark, text string) string { return `<li><span class="mark">` + mark + "</span> " + text + "</li>" }
	for source, want := range map[string]string{
		`<ol class="mark-parens lower-alpha" type="a" start="3"><li>x</li><li><p>y</p></li></ol>`: own("ol", "mark-parens lower-alpha", marked("(c)", "x")+marked("(d)", "<p>y</p>")),
		`<ol class="mark-paren"><li>x</li></ol>`:                                                  own("ol", "mark-paren", marked("1)", "x")),
		`<ol class="mark-bare upper-roman" type="I"><li>x</li></ol>`:                              own("ol", "mark-bare upper-roman", marked("I", "x")),
		`<ol class="circled" start="0"><li>x</li><li value="21">y</li></ol>`:                      own("ol", "circled", marked("⓪", "x")+`<li value="21"><span class="mark">㉑</span> y</li>`),
		`<ol class="upper-alpha circled" type="A"><li>x</li></ol>`:                                own("ol", "upper-alpha circled", marked("Ⓐ", "x")),
		`<ol class="stepwise"><li>x</li></ol>`:                                                    own("ol", "stepwise", marked("Krok 1.", "x")),
		`<div lang="es"><ol class="stepwise"><li>x</li></ol></div>`:                               `<div lang="es">` + own("ol", "stepwise", marked("Paso 1.", "x")) + "</div>",
		`<ul class="bullet-dash"><li>x</li></ul>`:                                                 own("ul", "bullet-dash", marked("–", "x")),
		`<ul class="bullet-pilcrow"><li>x<ul class="bullet-section"><li>y</li></ul></li></ul>`:    own("ul", "bullet-pilcrow", marked("¶", "x"+own("ul", "bullet-section", marked("§", "y")))),

		// CSS 2.1 has these, and authors' own marks are text already.
		`<ol type="a" start="2"><li>x</li></ol>`: "", `<ul class="bullet-square"><li>x</li></ul>`: "", `<ul class="bullet-none"><li>x</li></ul>`: "",
		`<ol class="circled mark-own" role="list"><li><span class="mark">Q1:</span> x</li></ol>`: "",
		`<ul class="circled"><li>x</li></ul>`:                                                    "", `<ol class="circled" reversed=""><li>x</li></ol>`: "", `<p class="circled">x</p>`: "",
	} {
		article := parsed(t, source)
		writeMarks(article, "pl")
		if want == "" {
			want = source
		}
		if got := written(t, article); got != want {
			t.Errorf("%s: got\n%s, want\n%s", source, got, want)
		}
	}
}

// TestMarksAreNoRules demands that the style sheet draws no mark by rules that
// reading systems need not know.
func TestMarksAreNoRules(t *testing.T) {
	for _, rule := range []string{"@counter-style", `list-style-type: "`, "::marker"} {
		if strings.Contains(string(style), rule) {
			t.Errorf("epub.css has %s", rule)
		}
	}
}

func TestDescribeTables(t *testing.T) {
	article := parsed(t, `<p id="description-1"></p><table><caption>Table 1 <span class="sr">What it shows.</span></caption><tbody></tbody></table><p><span class="sr">x</span></p>`)
	describeTables(article, map[string]bool{"description-1": true})
	want := `<p id="description-1"></p><table aria-describedby="description-1x"><caption>Table 1 <span id="description-1x" hidden="hidden">What it shows.</span></caption><tbody></tbody></table><p><span id="description-2" hidden="hidden">x</span></p>`
	if got := written(t, article); got != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
}
