package search

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestReadDocument(t *testing.T) {
	page := `<!DOCTYPE html><html lang="es-MX"><head><title>No</title></head><body><nav>No</nav><main>
<article><header class="heading"><ol class="crumbs"><li>No</li></ol><h1><span class="number">1.2</span> La <em>derivada</em></h1></header>
<p>Sea&nbsp;f una   función<sup><a href="#n">1</a></sup>.</p><script>no()</script><style>no</style>
<section id="s1"><h2><span class="number">1.2.1</span> Reglas</h2><p>Un <dfn id="t">límite</dfn> de <math><msup><mi>x</mi><mn>2</mn></msup><mo>+</mo><mfrac><mn>1</mn><mi>n</mi></mfrac>
<annotation encoding="tex">no</annotation></math></p>
<section id="s2"><h3>Cadena</h3><table><tr><td>uno</td><td>dos</td></tr></table></section>
<p>Sigue H<sub>2</sub>O.</p></section>
<h2 id="own">Propio</h2><pre><code>let <span>x</span>
  = 1;</code></pre><img alt="Una curva">
</article></main><footer>No</footer></body></html>`
	want := &Document{
		Language: "es-MX", Title: "La derivada", Terms: []string{"límite"},
		Sections: []Section{
			{Text: "Sea f una función 1 ."},
			{Anchor: "s1", Heading: "Reglas", Text: "Reglas\nUn límite de x² + 1/n"},
			{Anchor: "s2", Heading: "Cadena", Text: "Cadena\nuno dos"},
			{Anchor: "s1", Text: "Sigue H₂O."},
			{Anchor: "own", Heading: "Propio", Text: "Propio\nlet x = 1;\nUna curva"},
		},
	}
	got, err := ReadDocument(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	data, digest, err := got.encode()
	if err != nil {
		t.Fatal(err)
	}
	again, err := decodeDocument(data)
	if err != nil || !reflect.DeepEqual(again, want) {
		t.Errorf("decoded: %+v, %v", again, err)
	}
	// What leads around does not change the document.
	got, err = ReadDocument(strings.NewReader(strings.ReplaceAll(page, "No<", "Other<")))
	if err != nil {
		t.Fatal(err)
	}
	if _, other, err := got.encode(); err != nil || other != digest {
		t.Errorf("another document: %+v, %v", got, err)
	}
}

func TestFormula(t *testing.T) {
	for markup, want := range map[string]string{
		`<msup><mi>x</mi><mn>2</mn></msup>`:                                             "x²",
		`<msub><mi>a</mi><mrow><mi>n</mi><mo>+</mo><mn>1</mn></mrow></msub>`:            "a_(n + 1)",
		`<msubsup><mi>x</mi><mn>1</mn><mi>k</mi></msubsup>`:                             "x₁^k",
		`<mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mn>2</mn></mfrac>`:          "(a + b)/2",
		`<msqrt><mi>x</mi><mo>−</mo><mn>1</mn></msqrt>`:                                 "√(x − 1)",
		`<mroot><mi>x</mi><mn>3</mn></mroot>`:                                           "√x",
		`<mi>y</mi><mo>=</mo><mo>−</mo><mn>3</mn>`:                                      "y = −3",
		`<mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>2</mn></mtd></mtr></mtable>`:        "1 2",
		`<mi>f</mi><mo>&#x2061;</mo><mo>(</mo><mi>x</mi><mo>)</mo>`:                     "f(x)",
		`<semantics><mi>z</mi><annotation-xml><mi>no</mi></annotation-xml></semantics>`: "z",
	} {
		d, err := ReadDocument(strings.NewReader("<article><p><math>" + markup + "</math></p></article>"))
		if err != nil || len(d.Sections) != 1 || d.Sections[0].Text != want {
			t.Errorf("%s: got %+v, %v; want %s", markup, d.Sections, err, want)
		}
	}
}

// Any bytes are a page.
func FuzzReadDocument(f *testing.F) {
	f.Add("<article><h1>x</h1><section id=a><h2>y</h2>z<math><msup><mi>x</mi></msup></math></section></article>")
	f.Add(strings.Repeat("<section id=a>", 1000))
	f.Fuzz(func(t *testing.T, page string) {
		d, err := ReadDocument(strings.NewReader(page))
		if err != nil {
			return
		}
		for _, s := range d.Sections {
			if s.Text == "" || strings.Contains(s.Text, "  ") || strings.Contains(s.Text, "\n\n") {
				t.Fatalf("section %+v", s)
			}
		}
		d.fields()
	})
}

// Pages that are made to take long take time in proportion to their size.
func TestHostilePages(t *testing.T) {
	nested := func(tag string, depth int, inside string) string {
		return strings.Repeat("<"+tag+">", depth) + inside + strings.Repeat("</"+tag+">", depth)
	}
	var terms strings.Builder
	for i := range 60_000 {
		fmt.Fprintf(&terms, "<dfn>term%d</dfn> ", i)
	}
	for name, page := range map[string]string{
		"terms in terms":       nested("dfn", 400, strings.Repeat("word ", 1000)),
		"marks in marks":       nested("sup", 400, strings.Repeat("<b>word</b> ", 100_000)),
		"terms in bold terms":  strings.Repeat("<dfn><span>", 200) + strings.Repeat("word ", 100_000) + strings.Repeat("</span></dfn>", 200),
		"many terms":           terms.String(),
		"formulas in formulas": "<math>" + strings.Repeat("<msup><mi>x</mi>", 400) + "<mtext>" + strings.Repeat("word ", 20_000) + "</mtext>" + strings.Repeat("</msup>", 400) + "</math>",
		"roots of roots":       "<math>" + nested("msqrt", 400, "<mtext>"+strings.Repeat("word ", 20_000)+"</mtext>") + "</math>",
		"operators":            "<math>" + strings.Repeat("<mo>+</mo>", 100_000) + "</math>",
		"sections in sections": strings.Repeat("<section id=a><h2>b</h2>c", 500),
		"headings in headings": nested("h2", 1, nested("span", 400, strings.Repeat("word ", 20_000))),
	} {
		start := time.Now()
		d, err := ReadDocument(strings.NewReader("<article>" + page + "</article>"))
		if err != nil || len(d.Sections) == 0 {
			t.Errorf("%s: %v", name, err)
			continue
		}
		d.fields()
		if took := time.Since(start); took > 15*time.Second {
			t.Errorf("%s took %v", name, took)
		} else {
			t.Log(name, took)
		}
	}
}

// What is found in a long page is shown where it is, if that is not too far from
// the beginning.
func TestLongPage(t *testing.T) {
	d := &Document{Language: "en"}
	for i := range 400 {
		d.Sections = append(d.Sections, Section{Anchor: fmt.Sprint("s", i), Text: strings.Repeat("many words ", 4000) + fmt.Sprintf("place%d", i)})
	}
	start := time.Now()
	for range 5 {
		if e, section := excerpt(d, ParseQuery("place3")); section != 3 || len(e.Fragments) < 2 {
			t.Fatalf("section %d: %+v", section, e)
		}
		if e, section := excerpt(d, ParseQuery("place399")); section != -1 || len(e.Fragments) != 1 {
			t.Fatalf("section %d: %+v", section, e)
		}
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("ten excerpts took %v", took)
	}
}
