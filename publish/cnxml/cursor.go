package cnxml

import (
	"bytes"
	"sort"
)

// Cursor turns byte offsets of a UTF-8 text into places. Asking for offsets in
// rising order costs one pass over the text in all; going back is cheap too.
type Cursor struct {
	text   []byte
	offset int
	pos    Pos
	marks  []mark // places passed, about one for each stride
}

type mark struct {
	offset int
	pos    Pos
}

// stride is the distance of two marks in bytes.
const stride = 1024

// NewCursor starts at the beginning of the text.
func NewCursor(text []byte) *Cursor {
	start := Pos{Line: 1, Column: 1}
	return &Cursor{text: text, pos: start, marks: []mark{{0, start}}}
}

// At is the place of the offset; one behind the end means the end.
func (c *Cursor) At(offset int) Pos {
	offset = max(0, min(offset, len(c.text)))
	if offset < c.offset || offset > c.offset+stride {
		i := sort.Search(len(c.marks), func(i int) bool { return c.marks[i].offset > offset }) - 1
		if m := c.marks[i]; offset < c.offset || m.offset > c.offset {
			c.offset, c.pos = m.offset, m.pos
		}
	}
	for c.offset < offset {
		c.advance(min(offset, c.offset+stride))
		if last := c.marks[len(c.marks)-1]; c.offset >= last.offset+stride {
			c.marks = append(c.marks, mark{c.offset, c.pos})
		}
	}
	return c.pos
}

func (c *Cursor) advance(offset int) {
	passed := c.text[c.offset:offset]
	if n := bytes.Count(passed, newline); n > 0 {
		c.pos.Line += n
		c.pos.Column = 1
		passed = passed[bytes.LastIndexByte(passed, '\n')+1:]
	}
	for _, b := range passed {
		if b&0xC0 != 0x80 { // not a continuation byte: a character begins
			c.pos.Column++
		}
	}
	c.offset = offset
}

var newline = []byte{'\n'}
