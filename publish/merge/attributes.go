package merge

import (
	"slices"
	"strings"
)

// open merges what begins a node: a start tag, the marker of a list item, the line of
// a chapter in the contents. of are the versions of the whole node.
func (m *merger) open(v, of versions) (string, bool) {
	switch {
	case v.o.isToken() && v.t.isToken() && m.form != asXML:
		return v.choose(func(n *node) string { return n.raw }), true
	case v.o.flow == words:
		return m.words(v)
	case v.b.raw == v.o.raw:
		return v.t.raw, true
	case v.b.raw == v.t.raw || v.o.raw == v.t.raw:
		return v.o.raw, true
	}
	var out strings.Builder
	out.WriteString("<" + v.o.kind)
	var broken []Conflict
	for _, name := range attributeNames(v) {
		b, o, t := named(v.b, name), named(v.o, name), named(v.t, name)
		text, space, ok := m.attribute(b, o, t)
		if !ok {
			if m.formatted > 0 {
				return "", false
			}
			broken = append(broken, Conflict{Path: m.path, Base: rawOf(b), Ours: rawOf(o), Theirs: rawOf(t),
				Message: "both sides changed the attribute " + name + " of " + m.nameOf(of.o) + ": " + short(rawOf(o)) + " against " + short(rawOf(t))})
		}
		if text != "" {
			out.WriteString(space + text)
		}
	}
	out.WriteString(v.choose(func(n *node) string { return n.end }))
	if len(broken) == 0 {
		return out.String(), true
	}
	tag := out.String()
	if strings.HasSuffix(tag, "/>") {
		return "", false
	}
	for _, c := range broken {
		m.conflicts = append(m.conflicts, c)
		tag += instructions(Conflict{Message: c.Message, Base: c.Base, Theirs: c.Theirs}, "")
	}
	return tag, true
}

func rawOf(n *node) string {
	if n == nil {
		return ""
	}
	return n.raw
}

func named(tag *node, name string) *node {
	for _, a := range tag.parts {
		if a.kind == "@"+name {
			return a
		}
	}
	return nil
}

// attributeNames are the names in all versions: in the order of the base, or of a side
// that changed it; what one side added follows what it is behind there.
func attributeNames(v versions) []string {
	names := func(n *node) (out []string) {
		for _, a := range n.parts {
			out = append(out, a.kind[1:])
		}
		return out
	}
	all, first, second := names(v.b), names(v.o), names(v.t)
	if slices.Compare(second, first) < 0 {
		first, second = second, first
	}
	for _, list := range [][]string{first, second} {
		at := 0
		for _, name := range list {
			if i := slices.Index(all, name); i >= 0 {
				at = i + 1
				continue
			}
			all = slices.Insert(all, at, name)
			at++
		}
	}
	return all
}

// attribute merges an attribute. An alternative text is merged as a text is.
func (m *merger) attribute(b, o, t *node) (text, space string, ok bool) {
	raw := func(n *node) string {
		if n == nil {
			return ""
		}
		return n.space + "\x00" + n.raw
	}
	split := func(s string) (string, string, bool) {
		space, text, _ := strings.Cut(s, "\x00")
		return text, space, true
	}
	x, y, z := raw(b), raw(o), raw(t)
	switch {
	case y == x:
		return split(z)
	case z == x || y == z:
		return split(y)
	case o != nil && t != nil && (o.hash == t.hash || b != nil && b.hash == t.hash):
		return split(y)
	case b != nil && o != nil && t != nil && b.hash == o.hash:
		return split(z)
	case b != nil && o != nil && t != nil && slices.Contains(proseAttributes, local(o.kind[1:])):
		if merged, ok := mergeText(value(b), value(o), value(t)); ok {
			quote := o.raw[len(o.raw)-1:]
			return o.raw[:len(o.raw)-len(value(o))-2] + quote + merged + quote, o.space, !strings.Contains(merged, quote)
		}
	}
	if o == nil {
		return split(z)
	}
	text, space, _ = split(y)
	return text, space, false
}

// proseAttributes hold text that readers read.
var proseAttributes = []string{"alt", "summary", "longdesc", "title"}

// mergeText merges a short text.
func mergeText(b, o, t string) (string, bool) {
	root := func(s string) *node {
		n := &node{kind: "attribute", raw: s, flow: words}
		n.parts, n.end = splitWords(s, false)
		n.finish()
		return n
	}
	v := versions{root(b), root(o), root(t)}
	relate([]*node{v.b}, []*node{v.o}, []*node{v.t})
	text, ok := (&merger{names: Names{}.orDefaults()}).body(v)
	return text, ok
}
