package merge

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/testenv"
)

// text is a file in the form in which the test edits it. It is taken apart otherwise
// than the merge does, by patterns, so that both do not err in the same way.
type text struct{ pieces []piece }

// piece is a stretch of a file: one that is edited, as a paragraph or an entry of the
// contents, or what is between two of them.
type piece struct {
	id     int // 0 for what is never edited
	gap    string
	tokens []wordAt
}

// wordAt is a word with what is before it; a word that is added has an id of its own.
type wordAt struct {
	id    int
	space string
	word  string
	fixed bool // a tag
}

var (
	paragraphs = regexp.MustCompile(`(?m)^[A-Z][a-z]+ [^\n<|\[\]{}]*(?:\n[A-Za-z(][^\n<|\[\]{}]*)*$`)
	paras      = regexp.MustCompile(`<para id="[^"]*">[^<]+(?:<(?:emphasis|term|sub|sup)[^<]*<[^<]*)*</para>`)
	entries    = regexp.MustCompile(`(?m)^- \[[^\]\n]+\]\([^)\n]+\)$`)
	modules    = regexp.MustCompile(`<(?:col:)?module document="[^"]*">\s*<md:title>[^<]*</md:title>\s*</(?:col:)?module>`)
	wordOrTag  = regexp.MustCompile(`\s*(?:<[^>]*>|[\pL\pN_]+|[^\pL\pN_\s<]+)`)
	gapBefore  = regexp.MustCompile(`\s*$`)
	bareWord   = regexp.MustCompile(`^[\pL\pN_]+$`)
)

// takeApart divides a file; nil if there are too few pieces in it to be edited.
func takeApart(path, s string) *text {
	pattern := paragraphs
	switch {
	case strings.HasSuffix(path, "SUMMARY.md"):
		pattern = entries
	case strings.HasSuffix(path, ".cnxml"):
		pattern = paras
	case strings.HasSuffix(path, ".xml"):
		pattern = modules
	case !strings.HasSuffix(path, ".md"):
		return nil
	}
	t, at, n := &text{}, 0, 0
	for _, m := range pattern.FindAllStringIndex(s, -1) {
		if pattern == paragraphs && (!blankAround(s, m[0], m[1]) || strings.Count(s[:m[0]], "```")%2 == 1) || pattern == entries && indentedNext(s, m[1]) {
			continue
		}
		between := s[at:m[0]]
		gap := gapBefore.FindString(between)
		if !strings.Contains(gap, "\n") {
			continue
		}
		t.pieces = append(t.pieces, piece{tokens: []wordAt{{word: strings.TrimSuffix(between, gap), fixed: true}}})
		n++
		p := piece{id: n, gap: gap}
		for i, w := range wordOrTag.FindAllString(s[m[0]:m[1]], -1) {
			word := strings.TrimLeft(w, " \t\r\n")
			space := w[:len(w)-len(word)]
			p.tokens = append(p.tokens, wordAt{id: i + 1, space: space, word: word, fixed: !bareWord.MatchString(word)})
		}
		if pattern == entries || pattern == modules { // what identifies them stays
			closed := false
			for i := range p.tokens {
				closed = closed || strings.Contains(p.tokens[i].word, "](")
				p.tokens[i].fixed = p.tokens[i].fixed || closed
			}
		}
		t.pieces = append(t.pieces, p)
		at = m[1]
	}
	if n < 4 {
		return nil
	}
	t.pieces = append(t.pieces, piece{tokens: []wordAt{{word: s[at:], fixed: true}}})
	return t
}

func blankAround(s string, from, to int) bool {
	return (from == 0 || strings.HasSuffix(s[:from], "\n\n")) && (to == len(s) || strings.HasPrefix(s[to:], "\n\n") || s[to:] == "\n")
}

func indentedNext(s string, at int) bool {
	next := strings.TrimLeft(s[at:], "\n")
	return strings.HasPrefix(next, " ") || strings.HasPrefix(next, "\t")
}

func (t *text) String() string {
	var b strings.Builder
	for _, p := range t.pieces {
		b.WriteString(p.gap)
		for _, w := range p.tokens {
			b.WriteString(w.space + w.word)
		}
	}
	return b.String()
}

func (t *text) clone() *text {
	out := &text{slices.Clone(t.pieces)}
	for i := range out.pieces {
		out.pieces[i].tokens = slices.Clone(out.pieces[i].tokens)
	}
	return out
}

func (t *text) find(id int) int {
	return slices.IndexFunc(t.pieces, func(p piece) bool { return p.id == id && id != 0 })
}

// change is one edit: of a piece, or of a word in it.
type change struct {
	kind        string
	piece, word int
	after       int // where a piece is moved to, or a new one is put
	text        string
}

// kinds are the twelve kinds of edits.
var kinds = []string{"replace word", "insert word", "delete word", "replace words", "append words", "wrap anew", "insert piece", "delete piece", "move piece", "retitle and move", "split words", "double edit"}

// apply makes a change; false if what it is about is gone.
func (t *text) apply(c change) bool {
	i := t.find(c.piece)
	if i < 0 {
		return false
	}
	p := &t.pieces[i]
	k := slices.IndexFunc(p.tokens, func(w wordAt) bool { return w.id == c.word })
	switch c.kind {
	case "insert piece":
		t.pieces = slices.Insert(t.pieces, i+1, piece{id: -1, gap: p.gap, tokens: []wordAt{{word: c.text}}})
		return true
	case "delete piece":
		t.pieces = slices.Delete(t.pieces, i, i+1)
		return true
	case "move piece":
		if t.find(c.after) < 0 {
			return false
		}
		moved := *p
		t.pieces = slices.Delete(t.pieces, i, i+1)
		j := t.find(c.after)
		t.pieces = slices.Insert(t.pieces, j+1, moved)
		return true
	case "wrap anew":
		for n := range p.tokens {
			if n > 0 && p.tokens[n].space != "" {
				if p.tokens[n].space = " "; n%11 == 0 {
					p.tokens[n].space = "\n"
				}
			}
		}
		return true
	}
	if k < 0 {
		return false
	}
	switch c.kind {
	case "replace word":
		p.tokens[k].word = c.text
	case "delete word":
		p.tokens = slices.Delete(p.tokens, k, k+1)
	case "insert word":
		p.tokens = slices.Insert(p.tokens, k+1, wordAt{id: -1, space: " ", word: c.text})
	}
	return true
}

// edits are the changes of one side, of up to three kinds in one.
func (t *text) edits(r *rand.Rand, tag string) (out []change, about string) {
	n := 0
	for _, p := range t.pieces {
		n = max(n, p.id)
	}
	some := func() (id int, words []int) {
		id = 1 + r.IntN(n)
		for _, w := range t.pieces[t.find(id)].tokens {
			if !w.fixed {
				words = append(words, w.id)
			}
		}
		return id, words
	}
	for range 1 + r.IntN(3) {
		kind := kinds[r.IntN(len(kinds))]
		about += kind + "; "
		id, words := some()
		new := func() string { return fmt.Sprintf("%s%c%c", tag, 'a'+r.IntN(26), 'a'+r.IntN(26)) }
		word := 0
		if len(words) > 0 {
			word = words[r.IntN(len(words))]
		}
		switch kind {
		case "replace words", "split words":
			for k := range min(3, len(words)) {
				if at := slices.Index(words, word) + k; at < len(words) {
					out = append(out, change{"replace word", id, words[at], 0, new()})
				}
			}
		case "append words":
			if len(words) > 0 {
				out = append(out, change{"insert word", id, words[len(words)-1], 0, new()})
			}
		case "double edit":
			if len(words) > 0 {
				out = append(out, change{"replace word", id, words[0], 0, new()}, change{"delete word", id, words[len(words)-1], 0, ""})
			}
		case "insert piece":
			out = append(out, change{kind, id, 0, 0, t.added(id, new())})
		case "retitle and move":
			other, _ := some()
			out = append(out, change{"replace word", id, word, 0, new()}, change{"move piece", id, 0, other, ""})
		case "move piece":
			other, _ := some()
			out = append(out, change{kind, id, 0, other, ""})
		default:
			out = append(out, change{kind, id, word, 0, new()})
		}
	}
	return slices.DeleteFunc(out, func(c change) bool { return c.kind == "move piece" && c.after == c.piece }), about
}

// added is a new piece of the kind of another.
func (t *text) added(id int, word string) string {
	tokens := t.pieces[t.find(id)].tokens
	switch first := tokens[0].word; {
	case strings.HasPrefix(first, "<para"):
		return `<para id="` + word + `">A new ` + word + ` paragraph by ` + word + `.</para>`
	case strings.Contains(first, "module"):
		name := regexp.MustCompile(`<([a-z:]*module)`).FindStringSubmatch(first)[1]
		return "<" + name + ` document="` + word + `"><md:title>` + word + `</md:title></` + name + `>`
	case first == "-":
		return "- [" + word + "](" + word + ".md)"
	}
	return "Completely new " + word + " paragraph which " + word + " wrote."
}

// clashes reports whether two sides' changes cannot be joined, so that a conflict is
// the only right result; open, whether more than one result is right.
//
// Which of several pieces were moved cannot be seen in a text, only their order. So two
// moves are certain to clash only where each side made that one.
func clashes(a, b []change) (planted, open bool) {
	order := func(all []change) (n int) {
		for _, c := range all {
			if c.kind == "move piece" || c.kind == "delete piece" || c.kind == "insert piece" {
				n++
			}
		}
		return n
	}
	for _, x := range a {
		for _, y := range b {
			same := x.piece == y.piece
			gone := x.kind == "delete piece" || y.kind == "delete piece"
			moved := x.kind == "move piece" && y.kind == "move piece"
			puts := func(c change) int {
				switch c.kind {
				case "insert piece":
					return c.piece
				case "move piece":
					return c.after
				}
				return 0
			}
			wraps := x.kind == "wrap anew" || y.kind == "wrap anew"
			switch {
			case moved && (order(a) > 1 || order(b) > 1 || !same):
				open = true
			case same && gone && (x.kind == "move piece" || y.kind == "move piece"): // a conflict, or removed
			case same && gone && x.kind != y.kind && !wraps && x.kind != "insert piece" && y.kind != "insert piece",
				same && moved && x.after != y.after,
				same && x.word != 0 && x.word == y.word && x.kind == "replace word" && y.kind == "replace word" && x.text != y.text:
				planted = true
			case puts(x) != 0 && puts(x) == puts(y), puts(x) == y.piece && (y.kind == "delete piece" || y.kind == "move piece"), puts(y) == x.piece && (x.kind == "delete piece" || x.kind == "move piece"):
				open = true
			case same && x.word == y.word && x.word != 0:
				open = true
			}
		}
	}
	return planted, open
}

// texts are the files that are edited: real ones where they are beside the repository,
// and the sample books.
func editable(t testing.TB) (paths []string, all []*text) {
	add := func(path string, data []byte) {
		if taken := takeApart(path, string(data)); taken != nil {
			paths, all = append(paths, path), append(all, taken)
		}
	}
	err := filepath.WalkDir("../../cmd/rhaptos/sample", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		add(path, data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	dirs, _ := filepath.Glob("../../../shared/data/merges/[0-9]*")
	for _, dir := range dirs {
		about, _ := os.ReadFile(filepath.Join(dir, "case.txt"))
		base, _ := os.ReadFile(filepath.Join(dir, "base"))
		if _, rest, ok := strings.Cut(string(about), "\npath: "); ok {
			path, _, _ := strings.Cut(rest, "\n")
			add(path, base)
		}
	}
	if len(all) < 5 {
		t.Fatal("too few texts to edit: ", len(all))
	}
	return paths, all
}

// crossings is the number of pairs of edits that are tried. RHAPTOS_MERGES asks for more.
func crossings(t testing.TB) int {
	if n, err := strconv.Atoi(os.Getenv("RHAPTOS_MERGES")); err == nil {
		return n
	}
	if testing.Short() {
		return 100
	}
	return 250
}

// Of random edits on two sides, the merge is clean only if the result is what comes of
// making one side's edits and then the other's, and it reports every pair that cannot be
// joined. Conflicts are at most half as many as those of git's own merge.
func TestCrossedEdits(t *testing.T) {
	testenv.Program(t, "git")
	paths, all := editable(t)
	var conflicts, gits, tried, planted int
	beside := min(crossings(t), 300) // git is a process for each
	for seed := range crossings(t) {
		r := rand.New(rand.NewPCG(uint64(seed), 16))
		i := r.IntN(len(all))
		c := cross(all[i], r)
		if c == nil {
			continue
		}
		got := File(paths[i], []byte(c.base), []byte(c.ours), []byte(c.theirs))
		clean := len(got.Conflicts) == 0
		if fault := c.fault(got, paths[i]); fault != "" {
			dir := filepath.Join(os.TempDir(), "rhaptos-merge-"+strconv.Itoa(seed))
			t.Errorf("seed %d, %s: %s\nours: %s\ntheirs: %s\n%s", seed, paths[i], fault, c.aboutOurs, c.aboutTheirs, firstDifference(got.Text, []byte(c.joined)))
			if os.Getenv("RHAPTOS_KEEP") != "" {
				keep(t, dir, c, got)
			}
		}
		swapped := File(paths[i], []byte(c.base), []byte(c.theirs), []byte(c.ours))
		if clean != (len(swapped.Conflicts) == 0) || clean && string(swapped.Text) != string(got.Text) {
			t.Errorf("seed %d, %s: not the same with the sides swapped\nours: %s\ntheirs: %s\n%s", seed, paths[i], c.aboutOurs, c.aboutTheirs, firstDifference(got.Text, swapped.Text))
		}
		if c.planted {
			planted++
			continue
		}
		if seed >= beside {
			continue
		}
		tried++
		if !clean {
			conflicts++
		}
		if gitConflicts(t, c) {
			gits++
		}
	}
	t.Logf("%d pairs that can be joined: %d conflicts, git merge-file %d; %d pairs that cannot", tried, conflicts, gits, planted)
	if tried == 0 || planted == 0 || conflicts*2 > gits {
		t.Errorf("%d pairs that can be joined, %d conflicts, git merge-file %d; %d pairs that cannot", tried, conflicts, gits, planted)
	}
}

// crossing is a pair of edits of one text.
type crossing struct {
	base, ours, theirs, joined string
	reversed                   string // theirs first
	aboutOurs, aboutTheirs     string
	planted, open              bool
}

// cross makes two sides' edits; nil if one of them does not apply.
func cross(t *text, r *rand.Rand) *crossing {
	a, aboutA := t.edits(r, "our")
	b, aboutB := t.edits(r, "their")
	c := &crossing{base: t.String(), aboutOurs: aboutA, aboutTheirs: aboutB}
	ours, theirs, joined, reversed := t.clone(), t.clone(), t.clone(), t.clone()
	for _, x := range a {
		if !ours.apply(x) {
			return nil
		}
	}
	for _, y := range b {
		if !theirs.apply(y) {
			return nil
		}
	}
	a, b = t.felt(a, ours), t.felt(b, theirs)
	c.planted, c.open = clashes(a, b)
	for _, x := range a {
		joined.apply(x)
	}
	for _, y := range b {
		if !joined.apply(y) && joined.find(y.piece) >= 0 {
			c.open = true
		}
	}
	for _, change := range slices.Concat(b, a) {
		reversed.apply(change)
	}
	c.ours, c.theirs, c.joined, c.reversed = ours.String(), theirs.String(), joined.String(), reversed.String()
	if c.ours == c.base || c.theirs == c.base {
		return nil
	}
	return c
}

// felt are the changes without the moves that led nowhere, and without those of pieces
// that the side removed in the end.
func (t *text) felt(all []change, side *text) (out []change) {
	before := func(t *text, id int) string { // the edited piece before it, and what is between
		between := ""
		for i := t.find(id) - 1; i >= 0; i-- {
			if t.pieces[i].id != 0 {
				return fmt.Sprint(t.pieces[i].id, between)
			}
			between = t.pieces[i].tokens[0].word + between
		}
		return between
	}
	without := t.clone()
	defer func() {
		if without.String() != side.String() { // a move that led nowhere was needed for another
			out = all
		}
	}()
	for _, c := range all {
		if side.find(c.piece) < 0 && c.kind != "delete piece" && c.kind != "insert piece" {
			continue
		}
		if c.kind != "move piece" || side.find(c.piece) < 0 || before(t, c.piece) != before(side, c.piece) {
			out = append(out, c)
			without.apply(c)
		}
	}
	return out
}

// fault is what is wrong with a merge.
func (c *crossing) fault(got *Result, path string) string {
	clean := len(got.Conflicts) == 0
	switch {
	case c.planted && clean:
		return "clean, though the edits cannot be joined"
	case !clean:
		return ""
	case c.open:
		if want := sortedFields([]byte(c.joined)); slices.Equal(want, sortedFields([]byte(c.reversed))) && !slices.Equal(want, sortedFields(got.Text)) {
			return "clean, and not the words of both sides' edits"
		}
		return c.lost(string(got.Text))
	case !slices.Equal(strings.Fields(string(got.Text)), strings.Fields(c.joined)):
		return "clean, and not one side's edits after the other's"
	}
	return ""
}

// lost says which added word is not in the merged text, or which is there twice.
func (c *crossing) lost(merged string) string {
	added := regexp.MustCompile(`(?:our|their)[a-z][a-z]\b`)
	for _, side := range []string{c.ours, c.theirs} {
		for _, w := range added.FindAllString(side, -1) {
			if n, want := strings.Count(merged, w), max(strings.Count(c.ours, w), strings.Count(c.theirs, w)); !strings.Contains(c.base, w) && (n < want || n > strings.Count(c.ours, w)+strings.Count(c.theirs, w)) {
				return fmt.Sprintf("the word %s is there %d times, not %d", w, n, want)
			}
		}
	}
	return ""
}

// gitConflicts reports whether git merge-file finds a conflict.
func gitConflicts(t *testing.T, c *crossing) bool {
	dir := t.TempDir()
	args := []string{"merge-file", "-p"}
	for _, f := range [][2]string{{"ours", c.ours}, {"base", c.base}, {"theirs", c.theirs}} {
		path := filepath.Join(dir, f[0])
		if err := os.WriteFile(path, []byte(f[1]), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, path)
	}
	return exec.Command("git", args...).Run() != nil
}

// keep writes a case to a folder, to be looked at.
func keep(t *testing.T, dir string, c *crossing, got *Result) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"base": c.base, "ours": c.ours, "theirs": c.theirs, "joined": c.joined, "merged": string(got.Text)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}
