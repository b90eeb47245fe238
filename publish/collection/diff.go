package collection

import (
	"regexp"
	"slices"
)

// DiffProblems divides the problems of a tree into those that the tree before it did
// not have and those that it had. Both keep the order of now.
//
// A problem was there before if one with the same path, rule, severity and
// message was, wherever in the file: lines move when others are put in. If
// there are more of a kind than before, those nearest to the old places are the
// old ones. What is left is matched by its exact place, since a message may
// quote words that were edited.
func DiffProblems(now, before []Problem) (fresh, old []Problem) {
	matched := make([]bool, len(now))
	taken := make([]bool, len(before))
	match(now, before, matched, taken, func(p Problem) kind {
		return kind{p.Path, p.Rule, p.Severity, places.ReplaceAllString(p.Message, "$1"), 0, 0}
	})
	match(now, before, matched, taken, func(p Problem) kind {
		return kind{p.Path, p.Rule, p.Severity, "", p.Line, p.Column}
	})
	for i, p := range now {
		if matched[i] {
			old = append(old, p)
		} else {
			fresh = append(fresh, p)
		}
	}
	return fresh, old
}

// places matches the positions in messages that name a second place; they move
// with the text.
var places = regexp.MustCompile(`\b(line|column|lines) \d+`)

// kind is the part in which two problems must agree to be the same.
type kind struct {
	path, rule   string
	severity     Severity
	message      string
	line, column int
}

// match pairs problems of one kind, the nearest lines first.
func match(now, before []Problem, matched, taken []bool, kindOf func(Problem) kind) {
	was := map[kind][]int{}
	for i, p := range before {
		if !taken[i] {
			was[kindOf(p)] = append(was[kindOf(p)], i)
		}
	}
	is := map[kind][]int{}
	for i, p := range now {
		if k := kindOf(p); !matched[i] && was[k] != nil {
			is[k] = append(is[k], i)
		}
	}
	for k, mine := range is {
		theirs := was[k]
		if len(mine) <= len(theirs) {
			for n, i := range mine {
				matched[i], taken[theirs[n]] = true, true
			}
			continue
		}
		for _, b := range theirs {
			taken[b] = true
			matched[nearest(now, mine, matched, before[b].Line)] = true
		}
	}
}

// nearest is the problem, of those that are not matched, next to the line.
func nearest(now []Problem, among []int, matched []bool, line int) int {
	return slices.MinFunc(among, func(a, b int) int {
		if matched[a] != matched[b] {
			if matched[a] {
				return 1
			}
			return -1
		}
		return abs(now[a].Line-line) - abs(now[b].Line-line)
	})
}

func abs(n int) int { return max(n, -n) }
