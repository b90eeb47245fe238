package merge

// sound reports whether merged texts are what they should be: they can be read, no key is
// in them twice or lost, and they have as many words as the changes of both sides leave.
func (g *group) sound(results []Result) bool {
	any := func(*node) bool { return true }
	total, found := newTally(), newTally()
	removed, added, has := [2]tally{newTally(), newTally()}, [2]tally{newTally(), newTally()}, [2]tally{newTally(), newTally()}
	copies := false // what is several times on one side is changed in all places
	for i, f := range g.members {
		if results[i].Text != nil {
			merged := f.parser.parse(string(results[i].Text))
			if merged == nil {
				return false
			}
			found.count(merged, any)
		}
		total.count(f.v.b, any)
		for which, s := range []*node{f.v.o, f.v.t} {
			removed[which].count(f.v.b, func(n *node) bool { return n.side[which] == nil || n.side[which].key != n.key })
			added[which].count(s, func(n *node) bool { return n.base == nil || n.base.key != n.key })
			has[which].count(s, func(n *node) bool { copies = copies || n.copyOf != nil; return true })
		}
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

func newTally() tally { return tally{map[uint64]int{}, map[uint64]int{}} }

// count adds the words and keys below a node for which which holds.
func (t tally) count(root *node, which func(*node) bool) {
	if root == nil {
		return
	}
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
}
