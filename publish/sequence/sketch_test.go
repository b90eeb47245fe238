package sequence

import "testing"

func TestResemblance(t *testing.T) {
	sketch := func(h ...int) []int { return Sketch(h, 4) }
	for _, c := range []struct {
		x, y []int
		want float64
	}{
		{sketch(), sketch(), 0},
		{sketch(3, 1, 3), sketch(1, 3), 1},
		{sketch(1, 2), sketch(3, 4), 0},
		{sketch(1, 2, 3), sketch(2, 3, 4), 0.5},
		{sketch(9, 8, 7, 6, 5, 1), sketch(1, 5, 6, 7), 1}, // the smallest four
		{sketch(1), sketch(), 0},
	} {
		if got := Resemblance(c.x, c.y, 4); got != c.want {
			t.Errorf("%v, %v: %v, want %v", c.x, c.y, got, c.want)
		}
	}
}
