package packscan

import (
	"errors"
	"io"
)

const bufferSize = 64 << 10

// source reads a pack and hands on what has been read of it, a buffer at a time.
type source struct {
	r        io.Reader
	w        io.Writer // nil: nobody wants more
	buf      []byte
	pos, end int   // what is not read yet
	kept     int   // how much of the buffer's beginning was handed on
	before   int64 // bytes before the buffer
	limit    int64 // bytes that may be read; reaching it is errLong
	err      error // of r
}

// errLong says that a pack is longer than its limit.
var errLong = errors.New("longer than a pack may be")

func newSource(r io.Reader, w io.Writer, limit int64) *source {
	return &source{r: r, w: w, buf: make([]byte, bufferSize), limit: limit}
}

// offset returns the number of bytes read so far.
func (s *source) offset() int64 { return s.before + int64(s.pos) }

// pass hands on what was read.
func (s *source) pass() {
	if s.w == nil || s.kept == s.pos {
		return
	}
	if _, err := s.w.Write(s.buf[s.kept:s.pos]); err != nil {
		s.w = nil
	}
	s.kept = s.pos
}

// fill reads more when all was read.
func (s *source) fill() error {
	if s.pos < s.end {
		return nil
	}
	if s.err != nil {
		return s.err
	}
	s.pass()
	s.before += int64(s.pos)
	s.pos, s.end, s.kept = 0, 0, 0
	if s.before >= s.limit {
		s.err = errLong
		return s.err
	}
	for tries := 0; s.end == 0; tries++ {
		if s.end, s.err = s.r.Read(s.buf); s.end == 0 && s.err != nil {
			return s.err
		}
		if tries == 100 {
			return io.ErrNoProgress
		}
	}
	return nil
}

// ReadByte implements io.ByteReader, so that inflating takes no byte too many.
func (s *source) ReadByte() (byte, error) {
	if s.pos == s.end {
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
	b := s.buf[s.pos]
	s.pos++
	return b, nil
}

// Read implements io.Reader.
func (s *source) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if err := s.fill(); err != nil {
		return 0, err
	}
	n := copy(p, s.buf[s.pos:s.end])
	s.pos += n
	return n, nil
}
