package merge

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/publish/sequence"
)

// Place is a line of a file; with line 0 it is the file.
type Place struct {
	Path string
	Line int // from 1
}

// Follow finds places of an old version of some files in a new one, by ids and words. Files
// that are the same in both versions may be left out, other than those of the places. It
// returns where each is that was found: not those that are gone, or of which more words
// changed than stayed.
func Follow(places []Place, old, new map[string][]byte) map[Place]Place {
	f := &follower{old: old, new: new, pairs: map[[2]string]*pairing{}, files: map[string]string{}}
	wanted := map[uint64][]string{} // files in which the words of places are now
	for _, p := range places {
		for mark := range runs(p.Path, []byte(f.text(p))) {
			wanted[mark] = nil
		}
	}
	for _, name := range slices.Sorted(maps.Keys(new)) {
		before := runs(name, old[name])
		for mark := range runs(name, new[name]) {
			if files, ok := wanted[mark]; ok && !before[mark] && len(files) < 3 {
				wanted[mark] = append(files, name)
			}
		}
	}
	out := map[Place]Place{}
	for _, p := range places {
		if now, ok := f.follow(p, wanted); ok {
			out[p] = now
		}
	}
	return out
}

// follower finds places.
type follower struct {
	old, new map[string][]byte
	pairs    map[[2]string]*pairing // by the old and the new path
	files    map[string]string      // what became of files that are not there any more; empty: nothing
}

// text is the line of a place; empty if there is none.
func (f *follower) text(p Place) string {
	data := f.old[p.Path]
	if p.Line < 1 || !isText(p.Path, data) {
		return ""
	}
	for line := range bytes.Lines(data) {
		if p.Line--; p.Line == 0 {
			return string(line)
		}
	}
	return ""
}

func (f *follower) follow(p Place, wanted map[uint64][]string) (Place, bool) {
	data, there := f.old[p.Path]
	now, stays := f.new[p.Path]
	switch {
	case !there:
		return Place{}, false
	case stays && (p.Line == 0 || bytes.Equal(now, data)):
		return p, true
	case p.Line == 0:
		path := f.fileNow(p.Path)
		return Place{Path: path}, path != ""
	}
	text := f.text(p)
	if text == "" {
		return Place{}, false
	}
	for _, path := range f.candidates(p, text, wanted) {
		if line := f.pairing(p.Path, path).line(p.Line); line > 0 {
			return Place{path, line}, true
		}
	}
	return Place{}, false
}

// fileNow is the new file that has most of the words of a file that is gone; empty if
// there is none.
func (f *follower) fileNow(path string) string {
	if known, ok := f.files[path]; ok {
		return known
	}
	best, share := "", moveShare
	if isText(path, f.old[path]) {
		sketch := wordSketch(f.old[path])
		for _, name := range slices.Sorted(maps.Keys(f.new)) {
			if _, before := f.old[name]; before || !isText(name, f.new[name]) {
				continue
			}
			if s := sequence.Resemblance(sketch, wordSketch(f.new[name]), sketchSize); s >= share {
				best, share = name, s
			}
		}
	}
	f.files[path] = best
	return best
}

// candidates are the files in which a place may be now, the likely ones first: its own,
// the one that its file became, those that have words of it in order.
func (f *follower) candidates(p Place, text string, wanted map[uint64][]string) (list []string) {
	if now, ok := f.new[p.Path]; ok && isText(p.Path, now) {
		list = append(list, p.Path)
	} else if moved := f.fileNow(p.Path); !ok && moved != "" {
		list = append(list, moved)
	}
	for mark := range runs(p.Path, []byte(text)) {
		for _, name := range wanted[mark] {
			if !slices.Contains(list, name) {
				list = append(list, name)
			}
		}
	}
	slices.Sort(list[min(1, len(list)):])
	return list
}

// pairing is an old text and a new one whose parts are paired.
type pairing struct {
	was, is []string         // lines
	before  map[int][]lineAt // by line
	now     map[*node]int    // line of each word and start tag of the new text
}

func (f *follower) pairing(path, newPath string) *pairing {
	key := [2]string{path, newPath}
	if f.pairs[key] == nil {
		f.pairs[key] = newPairing(path, string(f.old[path]), newPath, string(f.new[newPath]))
	}
	return f.pairs[key]
}

func newPairing(path, old, newPath, new string) *pairing {
	b, s := parserOf(path).parse(old), parserOf(newPath).parse(new)
	if b == nil || s == nil || b.kind != s.kind {
		b, s = splitLines(old), splitLines(new)
	}
	match(ours, []*node{b}, []*node{s})
	p := &pairing{splitAfterLines(old), splitAfterLines(new), map[int][]lineAt{}, map[*node]int{}}
	for _, at := range linesOf(b) {
		p.before[at.line] = append(p.before[at.line], at)
	}
	for _, at := range linesOf(s) {
		p.now[at.n] = at.line
	}
	return p
}

// line is the new line where an old one is; 0 if it is gone.
func (p *pairing) line(old int) int {
	if line := p.vote(old); line > 0 {
		return line
	}
	if line := p.between(old); line > 0 {
		return line
	}
	return onlyLine(old, p.was, p.is)
}

// onlyLine is the one line that is as an old one was; 0 if there are several, in one of
// the versions, or none.
func onlyLine(line int, old, new []string) int {
	if line > len(old) {
		return 0
	}
	text := strings.TrimSpace(old[line-1])
	is := func(s string) bool { return strings.TrimSpace(s) == text }
	first := func(lines []string) (int, bool) {
		i := slices.IndexFunc(lines, is)
		return i, i >= 0 && !slices.ContainsFunc(lines[i+1:], is)
	}
	to, once := first(new)
	if _, before := first(old); text == "" || !once || !before {
		return 0
	}
	return to + 1
}

// lineAt is the line on which a word or a start tag begins.
type lineAt struct {
	n    *node
	line int
}

// linesOf are the lines of all words and start tags, in order.
func linesOf(root *node) (out []lineAt) {
	line := 1
	var walk func(n *node)
	walk = func(n *node) {
		line += strings.Count(n.space, "\n")
		if n.isToken() {
			out = append(out, lineAt{n, line})
			line += strings.Count(n.raw, "\n")
			return
		}
		switch {
		case n.open != nil && n.open.flow == words && len(n.open.parts) > 0:
			walk(n.open)
		case n.open != nil:
			out = append(out, lineAt{n.open, line})
			line += strings.Count(n.open.raw, "\n")
		}
		for _, p := range n.parts {
			walk(p)
		}
		line += strings.Count(n.end, "\n")
	}
	walk(root)
	return out
}

// vote is the new line that has most of what is on an old one; 0 if more than half of
// it is not in the new text.
func (p *pairing) vote(line int) (best int) {
	votes, all, kept := map[int]int{}, 0, 0
	said := slices.ContainsFunc(p.before[line], lineAt.speaks)
	for _, at := range p.before[line] {
		if said && !at.speaks() { // signs count only where there is nothing else
			continue
		}
		weight := max(1, at.n.weight)
		all += weight
		if to := p.now[at.n.side[ours]]; at.n.side[ours] != nil && to > 0 && !rewrittenOn(at.n) {
			votes[to] += weight
			kept += weight
		}
	}
	if 2*kept <= all {
		return 0
	}
	for _, to := range slices.Sorted(maps.Keys(votes)) {
		if best == 0 || votes[to] > votes[best] {
			best = to
		}
	}
	return best
}

func (at lineAt) speaks() bool { return strings.ContainsFunc(at.n.raw, isWordRune) }

// rewrittenOn reports whether a start tag has other attributes than before, most of
// them, or is paired by its place alone.
func rewrittenOn(n *node) bool {
	s := n.side[ours]
	owner := s.parent
	return !n.isToken() && n.hash != s.hash && (alike(n, s) < likeness || owner != nil && owner.open == s && owner.weak)
}

// between is the new line for one without words, as an end tag, if the lines around it
// are as they were and it stands between them as before.
func (p *pairing) between(line int) int {
	if line > len(p.was) || len(p.before[line]) > 0 {
		return 0
	}
	above, below := line-1, line+1
	for ; above > 0 && len(p.before[above]) == 0; above-- {
	}
	for ; below <= len(p.was) && len(p.before[below]) == 0; below++ {
	}
	to := p.vote(above)
	if to == 0 {
		return 0
	}
	to += line - above
	if next := p.vote(below); next != 0 && next-to != below-line {
		return 0
	}
	if to > len(p.is) || strings.TrimSpace(p.is[to-1]) != strings.TrimSpace(p.was[line-1]) {
		return 0
	}
	return to
}
