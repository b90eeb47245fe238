package merge

import "strings"

// merger writes the merged form of nodes whose versions are known.
type merger struct {
	form      form
	path      string
	names     Names
	conflicts []Conflict
	notices   []Notice
	indent    string // around the part of a table of contents that is being written
	formatted int    // depth of elements that are part of a text
	fresh     bool   // what was written last begins with conflict markers, at the beginning of a line
}

// form is how a file is written, and its conflicts.
type form uint8

const (
	asText     form = iota // conflict markers on lines of their own, as git has them
	asContents             // the same, indented
	asXML                  // conflict markers in processing instructions
)

// choose is the version that a change led to. Where both sides changed differently
// what makes no difference, as white space, it takes the one with more lines.
func choose(b, o, t string) string {
	switch {
	case o == b:
		return t
	case t == b || o == t:
		return o
	}
	for _, measure := range []func(string) int{func(s string) int { return strings.Count(s, "\n") }, func(s string) int { return len(s) }} {
		if x, y := measure(o), measure(t); x != y {
			if x > y {
				return o
			}
			return t
		}
	}
	return max(o, t)
}

// versions are three versions of one node; those that are not there are nil.
type versions struct{ b, o, t *node }

func (v versions) side(which int) *node {
	if which == ours {
		return v.o
	}
	return v.t
}

// versionsOf are the versions of a node of the base, or of a side.
func versionsOf(n *node, which int) versions {
	switch {
	case n.base != nil:
		return versions{n.base, n.base.side[ours], n.base.side[theirs]}
	case which == ours:
		return versions{nil, n, n.twin}
	}
	return versions{nil, n.twin, n}
}

// get is what f gives for each version; for a version that is not there it is what
// makes choose take the others'.
func (v versions) get(f func(*node) string) (b, o, t string) {
	any := v.o
	if any == nil {
		any = v.t
	}
	b, o, t = f(any), f(any), f(any)
	if v.t != nil {
		t = f(v.t)
	}
	switch {
	case v.b != nil:
		b = f(v.b)
	case v.o != nil && v.t != nil: // both added it
		b = ""
	}
	return b, o, t
}

func (v versions) choose(f func(*node) string) string { return choose(v.get(f)) }

// body merges a node, without the space before it; false if its text conflicts.
func (m *merger) body(v versions) (string, bool) {
	m.fresh = false
	switch {
	case v.o == nil:
		return m.alone(v.t, theirs)
	case v.t == nil:
		return m.alone(v.o, ours)
	case v.b == nil && v.o.hash != v.t.hash:
		return "", false
	case m.form == asContents:
	case v.b != nil && v.o.raw == v.b.raw && !v.t.foreign, v.o.raw == v.t.raw && !v.o.foreign && !v.t.foreign:
		return v.t.raw, true
	case v.b != nil && v.t.raw == v.b.raw && !v.o.foreign:
		return v.o.raw, true
	}
	if v.b == nil { // the same, but for white space
		return v.choose(func(n *node) string { return n.raw }), true
	}
	if v.o.isToken() && v.t.isToken() {
		return v.choose(func(n *node) string { return n.raw }), true
	}
	return m.whole(v)
}

// whole merges a node part by part.
func (m *merger) whole(v versions) (string, bool) {
	open, ok := "", true
	if v.o.open != nil && v.t.open != nil && v.b.open != nil {
		if open, ok = m.open(versions{v.b.open, v.o.open, v.t.open}, v); !ok {
			return "", false
		}
	}
	fresh := m.fresh
	inside, ok := m.inside(v)
	if !ok {
		return "", false
	}
	if m.fresh { // the conflict holds the marker too
		return inside, true
	}
	m.fresh = fresh
	end := v.choose(func(n *node) string { return n.end })
	if m.form == asXML {
		return closed(v, open, inside, end), true
	}
	return open + inside + end, true
}

func (m *merger) inside(v versions) (string, bool) {
	if v.b.flow == words && v.o.flow == words && v.t.flow == words || v.o.flow == words && v.t.flow == words {
		return m.words(v)
	}
	if v.b.flow == words || v.o.flow == words || v.t.flow == words {
		return m.words(v)
	}
	return m.blocks(v), true
}

// closed joins the parts of an element: one with content needs an end tag.
func closed(v versions, open, inside, end string) string {
	short, found := strings.CutSuffix(open, "/>")
	switch {
	case found && inside == "":
		return open
	case found:
		open = strings.TrimRight(short, " \t\r\n") + ">"
	}
	for _, n := range []*node{v.o, v.t, v.b} {
		if end == "" {
			end = n.end
		}
	}
	return open + inside + end
}

// alone writes a node that one side added. What is in it may have been moved there,
// and changed on the other side.
func (m *merger) alone(n *node, which int) (string, bool) {
	m.fresh = false
	if !n.foreign && m.form != asContents || n.isToken() {
		return n.raw, true
	}
	var out strings.Builder
	if n.open != nil {
		out.WriteString(n.open.raw)
	}
	outer := m.indent
	m.indent = below(m.indent, n.rel)
	for _, p := range n.parts {
		m.put(&out, p, which)
	}
	m.indent = outer
	m.fresh = false
	return out.String() + n.end, true
}

// put writes a node that is on one side only, or that it moved to where it is.
func (m *merger) put(out *strings.Builder, n *node, which int) {
	v := versionsOf(n, which)
	other := v.side(1 - which)
	switch {
	case n.copyOf != nil:
		m.putCopy(out, n, which)
	case n.base != nil && other == nil:
		m.clash(out, event{kind: "moved and removed", node: n}, pick(which, n.withSpace(), nil))
	case n.base != nil && n.moved && other.moved && !samePlace(n, other):
		m.clash(out, event{kind: "moved apart", node: n}, pick(which, n.withSpace(), nil))
	case n.base != nil && n.moved && !other.moved && other.weak:
		m.clash(out, event{kind: "moved and rewritten", node: n}, pick(which, n.withSpace(), list(other)))
	case n.base != nil && n.moved && !other.moved && divided(n.base, other):
		m.clash(out, event{kind: "moved and divided", node: n}, pick(which, n.withSpace(), list(other)))
	case n.base == nil && n.twin != nil && !samePlace(n, n.twin):
		m.clash(out, event{kind: "added apart", node: n}, pick(which, n.withSpace(), nil))
	default:
		m.child(out, v, n.space, n.rel)
	}
}

// putCopy writes a node that is on one side more than once. What the other side changed
// in the one that it has is changed in all.
func (m *merger) putCopy(out *strings.Builder, n *node, which int) {
	other := n.copyOf.side[1-which]
	if other == nil || other.moved {
		m.clash(out, event{kind: "copied", node: n}, pick(which, n.withSpace(), nil))
		return
	}
	v := versions{n.copyOf, n, other}
	if which == theirs {
		v = versions{n.copyOf, other, n}
	}
	m.child(out, v, n.space, n.rel)
}

// samePlace reports whether both sides moved a node to the same place, or added it
// there: behind the same node in the same parent.
func samePlace(n, other *node) bool {
	if !sameNode(n.parent, other.parent) {
		return false
	}
	before := func(n *node) *node {
		for i := n.at - 1; i >= 0; i-- {
			if p := n.parent.parts[i]; p.base != nil && !p.moved {
				return p
			}
		}
		return nil
	}
	return sameNode(before(n), before(other))
}

func sameNode(a, b *node) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.base != nil && a.base == b.base || a.twin != nil && a.twin == b
}

// child merges a part of a list of blocks and writes it. A conflict in its text is
// written around it.
func (m *merger) child(out *strings.Builder, v versions, space, rel string) {
	for which := range 2 {
		if n := v.side(which); n != nil && n.dispute != undisputed {
			m.clash(out, event{kind: disputes[n.dispute], node: n}, versionTexts{list(v.b), list(v.o), list(v.t)})
			return
		}
	}
	before, notices, indent := len(m.conflicts), len(m.notices), m.indent
	m.indent = below(m.indent, rel)
	text, ok := m.body(v)
	m.indent = indent
	if !ok {
		m.conflicts, m.notices = m.conflicts[:before], m.notices[:notices]
		m.clash(out, event{kind: "changed", versions: v}, versionTexts{list(v.b), list(v.o), list(v.t)})
		return
	}
	fresh := m.fresh
	m.separate(out, space)
	if !fresh {
		out.WriteString(below(m.indent, rel))
	} else {
		trimLine(out)
	}
	out.WriteString(text)
	m.fresh = false
}

// separate writes the space before a block. Two blocks of a text never stand on one
// line.
func (m *merger) separate(out *strings.Builder, space string) {
	if m.form != asXML && out.Len() > 0 && !strings.Contains(space, "\n") {
		space = "\n\n" + space
	}
	out.WriteString(space)
}

// trimLine removes what was written of the last line, if it is but a margin.
func trimLine(out *strings.Builder) {
	s := out.String()
	out.Reset()
	out.WriteString(s[:strings.LastIndexByte(s, '\n')+1])
}

func list(n *node) []*node {
	if n == nil {
		return nil
	}
	return []*node{n}
}

func (n *node) withSpace() []*node { return []*node{n} }
