package merge

import (
	"strings"
)

// words merges texts. Changes of both sides are joined if an unchanged word is between
// them; what touches is a conflict, as joining it is wrong as often as right. Where
// that can be done the conflict is written here, around whole lines; otherwise the
// result is false.
func (m *merger) words(v versions) (string, bool) {
	o, t := hunks(v.b, v.o, ours, true), hunks(v.b, v.t, theirs, true)
	all := regions(v.b, o, t, func(a, b hunk) bool {
		return a.which != b.which && weigh(v.b.parts, a.to, b.from) < apart
	})
	for i := range all {
		r := &all[i]
		r.span(v.b, v.o, v.t)
		r.conflict = r.both() && !m.agree(v, r)
		if r.conflict && !v.o.lines {
			return "", false
		}
	}
	return m.text(v, widen(v, all))
}

// weigh is how far the parts from from to to keep two changes apart.
func weigh(parts []*node, from, to int) (sum int) {
	for _, p := range parts[min(from, to):to] {
		if !p.isToken() {
			sum += apart
		}
		sum += p.weight
	}
	return sum
}

// agree reports whether both sides made the same change, or changed a formatted word
// in ways that can be joined.
func (m *merger) agree(v versions, r *region) bool {
	x, y := v.o.parts[r.at[ours]:r.end[ours]], v.t.parts[r.at[theirs]:r.end[theirs]]
	if r.isEdit() {
		before := len(m.conflicts)
		_, ok := m.body(versionsOf(x[0], ours))
		m.fresh = false
		ok = ok && len(m.conflicts) == before
		m.conflicts = m.conflicts[:before]
		return ok
	}
	return sameNodes(x, y)
}

// isEdit reports whether both sides changed the same single part inside.
func (r *region) isEdit() bool {
	return r.to == r.from+1 && len(r.hunks[ours]) == 1 && len(r.hunks[theirs]) == 1 && r.hunks[ours][0].edit && r.hunks[theirs][0].edit
}

func sameNodes(x, y []*node) bool {
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if x[i].hash != y[i].hash {
			return false
		}
	}
	return true
}

// text writes a text, region by region.
func (m *merger) text(v versions, all []region) (string, bool) {
	var out strings.Builder
	at, fresh := 0, false
	for i := 0; i <= len(all); i++ {
		to := len(v.b.parts)
		if i < len(all) {
			to = all[i].from
		}
		for ; at < to; at++ {
			if !m.word(&out, versionsOf(v.b.parts[at].side[ours], ours)) {
				return "", false
			}
		}
		if i == len(all) {
			break
		}
		r := &all[i]
		at = r.to
		switch {
		case r.conflict:
			fresh = fresh || r.from == 0 && out.Len() == 0
			m.lineClash(&out, v, r)
		case r.isEdit():
			if !m.word(&out, versionsOf(v.b.parts[r.from].side[ours], ours)) {
				return "", false
			}
		default:
			if !m.take(&out, v, r) {
				return "", false
			}
		}
	}
	m.fresh = fresh
	return out.String(), true
}

// word writes a part of a text that is on both sides.
func (m *merger) word(out *strings.Builder, v versions) bool {
	if !v.o.isToken() {
		m.formatted++
	}
	body, ok := m.body(v)
	if !v.o.isToken() {
		m.formatted--
	}
	out.WriteString(v.choose(func(n *node) string { return n.space }))
	out.WriteString(body)
	return ok
}

// take writes what a region became on the side that changed it.
func (m *merger) take(out *strings.Builder, v versions, r *region) bool {
	which := ours
	if len(r.hunks[ours]) == 0 {
		which = theirs
	}
	for i, n := range v.side(which).parts[r.at[which]:r.end[which]] {
		w := versionsOf(n, which)
		space := n.space
		switch other := w.side(1 - which); {
		case r.both():
			twin := v.t.parts[r.at[theirs]+i]
			space = choose("", n.space, twin.space)
			w = versions{nil, n, twin}
			if n.base != nil && n.base == twin.base {
				w.b = n.base
			}
		case n.base != nil && (other == nil || n.moved && other.moved):
			return false
		case n.base == nil && n.twin != nil:
			return false
		}
		m.formatted++
		body, ok := m.body(w)
		m.formatted--
		if !ok {
			return false
		}
		out.WriteString(space + body)
	}
	return true
}

// widen makes conflicts cover whole lines, and everything that was changed in them.
func widen(v versions, all []region) []region {
	for i := 0; i < len(all); i++ {
		if !all[i].conflict {
			continue
		}
		first, last := i, i
		for !begins(v, all, first, all[first].from, false) && (first > 0 || all[first].from > 0) {
			if first > 0 && all[first-1].to == all[first].from {
				first--
				continue
			}
			all[first].from--
			all[first].at[ours]--
			all[first].at[theirs]--
		}
		for !begins(v, all, last, all[last].to, true) {
			if last+1 < len(all) && all[last+1].from == all[last].to {
				last++
				continue
			}
			all[last].to++
			all[last].end[ours]++
			all[last].end[theirs]++
		}
		r := region{from: all[first].from, to: all[last].to, conflict: true, at: all[first].at, end: all[last].end}
		all = append(all[:first], append([]region{r}, all[last+1:]...)...)
		i = first
	}
	return all
}

// begins reports whether a line begins at the boundary of a region, in all versions.
func begins(v versions, all []region, i, k int, behind bool) bool {
	at := all[i].at
	if behind {
		at = all[i].end
	}
	line := func(n *node, k int) bool {
		return k == 0 || k == len(n.parts) || strings.Contains(n.parts[k].space, "\n")
	}
	if !behind && k == 0 || behind && k == len(v.b.parts) {
		return (at[ours] == 0 || behind) && (at[theirs] == 0 || behind)
	}
	return line(v.b, k) && line(v.o, at[ours]) && line(v.t, at[theirs])
}
