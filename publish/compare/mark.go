package compare

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Words are the texts that announce marks to screen readers, in the language of
// the page.
type Words struct {
	Added   string // "added"
	Removed string // "removed"
	Moved   string // "moved"
	Next    string // "Next change": the name of the link to it
}

// Top is the id of what stands above the page: the last change leads there.
const Top = "changes"

// marker builds the article with its marks out of the nodes of both versions,
// which it uses up.
type marker struct {
	words    Words
	old, new *url.URL // what relative addresses of each version begin at
	prefix   string   // of the ids of changes
	changes  []*html.Node
	inLink   int
	copied   int  // bytes of markup that words had around them when they were removed
	plain    bool // there were too many: others have lost theirs
}

// maxCopied bounds that markup: what stood once around all words of a line comes
// once more around each of those that were removed from it.
const maxCopied = 4 << 20

// mayCopy reports whether the start tag may be written once more.
func (k *marker) mayCopy(n *html.Node) bool {
	size := 2*len(n.Data) + 5
	for _, a := range n.Attr {
		size += len(a.Key) + len(a.Val) + 4
	}
	if k.copied+size > maxCopied {
		k.plain = true
		return false
	}
	k.copied += size
	return true
}

// article writes the article of which the edits say how it changed.
func (k *marker) article(n *html.Node, list []edit) *html.Node {
	k.prefix = freePrefix(n)
	out := shell(n)
	k.edits(out, list)
	for i, a := range k.changes {
		next := "#" + Top
		if i+1 < len(k.changes) {
			next = "#" + k.id(i+1)
		}
		place := k.words.Next + " (" + strconv.Itoa(i+1) + "/" + strconv.Itoa(len(k.changes)) + ")"
		a.Attr = []html.Attribute{{Key: "aria-label", Val: place}, {Key: "class", Val: "change"}, {Key: "href", Val: next}, {Key: "id", Val: k.id(i)}}
	}
	return out
}

func (k *marker) id(i int) string { return k.prefix + strconv.Itoa(i+1) }

// freePrefix is a prefix that no id below n has: "change-" with as many "x-" in
// front as that takes.
func freePrefix(n *html.Node) string {
	taken := map[int]bool{}
	for d := range n.Descendants() {
		rest := attribute(d, "id")
		count := 0
		for strings.HasPrefix(rest, "x-") {
			rest = rest[len("x-"):]
			count++
		}
		if strings.HasPrefix(rest, "change-") {
			taken[count] = true
		}
	}
	count := 0
	for taken[count] {
		count++
	}
	return strings.Repeat("x-", count) + "change-"
}

// anchor makes the place of the next change.
func (k *marker) anchor(into *html.Node) {
	if k.inLink > 0 {
		return
	}
	a := element(atom.A)
	k.changes = append(k.changes, a)
	into.AppendChild(a)
}

func (k *marker) edits(into *html.Node, list []edit) {
	exact := is(into, atom.Pre)
	before := same
	for i := range list {
		e := &list[i]
		first := before == same || before == changed // neighbours that came and went are one change
		switch e.op {
		case same:
			k.keep(into, e.new)
		case added, removed:
			k.whole(into, e, first)
		default:
			k.changed(into, e)
		}
		before = e.op
		if !exact && !(e.new != nil && e.new.isLine() || e.old != nil && e.old.isLine()) {
			into.AppendChild(text("\n"))
		}
	}
}

// keep writes a block that has not changed.
func (k *marker) keep(into *html.Node, b *block) {
	for _, n := range b.all() {
		into.AppendChild(k.placed(take(n), k.new))
	}
}

// all are the nodes of a block.
func (b *block) all() []*html.Node {
	if b.isLine() {
		return b.nodes
	}
	return []*html.Node{b.n}
}

func (k *marker) changed(into *html.Node, e *edit) {
	if e.new.isLine() {
		k.anchor(into)
		k.line(into, e)
		return
	}
	out := k.placed(shell(e.new.n), k.new)
	into.AppendChild(out)
	if is(out, atom.A) {
		k.inLink++
		defer func() { k.inLink-- }()
	}
	k.edits(out, e.inner)
}

// whole writes a block that was added or removed.
func (k *marker) whole(into *html.Node, e *edit, first bool) {
	m := mark{op: e.op, moved: e.moved, anchor: first}
	b, base := e.new, k.new
	if e.op == removed {
		b, base = e.old, k.old
	}
	nodes := b.all()
	for i, n := range nodes {
		nodes[i] = k.placed(take(n), base)
		if e.op == removed {
			strip(nodes[i])
		}
	}
	if b.isLine() {
		k.around(into, nodes, &m)
		return
	}
	k.within(into, nodes[0], &m)
}

// mark is an ins or del element to be made.
type mark struct {
	op     op
	moved  bool
	anchor bool // a change begins with it
}

// within puts the mark around an element, or inside of one that has to stand
// where it stands.
func (k *marker) within(into, n *html.Node, m *mark) {
	switch {
	case is(n, atom.Figcaption) && m.op == removed:
		n.DataAtom, n.Data = atom.Div, "div" // a figure has one, at its edge
		k.around(into, []*html.Node{n}, m)
	case in(n, framing), is(n, atom.Div) && is(into, atom.Dl):
		out := shell(n)
		into.AppendChild(out)
		for _, child := range contents(n) {
			if child.Type == html.ElementNode {
				k.within(out, take(child), m)
			}
		}
	case is(n, atom.Col):
		into.AppendChild(n)
	case in(n, filled):
		out := shell(n)
		if m.op == removed {
			drop(out, "rowspan")
		}
		into.AppendChild(out)
		k.around(out, contents(n), m)
	default:
		k.around(into, []*html.Node{n}, m)
	}
}

func contents(n *html.Node) []*html.Node {
	var out []*html.Node
	for c := range n.ChildNodes() {
		out = append(out, c)
	}
	return out
}

// around puts nodes within a mark.
func (k *marker) around(into *html.Node, nodes []*html.Node, m *mark) {
	class := ""
	if slices.ContainsFunc(nodes, func(n *html.Node) bool { return in(n, blocks) }) {
		class = "block"
	}
	out := k.open(m.op, m.moved, class)
	if m.anchor {
		k.anchor(out)
		m.anchor = false
	}
	for _, n := range nodes {
		out.AppendChild(take(n))
	}
	into.AppendChild(out)
}

// open makes a mark. What it means is said in words too.
func (k *marker) open(op op, moved bool, class string) *html.Node {
	kind, word := atom.Ins, k.words.Added
	if op == removed {
		kind, word = atom.Del, k.words.Removed
	}
	if moved {
		word, class = k.words.Moved, strings.TrimSpace(class+" moved")
	}
	out := element(kind, "class", class)
	if word != "" {
		said := element(atom.Span, "class", "sr")
		said.AppendChild(text(word + " "))
		out.AppendChild(said)
	}
	return out
}

// placed makes the relative addresses in a node absolute.
func (k *marker) placed(n *html.Node, base *url.URL) *html.Node {
	if base == nil || n.Type != html.ElementNode {
		return n
	}
	place(n, base)
	for d := range n.Descendants() {
		place(d, base)
	}
	return n
}

func place(n *html.Node, base *url.URL) {
	for i := range n.Attr {
		a := &n.Attr[i]
		switch a.Key {
		case "href", "src", "poster", "data", "longdesc":
			a.Val = resolve(base, a.Val)
		case "srcset":
			list := strings.Split(a.Val, ",")
			for j, one := range list {
				address, size, _ := strings.Cut(strings.TrimSpace(one), " ")
				list[j] = strings.TrimSpace(resolve(base, address) + " " + size)
			}
			a.Val = strings.Join(list, ", ")
		}
	}
}

// resolve makes an address absolute, unless it is one already or leads to a
// place in the page itself.
func resolve(base *url.URL, address string) string {
	if address == "" || strings.HasPrefix(address, "#") {
		return address
	}
	ref, err := url.Parse(address)
	if err != nil || ref.IsAbs() || ref.Host != "" {
		return address
	}
	return base.ResolveReference(ref).String()
}

// named are attributes of what is found, or finds other elements, by an id, and
// of links: what was removed is no place and leads nowhere.
var named = map[string]bool{
	"id": true, "name": true, "for": true, "headers": true, "usemap": true, "form": true, "list": true, "autofocus": true,
	"autoplay": true, "accesskey": true, "itemref": true, "aria-labelledby": true, "aria-describedby": true, "aria-controls": true,
	"aria-details": true, "aria-owns": true, "aria-activedescendant": true, "aria-flowto": true, "aria-errormessage": true,
}

// strip takes the names out of what was removed.
func strip(n *html.Node) {
	stripOne(n)
	for d := range n.Descendants() {
		stripOne(d)
	}
}

func stripOne(n *html.Node) {
	if n.Type != html.ElementNode {
		return
	}
	var kept []html.Attribute
	for _, a := range n.Attr {
		if named[a.Key] && n.Namespace == "" || a.Key == "id" {
			continue
		}
		if is(n, atom.A) && (a.Key == "href" || a.Key == "rel" || a.Key == "target" || a.Key == "download" || a.Key == "role" || a.Key == "aria-label") {
			continue
		}
		kept = append(kept, a)
	}
	n.Attr = kept
}

func drop(n *html.Node, key string) {
	var kept []html.Attribute
	for _, a := range n.Attr {
		if a.Key != key {
			kept = append(kept, a)
		}
	}
	n.Attr = kept
}
