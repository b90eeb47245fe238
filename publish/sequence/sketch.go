package sequence

import (
	"cmp"
	"slices"
)

// Sketch represents a set by the smallest of the hashes of its elements: at most most of
// them, sorted, each once. It orders hashes in place.
func Sketch[H cmp.Ordered](hashes []H, most int) []H {
	slices.Sort(hashes)
	hashes = slices.Compact(hashes)
	return hashes[:min(len(hashes), most)]
}

// Resemblance estimates from the sketches of two sets which share of all their elements
// is in both, from 0 to 1; it is 0 if both are empty. See Broder, "On the resemblance and
// containment of documents", 1997.
func Resemblance[H cmp.Ordered](x, y []H, most int) float64 {
	both, all := 0, 0
	for (len(x) > 0 || len(y) > 0) && all < most {
		switch {
		case len(y) == 0 || len(x) > 0 && x[0] < y[0]:
			x = x[1:]
		case len(x) == 0 || y[0] < x[0]:
			y = y[1:]
		default:
			both, x, y = both+1, x[1:], y[1:]
		}
		all++
	}
	if all == 0 {
		return 0
	}
	return float64(both) / float64(all)
}
