package compare

import (
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/sequence"
)

// pair is a page in both editions; one of them is nil if it is in the other
// only.
type pair struct {
	old, new *leaf
	moved    bool // it stands before or behind others than it did
}

// leaf is a page's line in the contents.
type leaf struct {
	release.Entry
	parent string // title of what it is in
	file   release.File
	place  int
}

// leaves are the pages in reading order.
func leaves(m *release.Manifest) []*leaf {
	var out []*leaf
	var walk func(entries []release.Entry, parent string)
	walk = func(entries []release.Entry, parent string) {
		for _, e := range entries {
			if f, ok := m.File(e.Slug); ok && e.Slug != "" {
				out = append(out, &leaf{Entry: e, parent: parent, file: f, place: len(out)})
			}
			walk(e.Children, e.Plain)
		}
	}
	walk(m.Contents, "")
	return out
}

// identities are the ways to recognise a page in the other edition, the surest
// first.
var identities = []func(*leaf) string{
	func(l *leaf) string { return author(l, l.UUID) },
	func(l *leaf) string { return author(l, l.Module) },
	func(l *leaf) string { return l.Kind + "\x00" + l.parent + "\x00" + l.Plain },
	func(l *leaf) string { return l.Kind + "\x00" + l.Slug },
	func(l *leaf) string { return string(l.file.Digest) },
	func(l *leaf) string { return l.Kind + "\x00" + l.Plain },
}

func author(l *leaf, id string) string {
	if l.Kind != "" {
		return ""
	}
	return id
}

// pairPages finds the pages of two editions that are versions of one, in the
// order of the new edition; those that are gone stand where they were.
func pairPages(old, new *release.Manifest) []pair {
	olds, news := leaves(old), leaves(new)
	heirs, origins := map[*leaf]*leaf{}, map[*leaf]*leaf{}
	for _, identity := range identities {
		free := map[string][]*leaf{}
		for _, l := range olds {
			if id := identity(l); heirs[l] == nil && id != "" {
				free[id] = append(free[id], l)
			}
		}
		for _, l := range news {
			id := identity(l)
			if from := free[id]; origins[l] == nil && len(from) > 0 {
				heirs[from[0]], origins[l] = l, from[0]
				free[id] = from[1:]
			}
		}
	}
	var both []sequence.Match
	for _, l := range olds {
		if heir := heirs[l]; heir != nil {
			both = append(both, sequence.Match{Old: l.place, New: heir.place, N: 1})
		}
	}
	stayed := map[int]bool{}
	for _, m := range sequence.Rising(both) {
		stayed[m.New] = true
	}
	var out []pair
	next := 0 // of the old ones
	gone := func(to int) {
		for ; next < to; next++ {
			if heirs[olds[next]] == nil {
				out = append(out, pair{old: olds[next]})
			}
		}
	}
	for _, l := range news {
		p := pair{old: origins[l], new: l}
		if p.old != nil {
			p.moved = !stayed[l.place]
			if !p.moved {
				gone(p.old.place)
			}
		}
		out = append(out, p)
	}
	gone(len(olds))
	return out
}

// headings are the titles in the contents that are no pages.
func headings(m *release.Manifest) []release.Entry {
	var out []release.Entry
	var walk func([]release.Entry)
	walk = func(entries []release.Entry) {
		for _, e := range entries {
			if e.Slug == "" {
				out = append(out, e)
			}
			walk(e.Children)
		}
	}
	walk(m.Contents)
	return out
}
