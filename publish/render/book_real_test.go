package render_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/collection/mdbook"
	"github.com/rhaptos/rhaptos/publish/collection/openstax"
	"github.com/rhaptos/rhaptos/publish/collection/realbook"
	"github.com/rhaptos/rhaptos/publish/outline"
	"github.com/rhaptos/rhaptos/publish/render"
)

// realLibrary reads the library in a bundle, or leaves the test out.
func realLibrary(t testing.TB, name string) *collection.Library {
	t.Helper()
	lib, problems, err := collection.Read(context.Background(), os.DirFS(realbook.Clone(t, name)), analysis.None{}, openstax.Format{}, mdbook.Format{})
	if err != nil {
		t.Fatal(err)
	}
	if collection.HasErrors(problems) {
		t.Fatalf("%s has errors: %v", name, problems[0])
	}
	return lib
}

// realBooks are books that must render without a warning, and how many pages
// they have at least.
var realBooks = []struct {
	name  string
	pages int
}{
	{"osbooks-introductory-statistics-bundle", 150},
	{"osbooks-physics", 90},
	{"mdbook-rust-book", 100},
	{"osbooks-introduction-python-programming", 100},
}

func TestRealBooks(t *testing.T) {
	for _, tt := range realBooks {
		t.Run(tt.name, func(t *testing.T) {
			lib := realLibrary(t, tt.name)
			made := map[string]map[string]*rendered{}
			count := 0
			for _, b := range lib.Books {
				made[b.Slug] = renderBook(t, lib, b)
				count += len(made[b.Slug])
			}
			for book, pages := range made {
				for slug, r := range pages {
					checkLinks(t, made, book, slug, r)
					checkCalled(t, made[book], slug, r)
				}
			}
			if count < tt.pages {
				t.Errorf("%d pages, want at least %d", count, tt.pages)
			}
		})
	}
}

// rendered is what a test knows of a page.
type rendered struct {
	page  *render.Page
	ids   map[string]*html.Node
	links []*html.Node
	media []string
}

// renderBook renders all pages of a book.
func renderBook(t *testing.T, lib *collection.Library, b *collection.Book) map[string]*rendered {
	t.Helper()
	book := bookWith(t, lib, b, analysis.None{}, outline.Standard())
	pages := map[string]*rendered{}
	for _, p := range book.Pages() {
		if pages[p.Slug] != nil {
			t.Errorf("two pages have the slug %q", p.Slug)
		}
		body, problems := renderPage(t, book, p)
		for _, problem := range problems {
			if problem.Severity > collection.Note {
				t.Errorf("%s: %v", p.Slug, problem)
			}
		}
		pages[p.Slug] = inspect(t, p, body)
		inspect(t, p, string(p.Title))
		checkNames(t, string(body))
	}
	return pages
}

// inspect checks that the markup is well-formed, as HTML and as XML, and
// collects its ids and addresses.
func inspect(t *testing.T, p *render.Page, body string) *rendered {
	t.Helper()
	if err := wellFormedXML(body); err != nil {
		t.Errorf("%s: not well-formed XML: %v", p.Slug, err)
	}
	root := parseHTML(t, body)
	if got, want := renderHTML(t, root), normal(t, body); got != want {
		at := 0
		for at < min(len(got), len(want)) && got[at] == want[at] {
			at++
		}
		from := max(at-120, 0)
		t.Errorf("%s: an HTML parser reads it back differently:\n%s\nwritten as\n%s", p.Slug,
			got[from:min(at+120, len(got))], want[from:min(at+120, len(want))])
	}
	r := &rendered{page: p, ids: map[string]*html.Node{}}
	level := 1
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' {
			next, _ := strconv.Atoi(n.Data[1:])
			if next < 2 || next > level+1 {
				t.Errorf("%s: h%d follows h%d", p.Slug, next, level)
			}
			level = next
		}
		for _, a := range n.Attr {
			switch a.Key {
			case "id":
				if r.ids[a.Val] != nil {
					t.Errorf("%s: the id %q stands twice", p.Slug, a.Val)
				}
				r.ids[a.Val] = n
			case "href":
				r.links = append(r.links, n)
			case "src":
				r.media = append(r.media, a.Val)
			}
		}
	}
	return r
}

// checkLinks follows the links of a page: what they lead to is there.
func checkLinks(t *testing.T, made map[string]map[string]*rendered, book, slug string, r *rendered) {
	t.Helper()
	media := map[string]bool{}
	for _, page := range made[book] {
		if m := page.page.Module; m != nil {
			for _, file := range m.Media {
				media[render.MediaPath(file)] = true
			}
		}
	}
	for _, src := range r.media {
		if path, err := url.PathUnescape(src); err != nil || !media[path] {
			t.Errorf("%s: the image %q is no media file of the book", slug, src)
		}
	}
	for _, a := range r.links {
		link := attribute(a, "href")
		u, err := url.Parse(link)
		switch {
		case err != nil:
			t.Errorf("%s: %v", slug, err)
		case u.Scheme == "http", u.Scheme == "https", u.Scheme == "mailto", u.Path == "./":
		case strings.HasPrefix(u.Path, "media/"):
			if !media[u.Path] {
				t.Errorf("%s: %q is no media file", slug, link)
			}
		default:
			to, path := r, u.Path
			if other, rest, ok := strings.Cut(strings.TrimPrefix(path, "../"), "/"); ok {
				book, path = other, rest
			}
			if path != "" {
				to = made[book][path]
			}
			if to == nil || u.Fragment != "" && to.ids[u.Fragment] == nil {
				t.Errorf("%s: %q leads nowhere", slug, link)
				continue
			}
		}
	}
}

// checkCalled compares what links call their targets with what those say of
// themselves.
func checkCalled(t *testing.T, pages map[string]*rendered, slug string, r *rendered) {
	t.Helper()
	for _, a := range r.links {
		u, err := url.Parse(attribute(a, "href"))
		if err != nil || u.Fragment == "" || u.Host != "" || strings.HasPrefix(u.Path, "../") {
			continue
		}
		to := r
		if u.Path != "" {
			to = pages[u.Path]
		}
		if to != nil && to.ids[u.Fragment] != nil {
			checkName(t, slug, content(a), to.ids[u.Fragment])
		}
	}
}

// named is the text of a link that the program has written: "Figure 3.4".
var named = regexp.MustCompile(`^(Figure|Table|Example|Equation|Exercise) \(?([0-9A-Z]+(?:\.[0-9]+)*)\)?$`)

// authors are such texts that authors of the real books have written
// themselves, and wrongly.
var authors = map[string]bool{"Figure 1.13": true, "Table 14": true, "Table 2.76": true}

// checkName compares what a link calls its target with what the target says of
// itself. It may lead to something within the target.
func checkName(t *testing.T, slug, text string, target *html.Node) {
	t.Helper()
	m := named.FindStringSubmatch(text)
	if m == nil || authors[text] {
		return
	}
	kind, number := strings.ToLower(m[1]), m[2]
	for target != nil && !strings.Contains(" "+attribute(target, "class")+" ", " "+kind+" ") && target.Data != kind {
		target = target.Parent
	}
	if target == nil {
		t.Errorf("%s: %q does not lead to a %s", slug, text, kind)
		return
	}
	if kind == "exercise" {
		number = number[strings.LastIndexByte(number, '.')+1:] + "."
	}
	if own := content(target); !strings.Contains(own, number) {
		t.Errorf("%s: %q leads to what calls itself %.60q", slug, text, own)
	}
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func content(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func wellFormedXML(body string) error {
	d := xml.NewDecoder(strings.NewReader("<body>" + body + "</body>"))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func parseHTML(t testing.TB, body string) *html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader("<!DOCTYPE html><html><head></head><body>" + body + "</body></html>"))
	if err != nil {
		t.Fatalf("html: %v", err)
	}
	return root
}

func renderHTML(t testing.TB, root *html.Node) string {
	t.Helper()
	for n := range root.Descendants() { // the parser sorts some elements' attributes
		slices.SortFunc(n.Attr, byKey)
	}
	var b bytes.Buffer
	if err := html.Render(&b, root); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func byKey(a, b html.Attribute) int { return strings.Compare(a.Key, b.Key) }

// normal writes the markup as html.Render would, by its tokens alone: without
// what a parser fixes.
func normal(t testing.TB, body string) string {
	t.Helper()
	b := bytes.NewBufferString("<!DOCTYPE html><html><head></head><body>")
	z := html.NewTokenizer(strings.NewReader(body))
	for {
		switch z.Next() {
		case html.ErrorToken:
			b.WriteString("</body></html>")
			return b.String()
		default:
			token := z.Token()
			slices.SortFunc(token.Attr, byKey)
			b.WriteString(token.String())
		}
	}
}

func BenchmarkStatistics(b *testing.B) {
	lib := realLibrary(b, "osbooks-introductory-statistics-bundle")
	for b.Loop() {
		book := bookWith(b, lib, lib.Books[0], analysis.None{}, outline.Standard())
		size := 0
		for _, p := range book.Pages() {
			body, _ := renderPage(b, book, p)
			size += len(body)
		}
		b.SetBytes(int64(size))
	}
}

// TestOneModule changes one module of a real book: pages that become others
// depend on it, and those are all of its chapter.
func TestOneModule(t *testing.T) {
	lib := realLibrary(t, "osbooks-physics")
	before := statesOf(t, lib, outline.Standard())
	m := lib.Modules["m54138"]
	source := m.Source
	m.Key += " changed"
	m.Source = func(ctx context.Context) (*collection.Text, error) {
		text, err := source(ctx)
		if err == nil { // an exercise before all others: the rest of the chapter is renumbered
			exercise := &cnxml.Node{Space: cnxml.CNXML, Name: "exercise", Children: []*cnxml.Node{
				{Space: cnxml.CNXML, Name: "problem", Children: []*cnxml.Node{{Data: "Why?"}}}}}
			text.Content.Children = append([]*cnxml.Node{exercise}, text.Content.Children...)
		}
		return text, err
	}
	changed := 0
	for slug, now := range statesOf(t, lib, outline.Standard()) {
		was := before[slug]
		if was.body != now.body && was.depends == now.depends {
			t.Errorf("%s became another, and depends on the same", slug)
		}
		if was.depends != now.depends {
			changed++
			if !strings.HasPrefix(slug, "4-") {
				t.Errorf("%s depends on a module of chapter 4", slug)
			}
		}
	}
	if changed < 3 {
		t.Errorf("%d pages have changed", changed)
	}
}
