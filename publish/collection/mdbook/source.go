package mdbook

import (
	"bytes"
	"regexp"
	"sort"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/collection/mdbook/preprocess"
)

// source is a chapter's text with everything that it includes, and where in
// the chapter's file each part of it comes from.
type source struct {
	text    []byte
	origins []origin
	cursor  *cnxml.Cursor    // over the file
	place   collection.Place // if set, where all of the text is
}

// origin says where a run of the text comes from.
type origin struct {
	at     int  // where it begins in the text
	from   int  // where it begins in the file
	to     int  // where it ends in the file
	single bool // the whole run stands for one place: an include
}

// wholeFile is a file that includes nothing.
func wholeFile(text []byte, cursor *cnxml.Cursor) *source {
	s := &source{cursor: cursor}
	s.add(text, 0, len(text), false)
	return s
}

// add appends a run of the text, which comes from a part of the file.
func (s *source) add(text []byte, from, to int, single bool) {
	if len(text) == 0 {
		return
	}
	s.origins = append(s.origins, origin{at: len(s.text), from: from, to: to, single: single})
	s.text = append(s.text, text...)
}

// edited is the source with a part of its text replaced, which has the place of
// what it replaces.
func (s *source) edited(edits []preprocess.Edit) *source {
	if len(edits) == 0 {
		return s
	}
	out := &source{cursor: s.cursor, place: s.place}
	at := 0
	for _, e := range edits {
		out.copy(s, at, e.From)
		first, last := s.origin(e.From), s.origin(max(e.From, e.To-1))
		from, to := first.from, last.to
		if !first.single {
			from += e.From - first.at
		}
		if !last.single {
			to = last.from + e.To - last.at
		}
		out.add([]byte(e.Text), min(from, to), to, true)
		at = e.To
	}
	out.copy(s, at, len(s.text))
	return out
}

// copy appends a part of another text with the places that it has there.
func (s *source) copy(other *source, from, to int) {
	for from < to {
		i := other.run(from)
		o, end := other.origins[i], to
		if i+1 < len(other.origins) {
			end = min(end, other.origins[i+1].at)
		}
		if o.single {
			s.add(other.text[from:end], o.from, o.to, true)
		} else {
			start := o.from + from - o.at
			s.add(other.text[from:end], start, start+end-from, false)
		}
		from = end
	}
}

// pos is the place in the file that an offset in the text comes from.
func (s *source) pos(offset int) cnxml.Pos {
	if s.place.Pos.Line > 0 {
		return s.place.Pos
	}
	o := s.origin(offset)
	if o.single {
		return s.cursor.At(o.from)
	}
	return s.cursor.At(o.from + offset - o.at)
}

// origin is the run that holds the offset.
func (s *source) origin(offset int) origin {
	if i := s.run(offset); i >= 0 {
		return s.origins[i]
	}
	return origin{}
}

// run is the index of the run that holds the offset; -1 if there is none.
func (s *source) run(offset int) int {
	return sort.Search(len(s.origins), func(i int) bool { return s.origins[i].at > offset }) - 1
}

// span is the place that a part of the text comes from. It is exact if that
// part stands there letter by letter.
func (s *source) span(from, to int) (at collection.Place, exact bool) {
	if s.place.Pos.Line > 0 {
		return s.place, false
	}
	at.Pos = s.pos(from)
	last := s.origin(max(from, to-1))
	if last.single {
		at.End = s.cursor.At(last.to)
		return at, false
	}
	at.End = s.cursor.At(last.from + max(from, to) - last.at)
	return at, s.origin(from) == last
}

// withoutMark is the data behind a byte order mark.
func withoutMark(data []byte) []byte { return bytes.TrimPrefix(data, []byte("\ufeff")) }

// frontMatter matches a block of metadata at the beginning of a file: lines
// between two of three hyphens.
var frontMatter = regexp.MustCompile(`^---[ \t]*\r?\n(?:[A-Za-z_#][^\n]*\n|[ \t][^\n]*\n|-[ \t][^\n]*\n|\r?\n){0,200}?(?:---|\.\.\.)[ \t]*(?:\r?\n|$)`)

// body is the offset where the text of a chapter begins.
func body(data []byte) int {
	return len(frontMatter.Find(data))
}
