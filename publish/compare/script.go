package compare

import (
	"slices"

	"github.com/rhaptos/rhaptos/publish/sequence"
)

// change is a stretch of a line: n tokens that are in both versions, or some
// that were removed and some that came in their place.
type change struct {
	equal          bool
	oldFrom, oldTo int // silent tokens among them
	newFrom, newTo int
}

// script says how a line became another one. Its stretches cover all tokens of
// both.
type script []change

// lines compares the tokens of two lines. Numbers that the book's structure gives
// are no marks to go by where all of them have moved on by one: a line is read
// with each of them for any other, and with each for itself, and the reading in
// which less has changed is taken.
func (c *comparer) lines(old, new []token) script {
	was, now := spoken(old), spoken(new)
	s, whole := was.script(now, was.loose, now.loose, old)
	if was.numbers && now.numbers && !slices.Equal(was.loose, now.loose) {
		if exact, wholeExact := was.script(now, was.keys, now.keys, old); exact.size() < s.size() {
			s, whole = exact, wholeExact
		}
	}
	c.coarse = c.coarse || !whole
	// From places among the spoken tokens to places among all. What is silent
	// belongs to what is before it.
	place := func(places []int, n, at int) int {
		switch {
		case at == 0:
			return 0
		case at == len(places):
			return n
		}
		return places[at]
	}
	for k := range s {
		c := &s[k]
		c.oldFrom, c.oldTo = place(was.places, len(old), c.oldFrom), place(was.places, len(old), c.oldTo)
		c.newFrom, c.newTo = place(now.places, len(new), c.newFrom), place(now.places, len(new), c.newTo)
	}
	return s
}

// spokenTokens are the tokens of a line that are not silent.
type spokenTokens struct {
	keys, loose []uint64
	places      []int // among all tokens
	numbers     bool  // there are some that the book's structure gives
}

func spoken(tokens []token) *spokenTokens {
	w := &spokenTokens{}
	for i := range tokens {
		if t := &tokens[i]; !t.silent {
			w.keys, w.loose, w.places = append(w.keys, t.key), append(w.loose, t.loose), append(w.places, i)
			w.numbers = w.numbers || t.number
		}
	}
	return w
}

// script aligns two lines by some of their keys; whole is false if a bound was
// reached.
func (w *spokenTokens) script(now *spokenTokens, oldKeys, newKeys []uint64, old []token) (s script, whole bool) {
	matches, whole := sequence.Align(oldKeys, newKeys)
	i, j := 0, 0
	for _, m := range append(matches, sequence.Match{Old: len(oldKeys), New: len(newKeys)}) {
		if i < m.Old || j < m.New {
			s = append(s, change{false, i, m.Old, j, m.New})
		}
		if m.N > 0 {
			s = append(s, change{true, m.Old, m.Old + m.N, m.New, m.New + m.N})
		}
		i, j = m.Old+m.N, m.New+m.N
	}
	return s.smooth(old, w.places).split(w.keys, now.keys), whole
}

// split takes for changed what was aligned and is not equal: numbers.
func (s script) split(old, new []uint64) script {
	out := make(script, 0, len(s))
	for _, c := range s {
		if !c.equal {
			out = out.join(c)
			continue
		}
		for i, j := c.oldFrom, c.newFrom; i < c.oldTo; i, j = i+1, j+1 {
			out = out.join(change{old[i] == new[j], i, i + 1, j, j + 1})
		}
	}
	return out
}

// join appends a stretch, or lengthens the last one if that is of its kind.
func (s script) join(c change) script {
	if last := len(s) - 1; last >= 0 && s[last].equal == c.equal {
		s[last].oldTo, s[last].newTo = c.oldTo, c.newTo
		return s
	}
	return append(s, c)
}

// size returns the number of changed tokens.
func (s script) size() int {
	n := 0
	for _, c := range s {
		if !c.equal {
			n += c.size()
		}
	}
	return n
}

// smooth takes a few equal words between two longer changes for changed as
// well: a passage that was written anew reads better in two pieces than in
// twenty.
func (s script) smooth(old []token, places []int) script {
	out := make(script, 0, len(s))
	for k, c := range s {
		if c.equal && k > 0 && k+1 < len(s) && len(out) > 0 {
			before, after := out[len(out)-1], s[k+1]
			if n := c.weight(old, places); n >= 0 && n <= 2 && !before.equal && 2*n+2 <= min(before.size(), after.size()) {
				c.equal = false
			}
		}
		out = out.join(c)
	}
	return out
}

func (c change) size() int { return max(c.oldTo-c.oldFrom, c.newTo-c.newFrom) }

// weight returns the number of words of an equal stretch; it is negative if the
// stretch contains something that must not be shown as changed.
func (c change) weight(old []token, places []int) int {
	if c.oldTo-c.oldFrom > 6 {
		return -1
	}
	n := 0
	for _, at := range places[c.oldFrom:c.oldTo] {
		switch t := &old[at]; {
		case t.node != nil:
			return -1
		case t.word:
			n++
		}
	}
	return n
}
