package render_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/mathml/mathmltest"
	"github.com/rhaptos/rhaptos/publish/outline"
	"github.com/rhaptos/rhaptos/publish/render"
)

// The words that fuzzed trees are made of.
var (
	cnxmlNames = strings.Fields(`para entry emphasis item exercise problem title term row solution link media image section
		newline list label equation note span colspec figure sub definition meaning caption sup table tgroup tbody example
		document metadata content code thead glossary foreign commentary cite footnote iframe quote space cite-title div
		subfigure tfoot param featured-links link-group preformat rule statement proof seealso entrytbl spanspec download
		audio video object flash text bogus script`)
	htmlNames = strings.Fields(`a b p div span ul ol li dl dt dd table caption colgroup col thead tbody tfoot tr td th pre code
		img br hr h1 h2 h6 details summary ruby rt rp figure figcaption listing iframe script style svg math input form
		select option textarea title template nobr button em i s q del ins section article center font body html head
		frameset noscript plaintext xmp object embed base link meta a blockquote`)
	mathNames = strings.Fields(`math mrow mi mn mo ms mtext mspace mfrac msqrt mroot mstyle merror mpadded mphantom mfenced
		menclose msub msup msubsup munder mover munderover mmultiscripts mprescripts none mtable mtr mlabeledtr mtd maction
		semantics annotation annotation-xml malignmark maligngroup mglyph apply ci cn plus divide power root sin sum reln eq
		bvar script foo`)
	attrNames = strings.Fields(`id class effect url document target-id src alt display list-type number-style start-value
		mark-prefix mark-suffix bullet-style count type morerows namest nameend colname align valign cols colnum lang href
		title name width height style onclick mathvariant open close separators notation columnalign linethickness
		displaystyle lspace rspace colwidth spanname summary rowsep bevelled mathsize mathcolor accent frame columnlines columnspacing rowalign encoding
		linebreak summary aria-label number caption file-name rowspan colspan scope for`)
	values = []string{"", "a", "b", "c1", "c2", "1", "2", "99999999", "-1", "block", "inline", "enumerated", "lower-alpha",
		"javascript:alert(1)", "https://example.org/?a=b&c", "http:", "#a", "m2", "m3", "gone", "#exercise/x", "reference",
		"os-teacher", "unnumbered", "../../media/a.png", "../../media/b.pdf", "bold", "italics", "true", "0.2 em",
		"thickmathspace", "\" onload=\"x", "<b>", "a b", "é", "box circle", "radical", "right left", "\x00", "\xff", "\u0092",
		"worked-example", "middle", "(", "hint", "checkbox", "./x", "solid dashed", "1*", "2*", "120%", "12pt", "#f00", "normal", "double-struck",
		"//evil.example", "JaVaScript:x", "data:text/html,x", "practice", "summary", "end", "here"}
	texts = []string{"x", " ", "\n", "one\ntwo\nthree", "<script>", "&amp;", "]]>", "\r\n", "\r", "\x00\x1f", "\xff", "\u0092", "é",
		"\n\n", "∑", "</pre>", "<!--", "\ufffe", "12"}
)

// treeOf makes a tree of bytes: each byte or pair of them opens or closes an
// element, adds an attribute or a text.
func treeOf(data []byte) *cnxml.Node {
	root := &cnxml.Node{Space: cnxml.CNXML, Name: "content"}
	open := []*cnxml.Node{root}
	for i := 0; i+1 < len(data); i += 2 {
		op, arg := data[i], int(data[i+1])
		top := open[len(open)-1]
		element := func(space cnxml.Space, names []string) {
			n := &cnxml.Node{Space: space, Name: names[arg%len(names)], Pos: cnxml.Pos{Line: 1, Column: i}}
			if op&0x40 != 0 { // leads somewhere
				for _, name := range []string{"url", "href", "src"} {
					n.Attrs = append(n.Attrs, cnxml.Attr{Name: name, Value: []string{"https://example.org/", "../../media/a.png", "#a", "run.html"}[i%4]})
				}
			}
			top.Children = append(top.Children, n)
			open = append(open, n)
		}
		switch op % 8 {
		case 0, 1:
			element(cnxml.CNXML, cnxmlNames)
		case 2:
			element([]cnxml.Space{cnxml.HTML, cnxml.HTML, cnxml.HTML, cnxml.Other, cnxml.MDML}[int(op/8)%5], htmlNames)
		case 3:
			element(cnxml.MathML, mathNames)
		case 4:
			if i+2 < len(data) && top != root {
				top.Attrs = append(top.Attrs, cnxml.Attr{Name: attrNames[arg%len(attrNames)], Value: values[int(data[i+2])%len(values)]})
				i++
			}
		case 5:
			top.Children = append(top.Children, &cnxml.Node{Data: texts[arg%len(texts)]})
		default:
			for range 1 + arg%3 {
				if len(open) > 1 {
					open = open[:len(open)-1]
				}
			}
		}
	}
	return root
}

// fuzzLibrary puts the tree into a book, with other pages to link to.
func fuzzLibrary(content *cnxml.Node) *collection.Library {
	module := func(id string) *collection.Module {
		said := &collection.Text{Title: text("Page " + id), Content: &cnxml.Node{Space: cnxml.CNXML, Name: "content", Children: []*cnxml.Node{
			{Space: cnxml.CNXML, Name: "figure", Attrs: []cnxml.Attr{{Name: "id", Value: "a"}}}}}}
		if id == "m1" {
			said = &collection.Text{Title: content, Abstract: content, Content: content, Glossary: content}
		}
		return &collection.Module{ID: id, Path: "modules/" + id + "/index.cnxml", Key: id,
			Source: func(context.Context) (*collection.Text, error) { return said, nil }}
	}
	m1, m2, m3 := module("m1"), module("m2"), module("m3")
	m1.Pages = map[string]*collection.Module{"m2": m2, "m3": m3}
	m1.Media = map[string]*collection.Media{
		"../../media/a.png": {Path: "media/a b.png", Type: "image/png"},
		"../../media/b.pdf": {Path: "media/b.pdf", Type: "application/pdf"},
		"run.html":          {Path: "media/run.html", Type: "text/html"},
	}
	book := func(slug string, modules ...*collection.Module) *collection.Book {
		sub := &collection.Subcollection{Title: "One"}
		for _, m := range modules {
			sub.Entries = append(sub.Entries, collection.Entry{Module: m, Numbered: true})
		}
		return &collection.Book{Format: "openstax", Slug: slug, Title: slug, Language: "en",
			Collection: &collection.Collection{Entries: []collection.Entry{{Subcollection: sub, Numbered: true}}}}
	}
	return &collection.Library{Books: []*collection.Book{book("one", m1, m2), book("two", m3)},
		Modules: map[string]*collection.Module{"m1": m1, "m2": m2, "m3": m3}}
}

func text(s string) *cnxml.Node {
	return &cnxml.Node{Space: cnxml.CNXML, Name: "title", Children: []*cnxml.Node{{Data: s}}}
}

// Everything that a page may hold. The lists stand here a second time, apart
// from the code, on purpose.
var (
	allowedElements = strings.Fields(`html head body
		a abbr address article aside b bdi bdo blockquote br caption cite code col colgroup dd del details dfn div dl dt em figcaption figure
		footer h2 h3 h4 h5 h6 header hgroup hr i iframe img ins kbd li mark nav ol p pre q rp rt ruby s samp section small span strong
		sub summary sup table tbody td tfoot th thead time tr u ul var wbr`)
	allowedAttributes = strings.Fields(`id class lang dir title href rel role aria-label src alt width height loading decoding sandbox tabindex type start
		reversed open scope colspan rowspan datetime`)
)

// checkMarkup checks what holds for every page, whatever its source.
func checkMarkup(t *testing.T, p *render.Page, body string) {
	t.Helper()
	inspect(t, p, body)
	checkNames(t, body)
}

// checkNames checks that there are no elements and attributes but those that a
// page may hold, and that no address can run anything.
func checkNames(t *testing.T, body string) {
	t.Helper()
	for n := range parseHTML(t, body).Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if n.Namespace == "math" {
			mathmltest.Check(t, n)
			continue
		}
		if !slices.Contains(allowedElements, n.Data) {
			t.Errorf("<%s> is written", n.Data)
		}
		if n.Data == "iframe" && !slices.Contains(n.Attr, html.Attribute{Key: "sandbox", Val: "allow-scripts"}) {
			t.Errorf("an iframe has the attributes %v", n.Attr)
		}
		for _, a := range n.Attr {
			if !slices.Contains(allowedAttributes, a.Key) {
				t.Errorf("<%s %s=%q> is written", n.Data, a.Key, a.Val)
			}
			scheme, _, ok := strings.Cut(a.Val, ":")
			if ok && (a.Key == "href" || a.Key == "src") && !strings.HasPrefix(a.Val, "#") &&
				!slices.Contains([]string{"http", "https", "mailto"}, scheme) {
				t.Errorf("<%s %s=%q> is written", n.Data, a.Key, a.Val)
			}
		}
	}
}

// FuzzRender renders any tree as text, abstract, glossary and title of a page:
// the markup is well-formed, of allowed names, and its links lead somewhere.
func FuzzRender(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0, 0, 2, 5, 5, 2, 6, 0, 4, 0, 1, 3, 0, 3, 9, 5, 1})
	f.Add([]byte{2, 0, 4, 43, 14, 2, 0, 2, 11, 2, 11, 5, 0, 0, 28, 0, 29, 0, 30, 0, 8, 0, 1, 4, 30, 5})
	for i := range 64 { // nested twice in themselves, with text
		f.Add([]byte{0, byte(i), 5, 0, 0, byte(i), 5, 4, 6, 1, 2, byte(i), 5, 0, 2, byte(i), 5, 3, 6, 2, 3, byte(i), 3, byte(i), 5, 0})
	}
	f.Fuzz(checkTree)
}

// TestRandomTrees is FuzzRender over trees that are larger than its seeds.
func TestRandomTrees(t *testing.T) {
	for seed := range uint64(150) {
		random := rand.New(rand.NewPCG(seed, 0))
		data := make([]byte, 100+random.IntN(400))
		for i := range data {
			data[i] = byte(random.Uint32())
		}
		checkTree(t, data)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func checkTree(t *testing.T, data []byte) {
	lib := fuzzLibrary(treeOf(data))
	kept := analysis.NewMemory(1 << 20)
	for _, options := range []outline.Options{{}, outline.Standard()} {
		made := map[string]map[string]*rendered{}
		for _, b := range lib.Books {
			book, again := bookWith(t, lib, b, kept, options), bookWith(t, lib, b, kept, options)
			made[b.Slug] = map[string]*rendered{}
			for i, p := range book.Pages() {
				body, _ := renderPage(t, book, p)
				checkMarkup(t, p, body)
				checkMarkup(t, p, "<h2>"+string(p.Title)+"</h2>")
				made[b.Slug][p.Slug] = inspect(t, p, body)
				q := again.Pages()[i]
				if same, _ := renderPage(t, again, q); body != same || p.Title != q.Title {
					t.Errorf("%s: what is known makes another page:\n%s", p.Slug, same)
				}
			}
		}
		for book, pages := range made {
			for slug, r := range pages {
				checkLinks(t, made, book, slug, r)
			}
		}
	}
	if t.Failed() {
		book := newBook(t, lib, lib.Books[0])
		body, _ := renderPage(t, book, book.Pages()[0])
		t.Logf("page:\n%s", body)
	}
}
