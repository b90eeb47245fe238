package compare

import "slices"

// Bounds of the alignment of two sequences. Where they are reached, less is
// found to be equal; the result is still right.
const (
	maxEdits = 200 // between two anchors
	maxDepth = 12  // of anchors between anchors
)

// match says that n elements from old on equal n elements from new on.
type match struct{ old, new, n int }

// align finds what two sequences have in common, in the order of both; whole is
// false if a bound kept it from looking for more. It anchors on elements that both
// have exactly once, as patience diff does, and fills the rest by Myers' algorithm
// ("An O(ND) Difference Algorithm and Its Variations", 1986) up to a number of
// edits.
func align(old, new []uint64) (matches []match, whole bool) {
	a := aligner{old: old, new: new, whole: true}
	a.between(0, len(old), 0, len(new), 0)
	return a.matches, a.whole
}

type aligner struct {
	old, new []uint64
	matches  []match
	whole    bool
}

// add appends a match, or lengthens the last one.
func (a *aligner) add(old, new, n int) {
	if n == 0 {
		return
	}
	if k := len(a.matches) - 1; k >= 0 {
		if last := &a.matches[k]; last.old+last.n == old && last.new+last.n == new {
			last.n += n
			return
		}
	}
	a.matches = append(a.matches, match{old, new, n})
}

// between aligns old[i:j] with new[k:l].
func (a *aligner) between(i, j, k, l, depth int) {
	head := 0
	for i+head < j && k+head < l && a.old[i+head] == a.new[k+head] {
		head++
	}
	a.add(i, k, head)
	i, k = i+head, k+head
	tail := 0
	for j-tail > i && l-tail > k && a.old[j-tail-1] == a.new[l-tail-1] {
		tail++
	}
	j, l = j-tail, l-tail
	if i < j && k < l {
		a.middle(i, j, k, l, depth)
	}
	a.add(j, l, tail)
}

func (a *aligner) middle(i, j, k, l, depth int) {
	anchors, common := a.anchors(i, j, k, l)
	switch {
	case !common:
		return
	case len(anchors) == 0 || depth == maxDepth:
		a.myers(i, j, k, l)
		return
	}
	for _, m := range anchors {
		a.between(i, m.old, k, m.new, depth+1)
		a.add(m.old, m.new, 1)
		i, k = m.old+1, m.new+1
	}
	a.between(i, j, k, l, depth+1)
}

// anchors are the elements that both stretches have exactly once, those of them
// that stand in the same order in both; common is whether they share any at all.
func (a *aligner) anchors(i, j, k, l int) (found []match, common bool) {
	type place struct{ old, new, olds, news int }
	places := make(map[uint64]place, j-i)
	for x := i; x < j; x++ {
		p := places[a.old[x]]
		p.old, p.olds = x, p.olds+1
		places[a.old[x]] = p
	}
	for y := k; y < l; y++ {
		if p, ok := places[a.new[y]]; ok {
			p.new, p.news = y, p.news+1
			places[a.new[y]] = p
			common = true
		}
	}
	var once []match
	for x := i; x < j; x++ {
		if p := places[a.old[x]]; p.olds == 1 && p.news == 1 {
			once = append(once, match{x, p.new, 1})
		}
	}
	return rising(once), common
}

// rising is the longest subsequence of matches in which new rises; old does.
func rising(all []match) []match {
	tops := []int{}                 // indices of the smallest ends of runs of each length
	before := make([]int, len(all)) // index before each in its run
	for i, m := range all {
		n, _ := slices.BinarySearchFunc(tops, m.new, func(t, y int) int { return all[t].new - y })
		before[i] = -1
		if n > 0 {
			before[i] = tops[n-1]
		}
		if n == len(tops) {
			tops = append(tops, i)
		} else {
			tops[n] = i
		}
	}
	out := make([]match, len(tops))
	if len(tops) == 0 {
		return out
	}
	for n, i := len(tops)-1, tops[len(tops)-1]; n >= 0; n, i = n-1, before[i] {
		out[n] = all[i]
	}
	return out
}

// myers aligns two stretches by a shortest edit script, if that has no more
// than maxEdits edits.
func (a *aligner) myers(i, j, k, l int) {
	n, m := j-i, l-k
	if n-m > maxEdits || m-n > maxEdits {
		a.whole = false
		return
	}
	limit := min(n+m, maxEdits)
	v := make([]int, 2*limit+2) // how far in old each diagonal reaches; diagonal d at d+limit
	var trace [][]int
	for d := 0; d <= limit; d++ {
		trace = append(trace, slices.Clone(v[limit-d:limit+d+1]))
		for diagonal := -d; diagonal <= d; diagonal += 2 {
			x := furthest(v, limit, d, diagonal)
			for x < n && x-diagonal < m && a.old[i+x] == a.new[k+x-diagonal] {
				x++
			}
			v[limit+diagonal] = x
			if x >= n && x-diagonal >= m {
				a.backtrack(trace, i, k, n, m)
				return
			}
		}
	}
	a.whole = false
}

// furthest is where a path of d edits begins on a diagonal: one step right or
// down from the better of its neighbours.
func furthest(v []int, zero, d, diagonal int) int {
	if d == 0 {
		return 0
	}
	if diagonal == -d || diagonal != d && v[zero+diagonal-1] < v[zero+diagonal+1] {
		return v[zero+diagonal+1]
	}
	return v[zero+diagonal-1] + 1
}

// backtrack finds the path to the end again and adds its diagonals.
func (a *aligner) backtrack(trace [][]int, i, k, n, m int) {
	var found []match
	x, y := n, m
	for d := len(trace) - 1; d >= 0 && x+y > 0; d-- {
		diagonal := x - y
		start := furthest(trace[d], d, d, diagonal)
		if run := x - start; run > 0 {
			found = append(found, match{i + start, k + start - diagonal, run})
		}
		if d == 0 {
			break
		}
		if diagonal == -d || diagonal != d && trace[d][d+diagonal-1] < trace[d][d+diagonal+1] {
			x, y = start, start-diagonal-1
		} else {
			x, y = start-1, start-diagonal
		}
	}
	for _, f := range slices.Backward(found) {
		a.add(f.old, f.new, f.n)
	}
}
