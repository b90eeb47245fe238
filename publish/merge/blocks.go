package merge

import (
	"slices"
	"strings"
)

// blocks merges parts of which each stands for itself. A part that one side changed
// and the other left, moved or not, is merged on its own where it is now.
func (m *merger) blocks(v versions) string {
	var out strings.Builder
	o, t := hunks(v.b, v.o, ours, false), hunks(v.b, v.t, theirs, false)
	all := regions(v.b, o, t, func(a, b hunk) bool { return v.touch(a, b) })
	at := 0
	for i := 0; i <= len(all); i++ {
		to := len(v.b.parts)
		if i < len(all) {
			to = all[i].from
		}
		for ; at < to; at++ {
			w := versionsOf(v.b.parts[at].side[ours], ours)
			m.child(&out, w, w.choose(func(n *node) string { return n.space }), w.choose(func(n *node) string { return n.rel }))
		}
		if i < len(all) {
			r := &all[i]
			r.span(v.b, v.o, v.t)
			at = r.to
			m.region(&out, v, r)
		}
	}
	return out.String()
}

// touch reports whether changes of two sides to a list of blocks have to be looked at
// together: they overlap, or one adds where the other changes. Of entries that stand
// for themselves, such as those of a list, neighbours may change.
func (v versions) touch(a, b hunk) bool {
	if a.which == b.which {
		return false
	}
	if a.from < b.to && b.from < a.to {
		return true
	}
	adds := func(h hunk) bool { return h.end > h.at }
	if v.entries(a) && v.entries(b) {
		return a.from == b.from && adds(a) && adds(b)
	}
	return (a.to == b.from || b.to == a.from) && (adds(a) || adds(b))
}

// entries reports whether all that a change adds and removes stands for itself.
func (v versions) entries(h hunk) bool {
	stands := func(n *node) bool {
		switch local(n.kind) {
		case "item", "row", "definition", "chapter", "part", "module", "subcollection", "book", "pair":
			return true
		}
		return strings.HasPrefix(n.kind, "md:")
	}
	return !slices.ContainsFunc(slices.Concat(v.b.parts[h.from:h.to], v.side(h.which).parts[h.at:h.end]), func(n *node) bool { return !stands(n) })
}

// region merges a stretch that one side changed or both.
func (m *merger) region(out *strings.Builder, v versions, r *region) {
	x, y := v.o.parts[r.at[ours]:r.end[ours]], v.t.parts[r.at[theirs]:r.end[theirs]]
	if r.both() && sameNodes(x, y) && sameBases(x, y) {
		for i, n := range x {
			m.child(out, versions{commonBase(n, y[i]), n, y[i]}, choose("", n.space, y[i].space), choose("", n.rel, y[i].rel))
		}
		return
	}
	if r.both() && m.form == asText && sameWords(x, y) { // divided differently
		m.separate(out, choose("", x[0].space, y[0].space))
		out.WriteString(choose("", source(x), source(y)))
		return
	}
	if !r.both() || m.joins(v, r) {
		if lost := v.lost(r); lost == nil {
			m.join(out, v, r)
			return
		}
	}
	m.clash(out, event{kind: "region", versions: v}, versionTexts{v.b.parts[r.from:r.to], x, y})
}

// sameWords reports whether two lists of blocks have the same words, and at least one.
func sameWords(x, y []*node) bool {
	tokens := func(nodes []*node) (out []uint64) {
		for _, n := range nodes {
			n.walk(func(p *node) bool {
				if p.open != nil && p.open.isToken() {
					out = append(out, p.open.hash)
				}
				switch {
				case p.isToken() && p.exact:
					out = append(out, hashOf(p.raw))
				case p.isToken():
					out = append(out, p.hash)
				}
				return true
			})
		}
		return out
	}
	a, b := tokens(x), tokens(y)
	return len(a) > 0 && slices.Equal(a, b)
}

func commonBase(x, y *node) *node {
	if x.base == y.base {
		return x.base
	}
	return nil
}

// sameBases reports whether equal nodes are versions of the same nodes, as far as that
// is known of both.
func sameBases(x, y []*node) bool {
	for i, n := range x {
		if a, b := n.base, y[i].base; a != b && (a != nil && b != nil || n.moved || y[i].moved) {
			return false
		}
	}
	return true
}

// lost is a part that one side removed while the other changed it.
func (v versions) lost(r *region) *node {
	for _, p := range v.b.parts[r.from:r.to] {
		for which := range 2 {
			other := p.side[1-which]
			if p.side[which] == nil && other != nil && !other.moved && editedBeside(p, other, which) {
				return p
			}
		}
	}
	return nil
}

// editedBeside reports whether a node was changed, apart from what the side that
// removed it has moved elsewhere.
func editedBeside(b, n *node, remover int) bool {
	if b.hash == n.hash || b.raw != "" && slices.Equal(strings.Fields(b.raw), strings.Fields(n.raw)) {
		return false
	}
	if b.flow == words || n.flow == words || b.open != nil && n.open != nil && b.open.hash != n.open.hash {
		return true
	}
	for _, p := range n.parts {
		if p.base == nil || p.base.parent != b {
			return true
		}
	}
	for _, p := range b.parts {
		version := p.side[1-remover]
		if p.side[remover] != nil || version == nil {
			continue
		}
		if version.parent != n || editedBeside(p, version, remover) {
			return true
		}
	}
	return false
}

// joins reports whether the changes of both sides to a stretch can stand together:
// parts that were only removed, and additions in one place, which both stay.
func (m *merger) joins(v versions, r *region) bool {
	adds, removes, entries := false, false, true
	for _, list := range r.hunks {
		for _, h := range list {
			adds = adds || h.end > h.at
			removes = removes || h.to > h.from
			entries = entries && v.entries(h)
		}
	}
	x, y := v.o.parts[r.at[ours]:r.end[ours]], v.t.parts[r.at[theirs]:r.end[theirs]]
	switch {
	case !adds:
		return true
	case removes && !entries, v.divides(r):
		return false
	}
	return !m.rivals(x, y)
}

// divides reports whether a side divided a text before or behind one of its additions,
// so that nothing may come between.
func (v versions) divides(r *region) bool {
	for which, list := range r.hunks {
		for _, h := range list {
			for _, i := range []int{h.from - 1, h.to} {
				if i < 0 || i >= len(v.b.parts) || h.end == h.at || len(r.hunks[1-which]) == 0 {
					continue
				}
				if b := v.b.parts[i]; b.on(which) >= 0 && divided(b, b.side[which]) {
					return true
				}
			}
		}
	}
	return false
}

// rivals reports whether two additions say nearly the same, or are of one name.
func (m *merger) rivals(x, y []*node) bool {
	if len(x)*len(y) > 100_000 {
		return true
	}
	for _, a := range x {
		for _, b := range y {
			switch {
			case sameNode(a, b):
				if a.base == nil && a.hash != b.hash {
					return true
				}
			case a.base == nil && b.base == nil && a.kind == b.kind && a.size > 3 && alike(a, b) >= 0.5:
				return true
			}
		}
	}
	return false
}

// join writes a stretch in which the changes of both sides stand together.
func (m *merger) join(out *strings.Builder, v versions, r *region) {
	x, y := v.o.parts[r.at[ours]:r.end[ours]], v.t.parts[r.at[theirs]:r.end[theirs]]
	i, _ := firstShared(x, y)
	before, instead := map[int][2][]*node{}, map[int][2][]*node{}
	for which, list := range r.hunks {
		for _, h := range list {
			gaps := before // what is added before a part comes before what replaces it
			if h.to > h.from && i == len(x) {
				gaps = instead
			}
			g := gaps[h.from]
			g[which] = append(g[which], v.side(which).parts[h.at:h.end]...)
			gaps[h.from] = g
		}
	}
	for k := r.from; k <= r.to; k++ {
		m.additions(out, before[k])
		m.additions(out, instead[k])
		if k == r.to {
			return
		}
		if p := v.b.parts[k]; p.on(ours) >= 0 && p.on(theirs) >= 0 {
			w := versionsOf(p.side[ours], ours)
			m.child(out, w, w.choose(func(n *node) string { return n.space }), w.choose(func(n *node) string { return n.rel }))
		}
	}
}

// additions writes what both sides added in one place. Which of them comes first is
// open; it does not depend on which side is which.
func (m *merger) additions(out *strings.Builder, g [2][]*node) {
	x, y := g[ours], g[theirs]
	for len(x) > 0 && len(y) > 0 {
		i, j := firstShared(x, y)
		m.sorted(out, x[:i], y[:j])
		if i < len(x) && j < len(y) {
			n, twin := x[i], y[j]
			m.child(out, versions{commonBase(n, twin), n, twin}, choose("", n.space, twin.space), choose("", n.rel, twin.rel))
			i, j = i+1, j+1
		}
		x, y = x[i:], y[j:]
	}
	m.sorted(out, x, y)
}

// firstShared is where the first node is that both lists have, in the same order;
// behind the lists if there is none.
func firstShared(x, y []*node) (i, j int) {
	nodes, added := map[*node]int{}, map[uint64]int{}
	for j, b := range slices.Backward(y) {
		nodes[b] = j
		if b.base != nil {
			nodes[b.base] = j
		} else {
			added[b.hash] = j
		}
	}
	for i, a := range x {
		j, found := len(y), false
		for _, n := range []*node{a.base, a.twin} {
			if k, ok := nodes[n]; ok && n != nil {
				j, found = min(j, k), true
			}
		}
		if k, ok := added[a.hash]; ok && a.base == nil {
			j, found = min(j, k), true
		}
		if found {
			return i, j
		}
	}
	return len(x), len(y)
}

func (m *merger) sorted(out *strings.Builder, x, y []*node) {
	first, second := ours, theirs
	lists := [2][]*node{x, y}
	if len(x) > 0 && len(y) > 0 {
		if m.source(y) < m.source(x) {
			first, second = theirs, ours
		}
		m.notices = append(m.notices, Notice{Path: m.path, Message: "both sides added in one place: " + quote(lists[first]) + " and " + quote(lists[second]) + "; both are kept, check their order"})
	}
	for _, which := range []int{first, second} {
		for _, n := range lists[which] {
			m.put(out, n, which)
		}
	}
}
