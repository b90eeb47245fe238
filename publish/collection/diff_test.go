package collection

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

func problemAt(line int, message string) Problem {
	return Problem{Path: "a", Line: line, Column: 3, Rule: "r", Severity: Error, Message: message}
}

func TestNew(t *testing.T) {
	x := func(line int) Problem { return problemAt(line, "x") }
	warning := x(10)
	warning.Severity = Warning
	elsewhere := x(10)
	elsewhere.Path = "b"
	for name, tt := range map[string]struct{ now, before, fresh []Problem }{
		"nothing before":                 {[]Problem{x(1)}, nil, []Problem{x(1)}},
		"the same":                       {[]Problem{x(1)}, []Problem{x(1)}, nil},
		"moved by lines put in":          {[]Problem{x(30)}, []Problem{x(10)}, nil},
		"fixed":                          {nil, []Problem{x(10)}, nil},
		"a second behind":                {[]Problem{x(10), x(40)}, []Problem{x(10)}, []Problem{x(40)}},
		"a second before":                {[]Problem{x(4), x(11)}, []Problem{x(10)}, []Problem{x(4)}},
		"a third between":                {[]Problem{x(10), x(20), x(31)}, []Problem{x(10), x(30)}, []Problem{x(20)}},
		"one fixed, one made":            {[]Problem{problemAt(50, "y")}, []Problem{x(10)}, []Problem{problemAt(50, "y")}},
		"other words in the place":       {[]Problem{problemAt(10, "y")}, []Problem{x(10)}, nil},
		"a place in the message moved":   {[]Problem{problemAt(9, "opens at line 7, column 2")}, []Problem{problemAt(5, "opens at line 3, column 2")}, nil},
		"a number that is not a place":   {[]Problem{problemAt(9, "fig-7")}, []Problem{problemAt(5, "fig-3")}, []Problem{problemAt(9, "fig-7")}},
		"a warning that became an error": {[]Problem{x(10)}, []Problem{warning}, []Problem{x(10)}},
		"another file":                   {[]Problem{elsewhere}, []Problem{x(10)}, []Problem{elsewhere}},
	} {
		t.Run(name, func(t *testing.T) {
			fresh, old := DiffProblems(tt.now, tt.before)
			if !slices.Equal(fresh, tt.fresh) || len(fresh)+len(old) != len(tt.now) {
				t.Errorf("fresh %v, old %v; want fresh %v", fresh, old, tt.fresh)
			}
		})
	}
}

// TestNewShifted moves problems, adds some of the same kinds and takes some
// away: as many are new as were added beyond those taken away of their kind.
func TestNewShifted(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var now, before []Problem
		balance := map[string]int{}
		for i := range random.IntN(40) {
			p := problemAt(i*10+1, fmt.Sprint("kind ", random.IntN(5)))
			p.Column = i + 1 // no place is met again
			before = append(before, p)
			if random.IntN(3) == 0 {
				balance[p.Message]--
				continue
			}
			p.Line += 1000 + random.IntN(3)
			now = append(now, p)
		}
		for i := range random.IntN(10) {
			p := problemAt(5000+i, fmt.Sprint("kind ", random.IntN(5)))
			now = append(now, p)
			balance[p.Message]++
		}
		want := 0
		for _, n := range balance {
			want += max(0, n)
		}
		fresh, old := DiffProblems(now, before)
		if len(fresh) != want || len(old) != len(now)-want {
			t.Fatalf("%d new and %d old of %d, want %d new", len(fresh), len(old), len(now), want)
		}
	}
}
