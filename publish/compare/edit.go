package compare

import (
	"slices"

	"golang.org/x/net/html/atom"

	"github.com/rhaptos/rhaptos/publish/sequence"
)

type op uint8

const (
	same    op = iota
	added      // is in the new one only
	removed    // is in the old one only
	changed    // is in both, and what is in it differs
)

// edit says what became of a block.
type edit struct {
	op       op
	old, new *block
	inner    []edit // of an element that has changed
	script   script // of a line that has changed
	moved    bool   // the same block was added elsewhere, or removed there
}

// The bounds of pairing blocks that are not equal.
const (
	maxGrid = 4096 // pairs that are looked at to find the best ones
	window  = 64   // and how many blocks at a time, where there are more
	likely  = 0.3  // how much two blocks must share to be versions of one
)

// comparer compares blocks.
type comparer struct {
	coarse bool // a bound was reached: more may be in common than was found
}

func (c *comparer) align(old, new []uint64) []sequence.Match {
	matches, whole := sequence.Align(old, new)
	c.coarse = c.coarse || !whole
	return matches
}

// children compares what two blocks hold.
func (c *comparer) children(old, new *block) []edit {
	if apart(old, new) {
		return append(all(removed, old.children), all(added, new.children)...)
	}
	matches := c.align(hashes(old.children), hashes(new.children))
	var out []edit
	i, j := 0, 0
	for _, m := range append(matches, sequence.Match{Old: len(old.children), New: len(new.children)}) {
		out = append(out, c.gap(old.children[i:m.Old], new.children[j:m.New])...)
		for k := range m.N {
			out = append(out, c.both(old.children[m.Old+k], new.children[m.New+k]))
		}
		i, j = m.Old+m.N, m.New+m.N
	}
	return out
}

// apart reports whether rows must not be mixed, since cells reach over several
// of them and these are not the same rows.
func apart(old, new *block) bool {
	switch new.tag() {
	case atom.Tbody, atom.Thead, atom.Tfoot:
		return (old.spans || new.spans) && len(old.children) != len(new.children)
	}
	return false
}

// hashes are those of what is aligned: a block that has got another number is the
// same one.
func hashes(list []*block) []uint64 {
	out := make([]uint64, len(list))
	for i, b := range list {
		out[i] = b.loose
	}
	return out
}

func all(op op, list []*block) []edit {
	out := make([]edit, len(list))
	for i, b := range list {
		if op == removed {
			out[i] = edit{op: op, old: b}
		} else {
			out[i] = edit{op: op, new: b}
		}
	}
	return out
}

// gap compares two stretches of which no block equals its counterpart.
func (c *comparer) gap(old, new []*block) []edit {
	switch {
	case len(old) == 0:
		return all(added, new)
	case len(new) == 0:
		return all(removed, old)
	case len(old) == len(new) && cells(old) && cells(new):
		out := make([]edit, len(old))
		for i := range old {
			out[i] = c.both(old[i], new[i])
		}
		return out
	case len(old)*len(new) > maxGrid:
		return c.windows(old, new)
	}
	return c.pairUp(old, new)
}

func cells(list []*block) bool {
	for _, b := range list {
		if !is(b.n, atom.Td, atom.Th) {
			return false
		}
	}
	return true
}

// windows pairs long stretches a piece at a time, at the ids that both have.
func (c *comparer) windows(old, new []*block) []edit {
	var out []edit
	i, j := 0, 0
	for _, m := range append(c.align(ids(old, 1), ids(new, 2)), sequence.Match{Old: len(old), New: len(new)}) {
		c.coarse = c.coarse || i+window < m.Old && j < m.New || j+window < m.New && i < m.Old
		for i < m.Old && j < m.New {
			x, y := min(i+window, m.Old), min(j+window, m.New)
			out = append(out, c.pairUp(old[i:x], new[j:y])...)
			i, j = x, y
		}
		out = append(append(out, all(removed, old[i:m.Old])...), all(added, new[j:m.New])...)
		for k := range m.N {
			out = append(out, c.both(old[m.Old+k], new[m.New+k]))
		}
		i, j = m.Old+m.N, m.New+m.N
	}
	return out
}

// ids are hashes of the blocks' ids. One without any is like none of the other
// side.
func ids(list []*block, side uint64) []uint64 {
	out := make([]uint64, len(list))
	for i, b := range list {
		out[i] = side
		if b.n != nil {
			if id := attribute(b.n, "id"); id != "" {
				out[i] = mix(hashOf(id), uint64(b.tag()))
			}
		}
	}
	return out
}

// pairUp finds the pairs that share most, in the order of both stretches.
func (c *comparer) pairUp(old, new []*block) []edit {
	n, m := len(old), len(new)
	best := make([][]float64, n+1) // of old[i:] and new[j:]
	worth := make([][]float64, n)
	for i := range best {
		best[i] = make([]float64, m+1)
	}
	for i := n - 1; i >= 0; i-- {
		worth[i] = make([]float64, m)
		for j := m - 1; j >= 0; j-- {
			worth[i][j] = pairWorth(old[i], new[j])
			best[i][j] = max(best[i+1][j], best[i][j+1])
			if w := worth[i][j]; w > 0 {
				best[i][j] = max(best[i][j], w+best[i+1][j+1])
			}
		}
	}
	var out []edit
	i, j := 0, 0
	for i < n && j < m {
		switch w := worth[i][j]; {
		case w > 0 && best[i][j] == w+best[i+1][j+1]:
			out = append(out, c.both(old[i], new[j]))
			i, j = i+1, j+1
		case best[i][j] == best[i+1][j]:
			out = append(out, edit{op: removed, old: old[i]})
			i++
		default:
			out = append(out, edit{op: added, new: new[j]})
			j++
		}
	}
	return append(append(out, all(removed, old[i:])...), all(added, new[j:])...)
}

// pairWorth says how good it is to take two blocks for versions of one; 0 if
// they are not.
func pairWorth(old, new *block) float64 {
	if !kin(old, new) {
		return 0
	}
	part := alike(old, new)
	if id := idOf(old); id != "" && id == idOf(new) {
		part = 0.4 + 0.6*part
	}
	switch {
	case singular[new.tag()]:
		part = 0.4 + 0.6*part
	case old.counts == 0 && new.counts == 0 && !new.isLine():
		part = 0.4
	}
	if part < likely {
		return 0
	}
	// Among pairs that share as much the longer ones count for more.
	return part * (1 + float64(min(new.counts, 1000))/1e4)
}

func idOf(b *block) string {
	if b.n == nil {
		return ""
	}
	return attribute(b.n, "id")
}

// singular are the elements of which a parent has one.
var singular = set(atom.Caption, atom.Figcaption, atom.Summary, atom.Thead, atom.Tfoot, atom.Colgroup, atom.Header, atom.H1)

// kinds are the elements that may become each other.
var kinds = map[atom.Atom]atom.Atom{
	atom.H2: atom.H1, atom.H3: atom.H1, atom.H4: atom.H1, atom.H5: atom.H1, atom.H6: atom.H1,
	atom.P: atom.Div, atom.Ul: atom.Ol, atom.Th: atom.Td, atom.Section: atom.Div,
}

// kindOf returns one element for all those that an element may turn into.
func kindOf(a atom.Atom) atom.Atom {
	if k, ok := kinds[a]; ok {
		return k
	}
	return a
}

func kin(old, new *block) bool {
	return old.isLine() == new.isLine() && old.kind == new.kind && (!onlyLines[new.tag()] || !slices.ContainsFunc(old.children, holdsBlock))
}

func holdsBlock(b *block) bool { return !b.isLine() }

// onlyLines are the elements that may hold no blocks, not even ones that were
// removed.
var onlyLines = set(atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Pre, atom.Summary)

// both compares two versions of a block.
func (c *comparer) both(old, new *block) edit {
	switch {
	case old.hash == new.hash:
		return edit{op: same, old: old, new: new}
	case new.isLine():
		return edit{op: changed, old: old, new: new, script: c.lines(old.tokens, new.tokens)}
	case is(new.n, atom.Colgroup, atom.Hr):
		return edit{op: same, old: old, new: new}
	}
	return edit{op: changed, old: old, new: new, inner: c.children(old, new)}
}
