package markdown

import (
	"slices"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// partNames are the parts of tables and lists in HTML and in CNXML.
var partNames = []struct{ html, cnxml string }{
	{"thead", "thead"}, {"tbody", "tbody"}, {"tfoot", "tfoot"}, {"tr", "row"}, {"td", "entry"}, {"th", "entry"}, {"li", "item"},
}

// add appends n to parent, as a part of the language that parent is written in.
func add(parent, n *cnxml.Node) {
	switch {
	case parent.Is("tgroup", "thead", "tbody", "tfoot", "row", "list") && n.Space == cnxml.HTML:
		for _, p := range partNames {
			if n.Name == p.html {
				n.Space, n.Name = cnxml.CNXML, p.cnxml
				n.Attrs = slices.DeleteFunc(n.Attrs, func(a cnxml.Attr) bool { return a.Name != "id" && a.Name != "class" && a.Name != "align" })
				break
			}
		}
		if n.Space == cnxml.HTML && (n.Name == "colgroup" || n.Name == "col") {
			return
		}
	case parent.Space == cnxml.HTML && n.Is("thead", "tbody", "tfoot", "row", "entry", "item"):
		for _, p := range partNames {
			if n.Name == p.cnxml {
				n.Space, n.Name = cnxml.HTML, p.html
				break
			}
		}
	}
	parent.Children = append(parent.Children, n)
}

// shaper makes a tree what pages and EPUB allow.
type shaper struct {
	empty map[*cnxml.Node]bool // elements that are left out
}

// reshape makes the tree one that pages and EPUB allow: blocks are in no
// phrase, each item is in a list, and words of neighbouring blocks in a line
// stay apart.
func (s *shaper) reshape(n *cnxml.Node) {
	var children []*cnxml.Node
	for i, child := range n.Children {
		if child.Space == cnxml.HTML && child.Name == "p" && len(child.Children) == 0 && child.ID() == "" {
			// what the end tag of a paragraph makes that is not open
			if i > 0 && isPhrase(n.Children[i-1]) && i+1 < len(n.Children) && isPhrase(n.Children[i+1]) {
				children = append(children, element("newline", child.Pos))
			}
			continue
		}
		if child.Space == cnxml.Text || child.Space == cnxml.MathML || child.Is("media", "footnote", "code") {
			children = append(children, child)
			continue
		}
		s.reshape(child)
		if s.empty[child] || child.Is("para") && child.ID() == "" && isBlank(child.Children) {
			children = append(children, child.Children...)
			continue
		}
		children = append(children, spread(child)...)
	}
	n.Children = inLists(n, children)
	if isLine(n) {
		for _, child := range n.Children {
			if child.Is(headingMark) { // no section begins in a line
				child.Space, child.Name = cnxml.HTML, "h"+child.Attr("level")
				child.Attrs = slices.DeleteFunc(child.Attrs, func(a cnxml.Attr) bool { return a.Name == "level" })
			}
		}
		n.Children = apart(n.Children)
	}
}

// isLine reports whether n may hold phrases only.
func isLine(n *cnxml.Node) bool {
	if n.Space == cnxml.HTML {
		return lines[n.Name]
	}
	return n.Is("title", "caption", headingMark)
}

var lines = set(`h1 h2 h3 h4 h5 h6 summary pre dt caption rt rp ruby`)

// apart puts a space between blocks and what they stand beside.
func apart(nodes []*cnxml.Node) []*cnxml.Node {
	var out []*cnxml.Node
	for i, n := range nodes {
		if i > 0 && (!isPhrase(n) || !isPhrase(nodes[i-1])) {
			out = append(out, textNode(" ", n.Pos))
		}
		if n.Space != cnxml.Text && !isPhrase(n) {
			n.Children = apart(n.Children)
		}
		out = append(out, n)
	}
	return joinText(out)
}

// spread returns a phrase that holds blocks as blocks that hold the phrase.
func spread(n *cnxml.Node) []*cnxml.Node {
	if !isPhrase(n) || n.Space == cnxml.HTML && lines[n.Name] || allPhrases(n.Children) {
		return []*cnxml.Node{n}
	}
	var out []*cnxml.Node
	id := true
	around := func(nodes []*cnxml.Node) *cnxml.Node {
		part := &cnxml.Node{Space: n.Space, Name: n.Name, Attrs: slices.Clone(n.Attrs), Pos: n.Pos, Children: nodes}
		if !id {
			part.Attrs = slices.DeleteFunc(part.Attrs, func(a cnxml.Attr) bool { return a.Name == "id" })
		}
		id = false
		return part
	}
	for i := 0; i < len(n.Children); {
		first := i
		for i < len(n.Children) && isPhrase(n.Children[i]) {
			i++
		}
		if run := n.Children[first:i]; isBlank(run) {
			out = append(out, run...)
		} else {
			out = append(out, around(run))
		}
		if i < len(n.Children) {
			inward(n.Children[i], around)
			out = append(out, n.Children[i])
			i++
		}
	}
	if own := n.ID(); own != "" && id { // nothing could carry it
		out = slices.Insert(out, 0, with(&cnxml.Node{Space: cnxml.HTML, Name: "span", Pos: n.Pos}, "id", own))
	}
	return out
}

func allPhrases(nodes []*cnxml.Node) bool {
	return !slices.ContainsFunc(nodes, func(n *cnxml.Node) bool { return !isPhrase(n) })
}

// inward puts the content of a block, or of its parts, into phrases.
func inward(block *cnxml.Node, around func([]*cnxml.Node) *cnxml.Node) {
	switch {
	case block.Is("code", "media", "newline", "colspec", "label") || block.Space == cnxml.HTML && (block.Name == "hr" || block.Name == "col"):
	case block.Is("list", "table", "tgroup", "thead", "tbody", "tfoot", "row", "figure"),
		block.Space == cnxml.HTML && parted[block.Name]:
		for _, part := range block.Children {
			if part.Space != cnxml.Text {
				inward(part, around)
			}
		}
	case !isBlank(block.Children):
		block.Children = spread(around(block.Children))
	}
}

var parted = set(`ul ol dl table thead tbody tfoot tr colgroup details figure`)

// inLists puts items that are in no list into one.
func inLists(parent *cnxml.Node, nodes []*cnxml.Node) []*cnxml.Node {
	if parent.Is("list") || parent.Space == cnxml.HTML && (parent.Name == "ul" || parent.Name == "ol" || parent.Name == "dl") {
		return nodes
	}
	var out []*cnxml.Node
	for _, n := range nodes {
		list := ""
		switch {
		case n.Is("item"), n.Space == cnxml.HTML && n.Name == "li":
			list = "ul"
		case n.Space == cnxml.HTML && (n.Name == "dt" || n.Name == "dd") && !(parent.Space == cnxml.HTML && parent.Name == "div"):
			list = "dl"
		}
		if list == "" {
			out = append(out, n)
			continue
		}
		last := len(out) - 1
		for last > 0 && isBlank(out[last:last+1]) {
			last--
		}
		if last < 0 || out[last].Space != cnxml.HTML || out[last].Name != list || out[last].Pos.Line != 0 {
			out = append(out, &cnxml.Node{Space: cnxml.HTML, Name: list})
			last = len(out) - 1
		}
		add(out[last], n)
	}
	for _, n := range out {
		if n.Space == cnxml.HTML && n.Pos.Line == 0 && len(n.Children) > 0 {
			n.Pos = n.Children[0].Pos
		}
	}
	return out
}

// nowhereIn names, for elements of HTML, those that may be nowhere in them; as
// blocks they become div, as phrases span.
var nowhereIn = map[string]map[string]bool{
	"dfn":     set(`dfn`),
	"header":  set(`header footer main`),
	"footer":  set(`header footer main`),
	"address": set(`address header footer article aside nav section h1 h2 h3 h4 h5 h6`),
	"th":      set(`header footer article aside nav section h1 h2 h3 h4 h5 h6`),
	"a":       set(`details`),
}

// nest gives other names to elements below n that may not be there.
func nest(n *cnxml.Node, outer []string) {
	if n.Space == cnxml.HTML {
		for _, o := range outer {
			if nowhereIn[o][n.Name] {
				if n.Name = "div"; o == "dfn" {
					n.Name = "span"
				}
				break
			}
		}
		if nowhereIn[n.Name] != nil && !slices.Contains(outer, n.Name) {
			outer = append(slices.Clone(outer), n.Name)
		}
	}
	for _, child := range n.Children {
		nest(child, outer)
	}
}
