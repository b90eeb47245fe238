package compare

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

var english = Words{Added: "added", Removed: "removed", Moved: "moved", Next: "Next change"}

func noFiles(string) string { return "" }

// marked compares two articles and returns the one with the marks.
func marked(t testing.TB, old, new string) (*html.Node, *difference) {
	t.Helper()
	d, err := compareArticles([]byte(old), []byte(new), noFiles, noFiles)
	if err != nil {
		t.Fatal(err)
	}
	m := &marker{words: english}
	return m.article(d.new, d.edits), d
}

func article(t testing.TB, source string) *html.Node {
	t.Helper()
	n, err := parseArticle([]byte(source))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func rendered(t testing.TB, n *html.Node) string {
	t.Helper()
	var b bytes.Buffer
	if err := html.Render(&b, n); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// read is the text of a node without white space, and without what is in one of
// the elements: what is in marks of ours only, not in an author's del.
func read(n *html.Node, without atom.Atom) string {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		switch {
		case n.Type == html.TextNode:
			b.WriteString(strings.Map(func(r rune) rune {
				if unicode.IsSpace(r) {
					return -1
				}
				return r
			}, n.Data))
		case is(n, without) && isMark(n), is(n, atom.Span) && attribute(n, "class") == "sr":
			return
		}
		for c := range n.ChildNodes() {
			walk(c)
		}
	}
	walk(n)
	return b.String()
}

func isMark(n *html.Node) bool {
	return is(n.FirstChild, atom.Span) && attribute(n.FirstChild, "class") == "sr"
}

// checkMarks holds for every difference.
func checkMarks(t *testing.T, old, new string) *difference {
	t.Helper()
	out, d := marked(t, old, new)
	if got, want := read(out, atom.Del), read(article(t, new), 0); got != want {
		t.Errorf("without what was removed:\n%s\nwant\n%s\nmarked: %s", got, want, rendered(t, out))
	}
	if got, want := read(out, atom.Ins), read(article(t, old), 0); got != want {
		t.Errorf("without what was added:\n%s\nwant\n%s\nmarked: %s", got, want, rendered(t, out))
	}
	if n, ok := renumbered(articleBytes([]byte(old)), articleBytes([]byte(new))); ok && d.counts != (Counts{Numbers: n}) {
		t.Errorf("only %d numbers have changed; compared: %+v", n, d.counts)
	}
	return d
}

// checkDocument holds for what becomes of documents that are valid themselves:
// it survives a parser, and its ids are unique.
func checkDocument(t *testing.T, old, new string) {
	t.Helper()
	out, _ := marked(t, old, new)
	written := rendered(t, out)
	again := article(t, written)
	if twice := rendered(t, again); twice != written {
		at := 0
		for at < min(len(twice), len(written)) && twice[at] == written[at] {
			at++
		}
		at = max(at-200, 0)
		t.Errorf("a parser changes it:\n%.500s\nbecomes\n%.500s", written[at:], twice[at:])
	}
	seen := map[string]bool{}
	for n := range again.Descendants() {
		id := attribute(n, "id")
		if id != "" && seen[id] {
			t.Errorf("two elements have the id %q", id)
		}
		seen[id] = true
		if is(n, atom.A) && strings.HasPrefix(attribute(n, "href"), "#change-") && !strings.Contains(written, `id="`+attribute(n, "href")[1:]+`"`) {
			t.Errorf("a link leads nowhere: %s", rendered(t, n))
		}
		if is(n, atom.A) {
			for up := range n.Ancestors() {
				if is(up, atom.A) {
					t.Errorf("a link in a link: %s", rendered(t, up))
				}
			}
		}
	}
}

// TestRandomEdits edits real pages at random.
func TestRandomEdits(t *testing.T) {
	pages, err := filepath.Glob("../render/testdata/*.html")
	if err != nil || len(pages) < 10 {
		t.Fatal(len(pages), err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for _, name := range pages {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		page := rendered(t, article(t, "<article>"+string(source)+"</article>"))
		t.Run(filepath.Base(name), func(t *testing.T) {
			if d := checkMarks(t, page, page); d.counts.Any() || len(d.edits) == 0 {
				t.Errorf("a page differs from itself: %+v", d.counts)
			}
			for i := range 30 {
				other := page
				for range 1 + i/3 {
					other = mutate(t, random, other)
				}
				checkMarks(t, page, other)
				checkMarks(t, other, page)
				checkDocument(t, page, other)
				if t.Failed() {
					t.Fatalf("after %d edits:\n%s", i, other)
				}
			}
		})
	}
}

// mutate makes one change that leaves the page valid.
func mutate(t testing.TB, random *rand.Rand, page string) string {
	root := article(t, page)
	var texts, movable []*html.Node
	for n := range root.Descendants() {
		switch {
		case n.Type == html.TextNode && strings.TrimSpace(n.Data) != "" && n.Parent.Namespace == "":
			texts = append(texts, n)
		case is(n, atom.P, atom.Li, atom.Figure, atom.Aside, atom.Em, atom.Strong, atom.Math, atom.Img, atom.Tr, atom.Details, atom.Ol, atom.Ul, atom.Table):
			movable = append(movable, n)
		case n.Namespace == "math" && n.Data == "math":
			movable = append(movable, n)
		}
	}
	pick := func(list []*html.Node) *html.Node { return list[random.IntN(len(list))] }
	switch kind := random.IntN(8); {
	case kind < 4 && len(texts) > 0:
		n := pick(texts)
		words := strings.Fields(n.Data)
		at := random.IntN(len(words))
		switch kind {
		case 0:
			words[at] = fmt.Sprintf("word%d", random.IntN(100))
		case 1:
			words = slices.Delete(words, at, at+1)
		case 2:
			words = slices.Insert(words, at, "some", "new,", "words")
		case 3:
			words = append(words, words...)
		}
		n.Data = strings.Join(words, " ") + " "
	case kind == 4 && len(movable) > 0:
		take(pick(movable))
	case kind == 5 && len(movable) > 0:
		n := pick(movable)
		if next := n.NextSibling; next != nil && next.NextSibling != nil {
			parent, before := n.Parent, next.NextSibling
			take(n)
			parent.InsertBefore(n, before)
		}
	case kind == 6 && len(texts) > 0:
		n := pick(texts)
		if !is(n.Parent, atom.Tbody, atom.Table, atom.Tr, atom.Ol, atom.Ul) {
			wrap := element([]atom.Atom{atom.Em, atom.Code, atom.Span}[random.IntN(3)])
			n.Parent.InsertBefore(wrap, n)
			wrap.AppendChild(take(n))
		}
	case len(movable) > 0:
		n := pick(movable)
		if copied := article(t, "<article>"+rendered(t, n)+"</article>"); is(n, atom.P, atom.Li, atom.Em) && copied.FirstChild != nil && n.Parent != nil {
			twin := take(copied.FirstChild)
			strip(twin)
			n.Parent.InsertBefore(twin, n)
		}
	}
	return rendered(t, article(t, rendered(t, root)))
}

func FuzzMarks(f *testing.F) {
	f.Add("<article><p>one two three</p></article>", "<article><p>one 2 <em>three</em></p></article>")
	f.Add("<article><ul><li>a<li>b</ul><table><tr><td>1<td>2</table></article>", "<article><ol><li>b<li>c</ol><table><tr><td>1</table></article>")
	f.Add("<p><a href=x>a <math><mi>x</mi></math></a> b", "<p>a <b>b<i>c</b>d</i><pre>\n\n x\n y</pre>")
	f.Add("<dl><div><dt>a<dd>b</div></dl><figure><figcaption>x", "<dl><dd>b</dl><details><summary>s</summary>t")
	f.Fuzz(func(t *testing.T, old, new string) {
		if len(old)+len(new) > 1<<16 {
			return
		}
		for _, page := range []string{old, new} {
			if _, err := parseArticle([]byte(page)); err != nil {
				return
			}
		}
		checkMarks(t, old, new)
		if d := checkMarks(t, new, new); d.counts.Any() {
			t.Errorf("a page differs from itself: %+v", d.counts)
		}
	})
}
