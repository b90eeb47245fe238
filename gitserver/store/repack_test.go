package store

import (
	"math/rand/v2"
	"testing"
)

func TestRoll(t *testing.T) {
	for _, tt := range []struct {
		objects []int64
		want    int
	}{
		{nil, 0},
		{[]int64{7}, 0},
		{[]int64{3, 3}, 2},
		{[]int64{3, 6}, 0},
		{[]int64{3, 3, 100}, 2},
		{[]int64{3, 3, 11}, 3},
		{[]int64{3, 3, 12, 36}, 2},
		{[]int64{1, 2, 6, 18}, 0},
		{[]int64{0, 0}, 0},
	} {
		var packs []pack
		for _, n := range tt.objects {
			packs = append(packs, pack{objects: n})
		}
		if got := roll(packs); got != tt.want {
			t.Errorf("%v: %d, want %d", tt.objects, got, tt.want)
		}
	}
}

// After a merge no pack is smaller than twice all smaller ones, however many
// duplicates the merge found; so the number of packs grows with the logarithm.
func TestRollLeavesAProgression(t *testing.T) {
	for range 500 {
		var packs []pack
		for i := range rand.IntN(30) {
			n := rand.Int64N(1 << (i + 1))
			packs = append(packs, pack{objects: n + 1})
		}
		n := roll(packs)
		if n == 1 {
			t.Fatalf("%v: a pack is merged with itself", packs)
		}
		sum := int64(0)
		for i, p := range packs {
			if i >= n && p.objects < 2*sum {
				t.Fatalf("%v: merging %d leaves pack %d too small", packs, n, i)
			}
			sum += p.objects
		}
	}
}
