package outline

import (
	"slices"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// scanKind is the kind of scans in the cache; its number is that of their form.
const scanKind = "render-module-6"

func (f *scan) code(c *analysis.Coder) {
	codeNode(c, &f.title)
	analysis.List(c, &f.sections, func(s *section) {
		c.Text(&s.class)
		c.Int(&s.line)
		c.Int(&s.column)
		c.Text(&s.id)
		codeNode(c, &s.title)
		c.Int(&s.parent)
	})
	for _, flag := range []*bool{&f.defines, &f.indexed, &f.answers, &f.cites} {
		c.Flag(flag)
	}
	analysis.List(c, &f.hidden, c.Text)
	c.Int(&f.nodes)
	for _, list := range []*string{(*string)(&f.targets), (*string)(&f.ids), (*string)(&f.links), (*string)(&f.definitions), (*string)(&f.terms), (*string)(&f.references)} {
		c.Text(list)
	}
}

func codeTarget(c *analysis.Coder, t *Target) {
	c.Text(&t.name)
	c.Int(&t.near)
	c.Flag(&t.counted)
	c.Text(&t.custom)
	codeNode(c, &t.title)
	c.Text(&t.label)
	c.Text(&t.class)
	c.Flag(&t.unnumbered)
	c.Text(&t.box)
	c.Flag(&t.solved)
	c.Text(&t.solvedBox)
	c.Text(&t.ID)
	c.Int(&t.section)
	c.Int(&t.Answers.end)
	c.Int(&t.Answers.unplaced)
}

func codePlace(c *analysis.Coder, p *Place) {
	c.Text(&p.ID)
	c.Int(&p.target)
	c.Int(&p.Section)
}

func codeLink(c *analysis.Coder, o *Link) {
	codeNode(c, &o.Node)
	c.Flag(&o.Empty)
	c.Int(&o.Section)
}

func codeIndexed(c *analysis.Coder, t *indexed) {
	codeNode(c, &t.node)
	c.Int(&t.section)
	for _, s := range []*string{&t.id, &t.index, &t.reference, &t.name, &t.born, &t.died} {
		c.Text(s)
	}
}

// whole reports whether every reference within the scan is valid: what was
// decoded might come from anywhere.
func (f *scan) whole() bool {
	for i, s := range f.sections {
		if s.parent < NoSection || s.parent >= i {
			return false
		}
	}
	targets, ok1 := unpacked(f.targets, codeTarget)
	for i, t := range targets {
		if t.near < -1 || t.near >= i || !f.has(t.section) {
			return false
		}
	}
	ids, ok2 := unpacked(f.ids, codePlace)
	links, ok3 := unpacked(f.links, codeLink)
	definitions, ok4 := unpacked(f.definitions, codeNode)
	terms, ok5 := unpacked(f.terms, codeIndexed)
	references, ok6 := unpacked(f.references, codeNode)
	return ok1 && ok2 && ok3 && ok4 && ok5 && ok6 &&
		!slices.ContainsFunc(ids, func(p Place) bool { return p.target < -1 || p.target >= len(targets) || !f.has(p.Section) }) &&
		!slices.ContainsFunc(links, func(o Link) bool { return o.Node == nil || !f.has(o.Section) }) &&
		!slices.ContainsFunc(terms, func(t indexed) bool { return t.node == nil || !f.has(t.section) }) &&
		!slices.Contains(definitions, nil) && !slices.Contains(references, nil) && len(references) == cited(targets)
}

// has reports whether the section is there, or is one of those that are none.
func (f *scan) has(section int) bool {
	return section >= InGlossary && section < len(f.sections)
}

// codeNode codes a tree, which may be nil.
func codeNode(c *analysis.Coder, n **cnxml.Node) {
	there := *n != nil
	if c.Flag(&there); !there {
		*n = nil
		return
	}
	if *n == nil {
		*n = &cnxml.Node{}
	}
	e := *n
	space := int(e.Space)
	for _, number := range []*int{&space, &e.Pos.Line, &e.Pos.Column} {
		c.Int(number)
	}
	e.Space = cnxml.Space(space)
	for _, s := range []*string{&e.Prefix, &e.Name, &e.NS, &e.Data} {
		c.Text(s)
	}
	analysis.List(c, &e.Attrs, func(a *cnxml.Attr) {
		c.Text(&a.Space)
		c.Text(&a.Name)
		c.Text(&a.Value)
	})
	analysis.List(c, &e.Children, func(child **cnxml.Node) { codeNode(c, child) })
}

// packed is a list as bytes.
type packed[T any] string

func pack[T any](list []T, code func(*analysis.Coder, *T)) packed[T] {
	return packed[T](analysis.Encode(func(c *analysis.Coder) {
		analysis.List(c, &list, func(t *T) { code(c, t) })
	}))
}

// unpack is the list. That it can be read is known from scan.whole.
func unpack[T any](p packed[T], code func(*analysis.Coder, *T)) []T {
	list, _ := unpacked(p, code)
	return list
}

// unpacked is the list, if it can be read.
func unpacked[T any](p packed[T], code func(*analysis.Coder, *T)) (list []T, ok bool) {
	ok = analysis.Decode(string(p), func(c *analysis.Coder) { analysis.List(c, &list, func(t *T) { code(c, t) }) })
	return list, ok
}

// Encoded is a form of nodes that is the same wherever they stand in a file.
func Encoded(nodes ...*cnxml.Node) string {
	return string(analysis.Encode(func(c *analysis.Coder) {
		for _, n := range nodes {
			n = placeless(n)
			codeNode(c, &n)
		}
	}))
}

// placeless is a copy of the node without places.
func placeless(n *cnxml.Node) *cnxml.Node {
	if n == nil {
		return nil
	}
	out := *n
	out.Pos, out.End, out.Children = cnxml.Pos{}, cnxml.Pos{}, make([]*cnxml.Node, len(n.Children))
	for i, c := range n.Children {
		out.Children[i] = placeless(c)
	}
	return &out
}
