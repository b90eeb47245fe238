package mdbook

import (
	"bytes"
	"regexp"
	"sort"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// source is a chapter's text with everything that it includes, and where in
// the chapter's file each part of it comes from.
type source struct {
	text    []byte
	origins []origin
	cursor  *cnxml.Cursor // over the file
	place   cnxml.Pos     // if set, where all of the text is
}

// origin says where a run of the text comes from.
type origin struct {
	at     int  // where it begins in the text
	from   int  // where it begins in the file
	single bool // the whole run stands for one place: an include
}

// add appends a run of the text.
func (s *source) add(text []byte, from int, single bool) {
	if len(text) == 0 {
		return
	}
	s.origins = append(s.origins, origin{at: len(s.text), from: from, single: single})
	s.text = append(s.text, text...)
}

// pos is the place in the file that an offset in the text comes from.
func (s *source) pos(offset int) cnxml.Pos {
	if s.place.Line > 0 {
		return s.place
	}
	i := sort.Search(len(s.origins), func(i int) bool { return s.origins[i].at > offset }) - 1
	if i < 0 {
		return s.cursor.At(0)
	}
	o := s.origins[i]
	if o.single {
		return s.cursor.At(o.from)
	}
	return s.cursor.At(o.from + offset - o.at)
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
