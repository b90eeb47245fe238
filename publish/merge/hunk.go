package merge

import (
	"slices"

	"github.com/rhaptos/rhaptos/publish/sequence"
)

// The two sides. What is done is the same for both.
const (
	ours   = 0
	theirs = 1
)

// settle finds, once all pairs are known, which nodes of a side are not where their
// base was.
func settle(s *node) {
	kept := map[int]bool{}
	if s.base != nil {
		var both []sequence.Match
		for i, p := range s.parts {
			if p.base != nil && p.base.parent == s.base {
				both = append(both, sequence.Match{Old: p.base.at, New: i, N: 1})
			}
		}
		slices.SortFunc(both, func(a, b sequence.Match) int { return a.Old - b.Old })
		for _, m := range sequence.Rising(both) {
			kept[m.New] = true
		}
	}
	for i, p := range s.parts {
		p.moved = p.base != nil && !kept[i]
		settle(p)
		s.foreign = s.foreign || p.moved || p.foreign || p.copyOf != nil
	}
}

// at is where the base part is among the parts of the side's version of its parent;
// negative if it was removed or moved.
func (n *node) on(which int) int {
	s := n.side[which]
	if s == nil || s.moved {
		return -1
	}
	return s.at
}

// hunk is a change of one side: the base's parts from from to to became the side's
// parts from at to end.
type hunk struct {
	which    int
	from, to int
	at, end  int
	edit     bool // a single part that was changed inside
}

// hunks are the changes of one side, in order. In a text, a change inside a word's
// formatting is one of them.
func hunks(b, s *node, which int, text bool) (out []hunk) {
	at := 0
	for i := 0; ; i++ {
		from := i
		for i < len(b.parts) && b.parts[i].on(which) < 0 {
			i++
		}
		end := len(s.parts)
		if i < len(b.parts) {
			end = b.parts[i].on(which)
		}
		if i > from || end > at {
			out = append(out, hunk{which: which, from: from, to: i, at: at, end: end})
		}
		if i == len(b.parts) {
			return out
		}
		if p := b.parts[i]; text && p.side[which].hash != p.hash && isFormatting(p.kind) {
			out = append(out, hunk{which: which, from: i, to: i + 1, at: end, end: end + 1, edit: true})
		}
		at = end + 1
	}
}

// isFormatting holds for elements that are part of a text's wording.
func isFormatting(kind string) bool {
	switch kind {
	case "emphasis", "term", "link", "sub", "sup", "cite", "cite-title", "foreign", "quote", "code", "span":
		return true
	}
	return len(kind) > 2 && kind[:2] == "m:" && kind != "m:math"
}

// region is a stretch of the base that one side changed, or both.
type region struct {
	from, to int
	at, end  [2]int // the same stretch in ours and theirs
	hunks    [2][]hunk
	conflict bool
}

func (r *region) both() bool { return len(r.hunks[ours]) > 0 && len(r.hunks[theirs]) > 0 }

// regions joins the changes of both sides where they overlap or touch.
func regions(b *node, o, t []hunk, touch func(a, b hunk) bool) (out []region) {
	all := append(slices.Clone(o), t...)
	slices.SortStableFunc(all, func(x, y hunk) int {
		if x.from != y.from {
			return x.from - y.from
		}
		return x.to - y.to
	})
	for _, h := range all {
		if k := len(out) - 1; k >= 0 && out[k].touches(h, touch) {
			r := &out[k]
			r.to = max(r.to, h.to)
			r.hunks[h.which] = append(r.hunks[h.which], h)
			continue
		}
		r := region{from: h.from, to: h.to}
		r.hunks[h.which] = []hunk{h}
		out = append(out, r)
	}
	return out
}

func (r *region) touches(h hunk, touch func(a, b hunk) bool) bool {
	for _, list := range r.hunks {
		for _, other := range list {
			if touch(other, h) {
				return true
			}
		}
	}
	return h.from < r.to
}

// span sets where a region is on both sides.
func (r *region) span(b, o, t *node) {
	for which, s := range []*node{o, t} {
		r.at[which], r.end[which] = r.place(b, s, which, r.from, false), r.place(b, s, which, r.to, true)
	}
}

// place is where on a side the boundary before the base's part k is: before what the
// region's changes insert there, or behind.
func (r *region) place(b, s *node, which, k int, behind bool) int {
	for _, h := range r.hunks[which] {
		if !behind && h.from == k {
			return h.at
		}
		if behind && h.to == k {
			k := h
			for _, next := range r.hunks[which] {
				if next.from == k.to && next.at == k.end {
					k = next
				}
			}
			return k.end
		}
	}
	if k == len(b.parts) {
		return len(s.parts)
	}
	if i := b.parts[k].on(which); i >= 0 {
		return i
	}
	return len(s.parts)
}
