package mdbook

import (
	"bytes"
	"regexp"
	"sort"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
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
	i := sort.Search(len(s.origins), func(i int) bool { return s.origins[i].at > offset }) - 1
	if i < 0 {
		return origin{}
	}
	return s.origins[i]
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
