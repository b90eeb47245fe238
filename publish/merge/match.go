package merge

import (
	"cmp"
	"slices"

	"github.com/rhaptos/rhaptos/publish/sequence"
)

// matcher finds for the nodes of a base what became of them on one side.
type matcher struct {
	which int // the side: ours or theirs
	queue []*node
	weak  [][2]*node // of the base and the side: alone of their kind between pairs, but of other words
	pairs uint64
}

// match pairs the nodes of two forests whose roots belong together: first by their
// keys, then long passages that are in both once, then by order, then by
// resemblance, then by their place alone.
func match(which int, base, side []*node) {
	m := &matcher{which: which}
	for i, b := range base {
		if b != nil && side[i] != nil {
			m.pair(b, side[i])
		}
	}
	all := side
	m.pairUnique(base, all, func(n *node) (uint64, bool) {
		return mix(hashOf(n.kind), hashOf(n.key)), n.key != ""
	})
	m.pairUnique(base, all, func(n *node) (uint64, bool) {
		return n.hash, n.size >= longPassage && n.open == nil || n.size >= 2*longPassage
	})
	for len(m.queue) > 0 {
		b := m.queue[0]
		m.queue = m.queue[1:]
		m.open(b)
		m.parts(b, b.side[which])
		if len(m.queue) == 0 {
			m.copies(base, side)
			m.wandered(base, side)
		}
		if len(m.queue) == 0 {
			m.rewritten()
		}
	}
}

// rewritten pairs what has nothing but its place in common, if nothing else resembles
// either.
func (m *matcher) rewritten() {
	for _, w := range m.weak {
		if b, s := w[0], w[1]; b.side[m.which] == nil && s.base == nil {
			m.pair(b, s)
			s.weak = true
		}
	}
	m.weak = nil
}

// likeness is the share of their words from which on two texts are taken for versions
// of one.
const likeness = 0.4

// copies finds nodes whose key is that of one node of the base, but is several times on
// the side: the first is what became of it, if nothing else is.
func (m *matcher) copies(base, side []*node) {
	keyed := map[string]*node{}
	each := func(roots []*node, f func(n *node, key string)) {
		for _, root := range roots {
			if root == nil {
				continue
			}
			root.walk(func(n *node) bool {
				if n.key != "" {
					f(n, n.kind+"\x00"+n.key)
				}
				return !n.isToken()
			})
		}
	}
	each(base, func(n *node, key string) {
		if _, twice := keyed[key]; twice {
			n = nil
		}
		keyed[key] = n
	})
	each(side, func(n *node, key string) {
		b := keyed[key]
		switch {
		case b == nil || n.base != nil || n.copyOf != nil:
		case b.side[m.which] == nil:
			m.pair(b, n)
		default:
			n.copyOf = b
		}
	})
}

// longPassage is the number of words from which on two equal passages are taken for
// one that was moved.
const longPassage = 6

func (m *matcher) pair(b, s *node) {
	b.side[m.which], s.base = s, b
	if !b.isToken() {
		m.queue = append(m.queue, b)
	}
}

// wandered pairs long passages that were moved and changed.
func (m *matcher) wandered(base, side []*node) {
	long := func(roots []*node) (out []*node) {
		for _, root := range roots {
			if root == nil {
				continue
			}
			root.walk(func(n *node) bool {
				if n != root && n.size >= longPassage && n.flow == words && n.side[m.which] == nil && n.base == nil && !n.isToken() {
					out = append(out, n)
				}
				return !n.isToken()
			})
		}
		return out
	}
	old, new := long(base), long(side)
	if len(old)*len(new) > 100_000 {
		return
	}
	for _, p := range old {
		var best *node
		share := 0.5
		for _, q := range new {
			if q.base == nil && q.kind == p.kind && (p.key == "" || q.key == "" || p.key == q.key) {
				if s := alike(p, q); s >= share {
					best, share = q, s
				}
			}
		}
		if best != nil {
			m.pair(p, best)
		}
	}
}

// pairUnique pairs the nodes that have a mark which no other node of their forest has.
func (m *matcher) pairUnique(base, side []*node, mark func(*node) (uint64, bool)) {
	type found struct {
		n    *node
		many bool
	}
	collect := func(roots []*node) (map[uint64]found, []uint64) {
		marks, order := map[uint64]found{}, []uint64(nil)
		for _, root := range roots {
			if root == nil {
				continue
			}
			root.walk(func(n *node) bool {
				if n.isToken() || n == root {
					return !n.isToken()
				}
				if k, ok := mark(n); ok {
					_, twice := marks[k]
					marks[k] = found{n, twice}
					order = append(order, k)
				}
				return true
			})
		}
		return marks, order
	}
	old, order := collect(base)
	new, _ := collect(side)
	for _, k := range order {
		b, s := old[k], new[k]
		if s.n == nil || b.many || s.many || b.n.side[m.which] != nil || s.n.base != nil || b.n.kind != s.n.kind {
			continue
		}
		m.pair(b.n, s.n)
	}
}

// open pairs the attributes of a start tag by name, or the words of a line.
func (m *matcher) open(b *node) {
	s := b.side[m.which]
	if b.open == nil || s.open == nil {
		return
	}
	b.open.side[m.which], s.open.base = s.open, b.open
	if b.open.flow == words {
		m.parts(b.open, s.open)
		return
	}
	for _, x := range b.open.parts {
		for _, y := range s.open.parts {
			if x.kind == y.kind {
				x.side[m.which], y.base = y, x
			}
		}
	}
}

// parts pairs what is in two versions of a node.
func (m *matcher) parts(b, s *node) {
	if b.hash == s.hash && m.same(b, s) {
		return
	}
	matches, _ := sequence.Align(m.keys(b.parts, s), m.keys(s.parts, b))
	if b.flow == words || s.flow == words {
		matches = solid(b.parts, s.parts, matches)
	}
	i, j := 0, 0
	for _, x := range append(matches, sequence.Match{Old: len(b.parts), New: len(s.parts)}) {
		m.gap(b.parts[i:x.Old], s.parts[j:x.New])
		for k := range x.N {
			if p, q := b.parts[x.Old+k], s.parts[x.New+k]; p.side[m.which] == nil && q.base == nil {
				m.pair(p, q)
			}
		}
		i, j = x.Old+x.N, x.New+x.N
	}
	m.onlyOnes(b, s)
}

// same pairs the parts of two equal nodes; false if some of them have other partners.
func (m *matcher) same(b, s *node) bool {
	if len(b.parts) != len(s.parts) {
		return false
	}
	for i, p := range b.parts {
		q := s.parts[i]
		if p.side[m.which] != nil && p.side[m.which] != q || q.base != nil && q.base != p || p.kind != q.kind {
			return false
		}
	}
	for i, p := range b.parts {
		if p.side[m.which] == nil {
			m.pair(p, s.parts[i])
		}
	}
	return true
}

// keys are what the parts of a node are aligned by: what they are, or whom they are
// paired with already.
func (m *matcher) keys(parts []*node, other *node) []uint64 {
	keys := make([]uint64, len(parts))
	for i, p := range parts {
		b, partner := p, p.side[m.which]
		if p.base != nil {
			b, partner = p.base, p.base
		}
		switch {
		case partner == nil:
			keys[i] = p.hash
		case partner.parent == other:
			keys[i] = mix(pairSalt, mix(uint64(b.at), b.hash))
		default:
			m.pairs++
			keys[i] = mix(elsewhereSalt, m.pairs)
		}
	}
	return keys
}

// Salts that no hash of a content has.
var pairSalt, elsewhereSalt = hashOf("\x00pair"), hashOf("\x00elsewhere")

// solid leaves out of an alignment of words what is too little to be more than
// chance: words between two changes that are longer than they.
func solid(old, new []*node, matches []sequence.Match) []sequence.Match {
	oldSum, newSum := weights(old), weights(new)
	for range 8 {
		kept := matches[:0:0]
		i, j := 0, 0
		for k, m := range matches {
			toOld, toNew := len(old), len(new)
			if k+1 < len(matches) {
				toOld, toNew = matches[k+1].Old, matches[k+1].New
			}
			before := max(oldSum[m.Old]-oldSum[i], newSum[m.New]-newSum[j])
			after := max(oldSum[toOld]-oldSum[m.Old+m.N], newSum[toNew]-newSum[m.New+m.N])
			if n := oldSum[m.Old+m.N] - oldSum[m.Old]; n <= before && n <= after {
				continue
			}
			kept = append(kept, m)
			i, j = m.Old+m.N, m.New+m.N
		}
		if len(kept) == len(matches) {
			break
		}
		matches = kept
	}
	return matches
}

// weights are the sums of what the nodes before each weigh.
func weights(nodes []*node) []int {
	sums := make([]int, len(nodes)+1)
	for i, n := range nodes {
		sums[i+1] = sums[i] + max(n.weight, n.size*apart)
	}
	return sums
}

// gap pairs what resembles each other between two pairs.
func (m *matcher) gap(old, new []*node) {
	old, new = m.free(old), m.free(new)
	if len(old) == 0 || len(new) == 0 || len(old)*len(new) > 2500 {
		return
	}
	type rated struct {
		i, j  int
		share float64
	}
	var all []rated
	for i, p := range old {
		for j, q := range new {
			if p.kind != q.kind {
				continue
			}
			share, least := alike(p, q), likeness
			if p.key != "" && q.key != "" && p.key != q.key {
				least = 0.6
			} else if share < likeness && only(old, p.kind) && only(new, q.kind) && p.kind != "word" {
				m.weak = append(m.weak, [2]*node{p, q})
			}
			if share >= least {
				all = append(all, rated{i, j, share})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b rated) int { return cmp.Compare(b.share, a.share) })
	var taken []rated
	for _, r := range all {
		if !slices.ContainsFunc(taken, func(t rated) bool { return t.i == r.i || t.j == r.j || (t.i < r.i) != (t.j < r.j) }) {
			taken = append(taken, r)
			m.pair(old[r.i], new[r.j])
		}
	}
}

// free are the nodes without a partner that are no tokens.
func (m *matcher) free(nodes []*node) (out []*node) {
	for _, n := range nodes {
		if n.side[m.which] == nil && n.base == nil && !n.isToken() {
			out = append(out, n)
		}
	}
	return out
}

func only(nodes []*node, kind string) bool {
	n := 0
	for _, p := range nodes {
		if p.kind == kind {
			n++
		}
	}
	return n == 1
}

// onlyOnes pairs the only part of a kind, such as the title, with the other's.
func (m *matcher) onlyOnes(b, s *node) {
	if b.flow == words || s.flow == words {
		return
	}
	old, new := singles(b.parts), singles(s.parts)
	for _, p := range m.free(b.parts) {
		q := new[p.kind]
		if q == nil || q.base != nil || old[p.kind] == nil || p.key != "" && q.key != "" && p.key != q.key {
			continue
		}
		m.pair(p, q)
		q.weak = alike(p, q) < likeness
	}
}

// singles are the parts that are the only ones of their kind, by kind.
func singles(parts []*node) map[string]*node {
	out, seen := map[string]*node{}, map[string]bool{}
	for _, p := range parts {
		if out[p.kind] = p; seen[p.kind] || p.isToken() {
			out[p.kind] = nil
		}
		seen[p.kind] = true
	}
	return out
}
