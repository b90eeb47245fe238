package merge

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// A passage that one side moves, and the other moves elsewhere, removes, or divides, is
// a conflict, whatever the text is: joined, it would be there twice, or come back.
func TestMovedPassages(t *testing.T) {
	paths, all := editable(t)
	tried := map[string]int{}
	for seed := range crossings(t) / 3 {
		r := rand.New(rand.NewPCG(uint64(seed), 17))
		i := r.IntN(len(all))
		p := movePassage(all[i], r)
		if p == nil {
			continue
		}
		tried[p.kind]++
		got, swapped := File(paths[i], []byte(p.base), []byte(p.ours), []byte(p.theirs)), File(paths[i], []byte(p.base), []byte(p.theirs), []byte(p.ours))
		joined := func(r *Result) bool { // a division is but white space
			return p.kind == "divided it" && slices.Equal(strings.Fields(string(r.Text)), strings.Fields(p.ours))
		}
		if len(got.Conflicts) == 0 && !joined(got) || len(swapped.Conflicts) == 0 && !joined(swapped) {
			t.Errorf("seed %d, %s: clean, though one side moved %q and the other %s", seed, paths[i], p.passage, p.kind)
		}
		two := filesOf(paths[i], p.base, p.ours, p.theirs)
		if p.kind != "divided it" {
			checkConflict(t, fmt.Sprint("seed ", seed, ", ", paths[i], ", two files, ", p.kind, ": ", p.passage), two)
		}
	}
	for _, kind := range passageKinds {
		if tried[kind] == 0 {
			t.Errorf("%d pairs where the other side %s", tried[kind], kind)
		}
	}
	t.Log(tried)
}

var passageKinds = []string{"removed it", "moved it elsewhere", "removed its paragraph", "divided it"}

// moved is a passage that ours moved.
type moved struct{ kind, passage, base, ours, theirs string }

// movePassage moves a run of words of a paragraph to another on one side, and does
// something else with it on the other; nil if the text is too short for it.
func movePassage(t *text, r *rand.Rand) *moved {
	var long []int // indices of pieces that have many words
	for i, p := range t.pieces {
		if p.id != 0 && free(p) >= 16 && !strings.Contains(p.tokens[0].word, "module") && p.tokens[0].word != "-" {
			long = append(long, i)
		}
	}
	if len(long) < 3 {
		return nil
	}
	r.Shuffle(len(long), func(i, j int) { long[i], long[j] = long[j], long[i] })
	from, to, elsewhere := long[0], long[1], long[2]
	at, end := run(t.pieces[from], r)
	if at < 0 {
		return nil
	}
	m := &moved{kind: passageKinds[r.IntN(len(passageKinds))], base: t.String()}
	for _, w := range t.pieces[from].tokens[at:end] {
		m.passage += w.space + w.word
	}
	if first := spoken(m.passage)[:6]; strings.Count(strings.Join(spoken(m.base), " "), strings.Join(first, " ")) > 1 {
		return nil
	}
	move := func(to int) string {
		side := t.clone()
		words := slices.Clone(side.pieces[from].tokens[at:end])
		side.pieces[from].tokens = slices.Delete(side.pieces[from].tokens, at, end)
		side.pieces[to].insert(words)
		return side.String()
	}
	m.ours = move(to)
	theirs := t.clone()
	switch m.kind {
	case "removed it":
		theirs.pieces[from].tokens = slices.Delete(theirs.pieces[from].tokens, at, end)
	case "moved it elsewhere":
		m.theirs = move(elsewhere)
		return m
	case "removed its paragraph":
		theirs.pieces = slices.Delete(theirs.pieces, from, from+1)
	case "divided it": // and ours moves the whole paragraph
		gap := theirs.pieces[from].gap
		if strings.HasPrefix(t.pieces[from].tokens[0].word, "<") || !strings.Contains(gap, "\n\n") {
			return nil
		}
		theirs.pieces[from].tokens[len(theirs.pieces[from].tokens)/2].space = "\n\n"
		side := t.clone()
		whole := side.pieces[from]
		side.pieces = slices.Delete(side.pieces, from, from+1)
		if to > from {
			to--
		}
		side.pieces = slices.Insert(side.pieces, to+1, whole)
		m.ours = side.String()
		if before, after := t.neighbours(t.pieces[from].id), side.neighbours(t.pieces[from].id); before == after {
			return nil
		}
	}
	m.theirs = theirs.String()
	return m
}

// spoken are the words of a text.
func spoken(s string) []string { return regexp.MustCompile(`[\pL\pN_]+`).FindAllString(s, -1) }

func (t *text) neighbours(id int) (n [2]string) {
	i := t.find(id)
	for side, step := range []int{-1, 1} {
		for k := i + step; k >= 0 && k < len(t.pieces) && n[side] == ""; k += step {
			for _, w := range t.pieces[k].tokens {
				n[side] += w.word
			}
		}
	}
	return n
}

// free is the number of words that may be edited.
func free(p piece) (n int) {
	for _, w := range p.tokens {
		if !w.fixed {
			n++
		}
	}
	return n
}

// run is a stretch of eight to twelve words with no tag in it; negative if there is none.
func run(p piece, r *rand.Rand) (at, end int) {
	n := 8 + r.IntN(5)
	for range 20 {
		at := 1 + r.IntN(len(p.tokens))
		if end := at + n; end < len(p.tokens)-1 && !slices.ContainsFunc(p.tokens[at:end], func(w wordAt) bool { return strings.HasPrefix(w.word, "<") }) && free(piece{tokens: p.tokens[at:end]}) >= 7 {
			return at, end
		}
	}
	return -1, -1
}

// insert puts words behind the first word of a piece that may be edited.
func (p *piece) insert(words []wordAt) {
	k := slices.IndexFunc(p.tokens, func(w wordAt) bool { return !w.fixed })
	if words[0].space == "" {
		words[0].space = " "
	}
	p.tokens = slices.Insert(p.tokens, k+1, words...)
}

// filesOf divides three versions of a text at the same place into two files each, where
// that can be done; nil otherwise.
func filesOf(path string, versions ...string) []fstest.MapFS {
	if !strings.HasSuffix(path, ".md") {
		return nil
	}
	var out []fstest.MapFS
	for _, v := range versions {
		i := strings.Index(v[len(v)/2:], "\n\n")
		if i < 0 {
			return nil
		}
		i += len(v)/2 + 2
		out = append(out, fstest.MapFS{"a.md": {Data: []byte(v[:i])}, "b.md": {Data: []byte(v[i:])}})
	}
	return out
}

func checkConflict(t *testing.T, about string, trees []fstest.MapFS) {
	t.Helper()
	if trees == nil {
		return
	}
	for _, swap := range []bool{false, true} {
		o, s := 1, 2
		if swap {
			o, s = 2, 1
		}
		got, err := MergeTrees(t.Context(), trees[0], trees[o], trees[s])
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Conflicts) == 0 {
			t.Errorf("%s: clean", about)
		}
	}
}
