package markdown

import (
	"sort"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/collection/mdbook/preprocess"
)

// Source is a chapter's text with everything that it includes, and where in
// the chapter's file each part of it comes from.
type Source struct {
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

// NewSource is a source without text yet. The cursor is over the chapter's file.
func NewSource(cursor *cnxml.Cursor) *Source { return &Source{cursor: cursor} }

// WholeFile is the source of a file that includes nothing.
func WholeFile(text []byte, cursor *cnxml.Cursor) *Source {
	s := NewSource(cursor)
	s.Add(text, 0, len(text), false)
	return s
}

// Text is the text so far. It must not be changed.
func (s *Source) Text() []byte { return s.text }

// Add appends a run of the text, which comes from a part of the file.
func (s *Source) Add(text []byte, from, to int, single bool) {
	if len(text) == 0 {
		return
	}
	s.origins = append(s.origins, origin{at: len(s.text), from: from, to: to, single: single})
	s.text = append(s.text, text...)
}

// Edited is the source with a part of its text replaced, which has the place of
// what it replaces.
func (s *Source) Edited(edits []preprocess.Edit) *Source {
	if len(edits) == 0 {
		return s
	}
	out := &Source{cursor: s.cursor, place: s.place}
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
		out.Add([]byte(e.Text), min(from, to), to, true)
		at = e.To
	}
	out.copy(s, at, len(s.text))
	return out
}

// copy appends a part of another text with the places that it has there.
func (s *Source) copy(other *Source, from, to int) {
	for from < to {
		i := other.run(from)
		o, end := other.origins[i], to
		if i+1 < len(other.origins) {
			end = min(end, other.origins[i+1].at)
		}
		if o.single {
			s.Add(other.text[from:end], o.from, o.to, true)
		} else {
			start := o.from + from - o.at
			s.Add(other.text[from:end], start, start+end-from, false)
		}
		from = end
	}
}

// pos is the place in the file that an offset in the text comes from.
func (s *Source) pos(offset int) cnxml.Pos {
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
func (s *Source) origin(offset int) origin {
	if i := s.run(offset); i >= 0 {
		return s.origins[i]
	}
	return origin{}
}

// run is the index of the run that holds the offset; -1 if there is none.
func (s *Source) run(offset int) int {
	return sort.Search(len(s.origins), func(i int) bool { return s.origins[i].at > offset }) - 1
}

// span is the place that a part of the text comes from. It is exact if that
// part stands there letter by letter.
func (s *Source) span(from, to int) (at collection.Place, exact bool) {
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
