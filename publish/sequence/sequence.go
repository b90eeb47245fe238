// Package sequence finds what two sequences have in common, and in which order: the
// ground of comparing and of merging.
package sequence

import "slices"

// Bounds of the alignment of two sequences. Where they are reached, less is
// found to be equal; the result is still right.
const (
	maxEdits = 200 // between two anchors
	maxDepth = 12  // of anchors between anchors
)

// Match says that N elements from Old on equal N elements from New on.
type Match struct{ Old, New, N int }

// Align finds what two sequences have in common, in the order of both; whole is
// false if a bound kept it from looking for more. It anchors on elements that both
// have exactly once, as patience diff does, and fills the rest by Myers' algorithm
// ("An O(ND) Difference Algorithm and Its Variations", 1986) up to a number of
// edits.
func Align(old, new []uint64) (matches []Match, whole bool) {
	a := aligner{old: old, new: new, whole: true}
	a.between(0, len(old), 0, len(new), 0)
	return a.matches, a.whole
}

type aligner struct {
	old, new []uint64
	matches  []Match
	whole    bool
}

// add appends a match, or lengthens the last one.
func (a *aligner) add(old, new, n int) {
	if n == 0 {
		return
	}
	if k := len(a.matches) - 1; k >= 0 {
		if last := &a.matches[k]; last.Old+last.N == old && last.New+last.N == new {
			last.N += n
			return
		}
	}
	a.matches = append(a.matches, Match{old, new, n})
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
		a.between(i, m.Old, k, m.New, depth+1)
		a.add(m.Old, m.New, 1)
		i, k = m.Old+1, m.New+1
	}
	a.between(i, j, k, l, depth+1)
}

// anchors are the elements that both stretches have exactly once, those of them
// that stand in the same order in both; common is whether they share any at all.
func (a *aligner) anchors(i, j, k, l int) (found []Match, common bool) {
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
	var once []Match
	for x := i; x < j; x++ {
		if p := places[a.old[x]]; p.olds == 1 && p.news == 1 {
			once = append(once, Match{x, p.new, 1})
		}
	}
	return Rising(once), common
}

// Rising is the longest subsequence of matches in which New rises; Old does.
func Rising(all []Match) []Match {
	tops := []int{}                 // indices of the smallest ends of runs of each length
	before := make([]int, len(all)) // index before each in its run
	for i, m := range all {
		n, _ := slices.BinarySearchFunc(tops, m.New, func(t, y int) int { return all[t].New - y })
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
	out := make([]Match, len(tops))
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
	var found []Match
	x, y := n, m
	for d := len(trace) - 1; d >= 0 && x+y > 0; d-- {
		diagonal := x - y
		start := furthest(trace[d], d, d, diagonal)
		if run := x - start; run > 0 {
			found = append(found, Match{i + start, k + start - diagonal, run})
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
		a.add(f.Old, f.New, f.N)
	}
}
