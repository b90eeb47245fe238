package compare

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

// compareLines compares the tokens of two lines.
func compareLines(old, new []token) script {
	oldKeys, oldPlaces := spoken(old)
	newKeys, newPlaces := spoken(new)
	var s script
	i, j := 0, 0 // among those that are spoken
	for _, m := range append(align(oldKeys, newKeys), match{len(oldKeys), len(newKeys), 0}) {
		if i < m.old || j < m.new {
			s = append(s, change{false, i, m.old, j, m.new})
		}
		if m.n > 0 {
			s = append(s, change{true, m.old, m.old + m.n, m.new, m.new + m.n})
		}
		i, j = m.old+m.n, m.new+m.n
	}
	s = s.smooth(old, oldPlaces)
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
		c.oldFrom, c.oldTo = place(oldPlaces, len(old), c.oldFrom), place(oldPlaces, len(old), c.oldTo)
		c.newFrom, c.newTo = place(newPlaces, len(new), c.newFrom), place(newPlaces, len(new), c.newTo)
	}
	return s
}

// spoken are the keys of the tokens that are not silent, and their places.
func spoken(tokens []token) (keys []uint64, places []int) {
	for i := range tokens {
		if !tokens[i].silent {
			keys, places = append(keys, tokens[i].key), append(places, i)
		}
	}
	return keys, places
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
		if last := len(out) - 1; last >= 0 && !c.equal && !out[last].equal {
			out[last].oldTo, out[last].newTo = c.oldTo, c.newTo
			continue
		}
		out = append(out, c)
	}
	return out
}

func (c change) size() int { return max(c.oldTo-c.oldFrom, c.newTo-c.newFrom) }

// weight is how many words an equal stretch has; negative if it holds what
// must not be shown as changed.
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
