package merge

import "slices"

// dispute marks the blocks to which a side moved a passage that the other side removed
// from where it was, or moved elsewhere. That is seen for passages that are once in the
// base: words of a text, and blocks of a few words.
func dispute(base, our, their []*node) {
	gone := removedByBoth(base)
	if len(gone) == 0 {
		return
	}
	arrived := [2]map[uint64][]*node{arrivals(our, gone), arrivals(their, gone)}
	for which := range arrived {
		for mark, blocks := range arrived[which] {
			others := arrived[1-which][mark]
			for _, q := range blocks {
				if q.dispute == undisputed && !slices.ContainsFunc(others, func(r *node) bool { return sameDestination(q, r) }) {
					q.setDispute(len(others) > 0)
				}
			}
		}
	}
}

// What a side's block may have that the other side has elsewhere or not any more.
const (
	undisputed     = iota
	passageRemoved // the other side removed the passage
	passageMoved   // the other side moved it elsewhere
)

func (n *node) setDispute(moved bool) {
	n.dispute = passageRemoved
	if moved {
		n.dispute = passageMoved
	}
	for ; n != nil; n = n.parent {
		n.foreign = true
	}
}

// sameDestination reports whether both sides moved something to the same block.
func sameDestination(q, r *node) bool {
	return sameNode(q, r) || q.base == nil && r.base == nil && q.hash == r.hash && samePlace(q, r)
}

// removedByBoth are the marks of the passages that are once in the base, and on both
// sides not where they were.
func removedByBoth(base []*node) map[uint64]bool {
	gone := map[uint64]bool{}
	removed := func(n *node) bool { return n.side[ours] == nil && n.side[theirs] == nil }
	eachPassage(base, func(mark uint64, _ *node, parts []*node) {
		if !slices.ContainsFunc(parts, func(n *node) bool { return !removed(n) }) {
			gone[mark] = true
		}
	})
	if len(gone) == 0 {
		return gone
	}
	times := map[uint64]int{}
	eachPassage(base, func(mark uint64, _ *node, _ []*node) {
		if gone[mark] {
			times[mark]++
		}
	})
	for mark, n := range times {
		if n > 1 {
			delete(gone, mark)
		}
	}
	return gone
}

// arrivals are the blocks of a side with passages of the marks that are no versions of
// anything in the base.
func arrivals(side []*node, gone map[uint64]bool) map[uint64][]*node {
	out := map[uint64][]*node{}
	eachPassage(side, func(mark uint64, block *node, parts []*node) {
		if gone[mark] && !slices.ContainsFunc(parts, func(n *node) bool { return n.base != nil }) && !slices.Contains(out[mark], block) {
			out[mark] = append(out[mark], block)
		}
	})
	return out
}

// eachPassage calls f with the mark, the block and the words of each passage of about
// longPassage words in the texts, and with each block that is shorter.
func eachPassage(roots []*node, f func(mark uint64, block *node, parts []*node)) {
	for _, root := range roots {
		if root == nil || root.flow == words {
			continue
		}
		root.walk(func(n *node) bool {
			switch {
			case n == root || n.isToken() || n.flow != words:
				return !n.isToken()
			case n.size >= longPassage:
				words := n.weighty()
				eachRun(words, func(mark uint64, from, to int) { f(mark, n, words[from:to]) })
			case n.size > 0 && n.key == "":
				f(n.hash, n, []*node{n})
			}
			return false
		})
	}
}

// weighty are the words of a text, without signs.
func (n *node) weighty() (out []*node) {
	n.walk(func(p *node) bool {
		if p.isToken() && p.weight > 0 {
			out = append(out, p)
		}
		return true
	})
	return out
}

// eachRun calls f for the runs of words that are as long as a long passage, or of more
// where a word is a single letter.
func eachRun(words []*node, f func(mark uint64, from, to int)) {
	to, sum := 0, 0
	for from := range words {
		for ; to < len(words) && sum < longPassage*apart; to++ {
			sum += words[to].weight
		}
		if sum < longPassage*apart {
			return
		}
		mark := runSalt
		for _, w := range words[from:to] {
			mark = mix(mark, hashOf(w.raw))
		}
		f(mark, from, to)
		sum -= words[from].weight
	}
}

var runSalt = hashOf("\x00run")

// divided reports whether a side divided a text in several: words that it has not any
// more are in what was added beside it.
func divided(b, n *node) bool {
	missing := map[uint64]int{}
	for _, w := range b.weighty() {
		missing[w.hash]++
	}
	for _, w := range n.weighty() {
		missing[w.hash]--
	}
	if n.parent == nil {
		return false
	}
	for _, step := range []int{-1, 1} {
		for i := n.at + step; i >= 0 && i < len(n.parent.parts) && n.parent.parts[i].base == nil; i += step {
			if q := n.parent.parts[i].weighty(); len(q) >= 3 && 2*found(q, missing) >= len(q) {
				return true
			}
		}
	}
	return false
}

// found is how many of the words are among those that are missing.
func found(words []*node, missing map[uint64]int) (count int) {
	for _, w := range words {
		if missing[w.hash] > 0 {
			count++
		}
	}
	return count
}
