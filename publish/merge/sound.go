package merge

// sound reports whether a merged text is what it should be: it can be read, no key is
// in it twice or lost, and it has as many words and blocks as the changes of both sides
// leave.
func (g *group) sound(text string) bool {
	merged := g.parser.parse(text)
	if merged == nil {
		return false
	}
	total := count(g.v.b, func(*node) bool { return true })
	found := count(merged, func(*node) bool { return true })
	var removed, added, has [2]tally
	for which, s := range []*node{g.v.o, g.v.t} {
		removed[which] = count(g.v.b, func(n *node) bool { return n.side[which] == nil || n.side[which].key != n.key })
		added[which] = count(s, func(n *node) bool { return n.base == nil || n.base.key != n.key })
		has[which] = count(s, func(*node) bool { return true })
	}
	copies := false // what is several times on one side is changed in all places
	for _, s := range []*node{g.v.o, g.v.t} {
		s.walk(func(n *node) bool { copies = copies || n.copyOf != nil; return true })
	}
	for _, t := range []tally{total, found, added[ours], added[theirs]} {
		for k := range t.words {
			r, s, a, b := removed[ours].words[k], removed[theirs].words[k], added[ours].words[k], added[theirs].words[k]
			if n := found.words[k]; n < total.words[k]-r-s+max(a, b) || n > total.words[k]-max(r, s)+a+b {
				if copies {
					continue
				}
				return false
			}
		}
		for k := range t.keys {
			most := max(total.keys[k], has[ours].keys[k], has[theirs].keys[k])
			r, s, a, b := removed[ours].keys[k], removed[theirs].keys[k], added[ours].keys[k], added[theirs].keys[k]
			if n := found.keys[k]; n > most || n < total.keys[k]-r-s+max(a, b) {
				return false
			}
		}
	}
	return true
}

// tally counts the words and the keys of a text.
type tally struct{ words, keys map[uint64]int }

func count(root *node, which func(*node) bool) tally {
	t := tally{map[uint64]int{}, map[uint64]int{}}
	var add func(n *node) bool
	add = func(n *node) bool {
		if n.open != nil && n.open.flow == words {
			n.open.walk(add)
		}
		switch {
		case n == root || !which(n):
		case n.isToken() && n.exact:
			t.words[mix(hashOf(n.kind), hashOf(n.raw))]++
		case n.isToken():
			t.words[n.hash]++
		case n.key != "":
			t.keys[mix(hashOf(n.kind), hashOf(n.key))]++
		}
		return true
	}
	root.walk(add)
	return t
}
