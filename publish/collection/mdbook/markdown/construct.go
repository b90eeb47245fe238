package markdown

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// resolve gives the raw HTML below n the meaning that a browser gives it, and
// then arranges n. The elements of Markdown and the tags of raw HTML are
// written as one stream of HTML, whose tree is constructed by the rules of the
// HTML standard, 13.2.6, and read back.
func (c *converter) resolve(n *cnxml.Node, depth int) {
	if c.hasRaw(n) {
		c.construct(n)
	}
	c.arrange(n, depth)
}

func (c *converter) hasRaw(n *cnxml.Node) bool {
	return len(c.raw) > 0 && (c.raw[n] != nil || slices.ContainsFunc(n.Children, c.hasRaw))
}

// markAttribute is the attribute that says which node an element stands for.
const markAttribute = "m"

func (c *converter) construct(n *cnxml.Node) {
	s := &stream{converter: c}
	for _, child := range n.Children {
		s.write(child)
	}
	s.reportOpen()
	body := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := html.ParseFragment(&s.out, body)
	if err != nil {
		c.report.Add(collection.Place{Pos: n.Pos}.Problem(collection.Error, "markdown-too-complex", "the HTML on this page is nested too deep; use fewer levels"))
		c.dropTags(n)
		return
	}
	n.Children = nil
	for _, h := range nodes {
		s.read(n, h, 0)
	}
	(&shaper{empty: s.emptied()}).reshape(n)
	nest(n, nil)
}

func (c *converter) dropTags(n *cnxml.Node) {
	n.Children = slices.DeleteFunc(n.Children, func(child *cnxml.Node) bool { return c.raw[child] != nil })
	for _, child := range n.Children {
		c.dropTags(child)
	}
}

// stream is a text as HTML, in which each element names what it stands for.
type stream struct {
	*converter
	out        bytes.Buffer
	items      []item
	texts      []*cnxml.Node // in the order of the stream
	text       int           // index of the text that was read last
	open       []*rawTag     // whose end tags may not be omitted
	formatting map[string]int
}

// item is what an element of the stream stands for.
type item struct {
	node *cnxml.Node
	raw  *rawTag // if it is one of raw HTML
	read bool

	copies []*cnxml.Node // what it has been read as
}

// htmlNames are the elements of HTML that stand for those of CNXML. What is
// not here is written as one that nothing is read into.
var htmlNames = map[string]string{
	"para": "p", "item": "li", "quote": "blockquote", "note": "blockquote", "title": "h3", "table": "table", "thead": "thead",
	"tbody": "tbody", "row": "tr", "entry": "td", "emphasis": "em", "link": "a", "sup": "sup", "sub": "sub",
}

func (s *stream) write(n *cnxml.Node) {
	switch raw := s.raw[n]; {
	case n.Space == cnxml.Text:
		s.texts = append(s.texts, n)
		s.out.WriteString(html.EscapeString(n.Data))
	case raw != nil && n.Name == rawStart:
		s.writeStart(raw)
	case raw != nil:
		s.writeEnd(raw)
	case n.Is("tgroup"):
		s.writeChildren(n)
	case n.Is("colspec"):
	default:
		name, whole := streamName(n)
		s.start(name, item{node: n})
		switch {
		case !whole:
			s.writeChildren(n)
			s.end(name)
		case name != "br" && name != "img" && name != "hr":
			s.end(name)
		}
	}
}

func (s *stream) writeChildren(n *cnxml.Node) {
	for _, child := range n.Children {
		s.write(child)
	}
}

// streamName is the name of the element that stands for n, and whether n is
// one unit, with nothing in it that the stream sees.
func streamName(n *cnxml.Node) (name string, whole bool) {
	switch {
	case n.Space == cnxml.HTML:
		return n.Name, n.Name == "hr"
	case n.Space == cnxml.MathML:
		return "span", true
	case n.Is("list") && n.Attr("list-type") == "enumerated":
		return "ol", false
	case n.Is("list"):
		return "ul", false
	case n.Is(headingMark):
		return "h" + n.Attr("level"), false
	case n.Is("newline"):
		return "br", true
	case n.Is("media"):
		return "img", true
	case n.Is("code") && n.Attr("display") == "block":
		return "pre", true
	case n.Is("code"):
		return "code", true
	}
	if name = htmlNames[n.Name]; name != "" {
		return name, false
	}
	return "span", true
}

func (s *stream) start(name string, it item) {
	s.out.WriteString("<" + name + " " + markAttribute + "=" + strconv.Itoa(len(s.items)))
	s.items = append(s.items, it)
	if it.raw != nil && name == "annotation-xml" { // its content is HTML or not
		for _, a := range it.raw.token.Attr {
			if a.Key == "encoding" {
				s.out.WriteString(` encoding="` + html.EscapeString(a.Val) + `"`)
			}
		}
	}
	if it.raw != nil && it.raw.token.Type == html.SelfClosingTagToken {
		s.out.WriteString(" /") // it counts in MathML
	}
	s.out.WriteByte('>')
}

func (s *stream) end(name string) { s.out.WriteString("</" + name + ">") }

// formattingMost is how many formatting elements may be open at once. All of
// them are opened again in each paragraph that follows.
const formattingMost = 12

var formatting = set(`a b big code em font i nobr s small strike strong tt u`)

func (s *stream) writeStart(t *rawTag) {
	if formatting[t.name] {
		if s.formatting == nil {
			s.formatting = map[string]int{}
		}
		if s.formatting[""] >= formattingMost {
			s.lost(t, "so many <%s> are open here that this one is left out; close them")
			return
		}
		s.formatting[t.name]++
		s.formatting[""]++
	}
	if !voidElements[t.name] && !omissible[t.name] {
		s.open = append(s.open, t)
	}
	s.start(t.name, item{node: t.node, raw: t})
}

func (s *stream) writeEnd(t *rawTag) {
	if formatting[t.name] && s.formatting[t.name] > 0 {
		s.formatting[t.name]--
		s.formatting[""]--
	}
	for i := len(s.open) - 1; i >= 0 && i >= len(s.open)-600; i-- {
		if s.open[i].name == t.name {
			s.open = slices.Delete(s.open, i, i+1)
			break
		}
	}
	if !voidElements[t.name] || t.name == "br" {
		s.end(t.name)
	}
}

var (
	voidElements = set(`area base br col embed frame hr img input link meta param source track wbr`)
	// omissible are the elements whose end tags may be omitted (HTML standard,
	// 13.1.2.4), and those of MathML, which close with their parents.
	omissible = set(`li dt dd p rt rp rb rtc option optgroup colgroup caption thead tbody tfoot tr td th html head body`)
)

// reportOpen reports the elements that are never closed: everything that
// follows is in them.
func (s *stream) reportOpen() {
	for _, t := range s.open {
		if t.node == nil && !t.dropped && !t.reported { // said otherwise
			continue
		}
		if strings.HasSuffix(t.raw, "/>") && (t.token.Data == "math" || mathSigns[t.token.Data]) {
			continue
		}
		s.lost(t, "<%s> is never closed, so what follows is in it; add its end tag")
	}
}

var mathSigns = set(`mi mn mo mtext mspace ms mrow mfrac msqrt mroot mstyle merror mpadded mphantom msub msup msubsup munder mover munderover
	mmultiscripts mprescripts none mtable mtr mtd maction semantics annotation annotation-xml menclose mfenced mglyph maligngroup malignmark`)

// lost reports something about a tag, once a page for each name and kind.
func (c *converter) lost(t *rawTag, format string) {
	if key := t.token.Data + format; !c.reported[key] {
		c.reported[key] = true
		c.report.Add(t.Problem(collection.Warning, "html-left-out", format, cnxml.Escape(t.token.Data)))
	}
}

// read appends what h stands for to the children of parent.
func (s *stream) read(parent *cnxml.Node, h *html.Node, depth int) {
	switch h.Type {
	case html.TextNode:
		parent.Children = append(parent.Children, textNode(h.Data, s.positionOf(h.Data, parent.Pos)))
	case html.ElementNode:
		s.readElement(parent, h, depth)
	}
}

func (s *stream) readAll(parent *cnxml.Node, h *html.Node, depth int) {
	for child := range h.ChildNodes() {
		s.read(parent, child, depth+1)
	}
	parent.Children = joinText(parent.Children)
}

func (s *stream) readElement(parent *cnxml.Node, h *html.Node, depth int) {
	it := s.itemOf(h)
	switch {
	case it == nil:
		s.readImplied(parent, h, depth)
		return
	case it.raw == nil:
		s.readMarkdown(parent, h, it, depth)
		return
	case it.raw.dropped:
		if !it.read {
			s.report.Add(it.raw.Problem(collection.Warning, "html-left-out", "<%s> cannot be shown in a book and is left out; say the same with others, or remove it", cnxml.Escape(it.raw.token.Data)))
		}
		it.read = true
		return
	}
	n := it.node
	switch {
	case h.Namespace == "math":
		n = mathElement(it.raw.token, it.raw.Pos)
	case h.Namespace != "" || n == nil:
		if !it.raw.reported {
			s.lost(it.raw, "<%s> means nothing in a book: its tags are left out, and what is in it is kept; remove them, or write &lt; for the sign")
		}
		s.readAll(parent, h, depth)
		return
	}
	n = it.copy(n)
	s.readAll(n, h, depth)
	if it.raw.end != nil {
		it.raw.end(n)
	}
	add(parent, n)
}

// readMarkdown reads back an element that Markdown has made.
func (s *stream) readMarkdown(parent *cnxml.Node, h *html.Node, it *item, depth int) {
	if _, whole := streamName(it.node); whole {
		if !it.read {
			parent.Children = append(parent.Children, it.node)
		}
		it.read = true
		s.readInto(parent, h, depth) // nothing, but for what is misplaced
		return
	}
	n := it.copy(it.node)
	into := n
	if group := it.node.Child("tgroup"); n.Is("table") && group != nil {
		into = &cnxml.Node{Space: group.Space, Name: group.Name, Attrs: group.Attrs, Pos: group.Pos}
		into.Children = slices.DeleteFunc(slices.Clone(group.Children), func(c *cnxml.Node) bool { return !c.Is("colspec") })
		n.Children = []*cnxml.Node{into}
	}
	s.readAll(into, h, depth)
	if n.Is("para", "emphasis") && n.ID() == "" && isBlank(n.Children) {
		parent.Children = append(parent.Children, n.Children...)
		return
	}
	add(parent, n)
}

func (s *stream) readInto(parent *cnxml.Node, h *html.Node, depth int) {
	for child := range h.ChildNodes() {
		s.read(parent, child, depth+1)
	}
}

// readImplied reads an element that no tag has opened.
func (s *stream) readImplied(parent *cnxml.Node, h *html.Node, depth int) {
	switch {
	case h.Data == "br":
		parent.Children = append(parent.Children, element("newline", parent.Pos))
	case h.Namespace == "" && (phrasing[h.Data] || flow[h.Data]):
		n := &cnxml.Node{Space: cnxml.HTML, Name: h.Data, Pos: parent.Pos}
		s.readAll(n, h, depth)
		add(parent, n)
	default:
		s.readInto(parent, h, depth)
	}
}

func (s *stream) itemOf(h *html.Node) *item {
	for _, a := range h.Attr {
		if a.Key == markAttribute {
			if i, err := strconv.Atoi(a.Val); err == nil && i >= 0 && i < len(s.items) {
				return &s.items[i]
			}
		}
	}
	return nil
}

// copy is n without children. What is opened again by the rules for formatting
// elements has no id the second time.
func (it *item) copy(n *cnxml.Node) *cnxml.Node {
	out := &cnxml.Node{Space: n.Space, Name: n.Name, Attrs: slices.Clone(n.Attrs), Pos: n.Pos}
	if it.read {
		out.Attrs = slices.DeleteFunc(out.Attrs, func(a cnxml.Attr) bool { return a.Name == "id" })
	}
	it.read = true
	it.copies = append(it.copies, out)
	return out
}

// emptied are the elements that were closed before anything was in them and
// opened again. The one that comes first with something in it takes the id.
func (s *stream) emptied() map[*cnxml.Node]bool {
	out := map[*cnxml.Node]bool{}
	for _, it := range s.items {
		full := slices.IndexFunc(it.copies, func(n *cnxml.Node) bool { return !isBlank(n.Children) })
		if len(it.copies) < 2 || full < 0 {
			continue
		}
		for i, n := range it.copies {
			if isPhrase(n) && isBlank(n.Children) {
				out[n] = true
			}
			if i == 0 && full > 0 {
				with(it.copies[full], "id", n.ID())
			}
		}
	}
	return out
}

// positionOf is the place of a text that the stream holds at or after the one
// that was read last.
func (s *stream) positionOf(data string, otherwise cnxml.Pos) cnxml.Pos {
	for i := s.text; i < len(s.texts) && i < s.text+16; i++ {
		if t := s.texts[i]; t.Data != "" && (strings.HasPrefix(data, t.Data) || strings.HasPrefix(t.Data, data)) {
			s.text = i + 1
			return t.Pos
		}
	}
	return otherwise
}

func isBlank(nodes []*cnxml.Node) bool {
	return !slices.ContainsFunc(nodes, func(n *cnxml.Node) bool { return n.Space != cnxml.Text || strings.TrimSpace(n.Data) != "" })
}
