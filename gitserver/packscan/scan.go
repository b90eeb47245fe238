package packscan

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

// The types of objects in a pack.
const (
	commit   = 1
	tree     = 2
	blob     = 3
	tag      = 4
	ofsDelta = 6
	refDelta = 7
)

// entry is one object of a pack, as it says of itself.
type entry struct {
	offset int64
	kind   byte
	size   int64 // inflated; of a delta, its own
	base   int64 // of a delta: the size of what it applies to
	result int64 // of a delta: the size of what comes of it
}

type scanner struct {
	in      *source
	limits  Limits
	summary Summary
	inflate io.ReadCloser // nil until the first object
	scratch []byte
	number  int64       // of the object under way
	entry   entry       // the object under way
	each    func(entry) // if not nil, called after each object
}

func newScanner(w io.Writer, r io.Reader, limits Limits) *scanner {
	return &scanner{in: newSource(r, w, limits.Wire), limits: limits, scratch: make([]byte, 32<<10)}
}

// malformed is an error about the object under way.
func (s *scanner) malformed(format string, args ...any) error {
	return &Error{Object: s.number, Offset: s.entry.offset, Why: fmt.Sprintf(format, args...)}
}

// read explains an error that came up while the pack was read.
func (s *scanner) read(err error) error {
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return s.malformed("the pack ends in the middle")
	case errors.Is(err, zlib.ErrHeader), errors.Is(err, zlib.ErrChecksum), errors.Is(err, zlib.ErrDictionary), errors.As(err, new(flate.CorruptInputError)):
		return s.malformed("%v", err)
	case errors.Is(err, errLong):
		return &Error{Why: fmt.Sprintf("it is longer than %s", bytesText(s.limits.Wire))}
	}
	return fmt.Errorf("read the pack: %w", err)
}

func (s *scanner) pack() error {
	var header [12]byte
	if _, err := io.ReadFull(s.in, header[:]); err != nil {
		return s.read(err)
	}
	version := binary.BigEndian.Uint32(header[4:])
	s.summary.Objects = int64(binary.BigEndian.Uint32(header[8:]))
	switch {
	case string(header[:4]) != "PACK":
		return s.malformed("it does not begin with PACK")
	case version != 2 && version != 3:
		return s.malformed("version %d is not known", version)
	case s.summary.Objects > s.limits.Objects:
		return s.malformed("it holds %d objects, and at most %d are taken at a time: push the history in parts", s.summary.Objects, s.limits.Objects)
	}
	for s.number = 1; s.number <= s.summary.Objects; s.number++ {
		if err := s.object(); err != nil {
			return err
		}
	}
	s.number = 0
	s.in.pass()
	s.in.w = nil
	if _, err := io.ReadFull(s.in, s.summary.Trailer[:]); err != nil {
		return s.read(err)
	}
	return nil
}

// object reads one object: its header, for a delta what it applies to, and the
// deflated content.
func (s *scanner) object() error {
	s.entry = entry{offset: s.in.offset()}
	if err := s.header(); err != nil {
		return err
	}
	if err := s.take(s.entry.size); err != nil {
		return err
	}
	switch s.entry.kind {
	case commit, tree, blob, tag:
	case ofsDelta:
		if err := s.baseOffset(); err != nil {
			return err
		}
	case refDelta:
		var id [20]byte
		if _, err := io.ReadFull(s.in, id[:]); err != nil {
			return s.read(err)
		}
	default:
		return s.malformed("there is no object type %d", s.entry.kind)
	}
	if err := s.content(); err != nil {
		return err
	}
	if s.each != nil {
		s.each(s.entry)
	}
	return nil
}

// header reads type and size: 4 bits of it, then 7 in each further byte.
func (s *scanner) header() error {
	c, err := s.in.ReadByte()
	if err != nil {
		return s.read(err)
	}
	s.entry.kind = c >> 4 & 7
	size := uint64(c & 15)
	for shift := 4; c&0x80 != 0; shift += 7 {
		if c, err = s.in.ReadByte(); err != nil {
			return s.read(err)
		}
		if shift > 56 {
			return s.malformed("its size is not a number that can be")
		}
		size |= uint64(c&0x7f) << shift
	}
	s.entry.size = int64(size)
	return nil
}

// baseOffset reads how far before the delta its base begins.
func (s *scanner) baseOffset() error {
	c, err := s.in.ReadByte()
	if err != nil {
		return s.read(err)
	}
	back := int64(c & 0x7f)
	for c&0x80 != 0 {
		if c, err = s.in.ReadByte(); err != nil {
			return s.read(err)
		}
		if back = (back+1)<<7 | int64(c&0x7f); back >= s.entry.offset {
			break
		}
	}
	if back <= 0 || back >= s.entry.offset {
		return s.malformed("its base is not in the pack")
	}
	return nil
}

// take counts bytes that the pack will become.
func (s *scanner) take(size int64) error {
	if size < 0 || size > s.limits.Object {
		most := bytesText(s.limits.Object)
		return s.malformed("it becomes %s large, and an object may have %s: take large files out of the commits that are pushed, or move them to Git LFS (git lfs migrate import --above=%s), and push again",
			bytesText(size), most, strings.ReplaceAll(most, " ", ""))
	}
	s.summary.Inflated += size
	if s.summary.Inflated-s.limits.Inflated > s.in.offset()*s.limits.Ratio {
		return s.malformed("%s have become %s by here, more than is taken: push the history in parts",
			bytesText(s.in.offset()), bytesText(s.summary.Inflated))
	}
	return nil
}

// content inflates the object, of which nothing but the beginning of a delta is
// looked at.
func (s *scanner) content() error {
	if err := s.reset(); err != nil {
		return s.read(err)
	}
	left := s.entry.size
	if s.entry.kind == ofsDelta || s.entry.kind == refDelta {
		var b [20]byte // two numbers of 63 bits
		n, err := io.ReadFull(s.inflate, b[:min(left, int64(len(b)))])
		if err != nil {
			return s.read(err)
		}
		left -= int64(n)
		if err := s.delta(b[:n]); err != nil {
			return err
		}
	}
	for {
		n, err := s.inflate.Read(s.scratch)
		if left -= int64(n); left < 0 {
			return s.malformed("it is longer than the %d bytes it says", s.entry.size)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return s.read(err)
		}
	}
	if left != 0 {
		return s.malformed("it is %d bytes shorter than it says", left)
	}
	return nil
}

func (s *scanner) reset() (err error) {
	if s.inflate == nil {
		s.inflate, err = zlib.NewReader(s.in)
		return err
	}
	return s.inflate.(zlib.Resetter).Reset(s.in, nil)
}

// delta reads the two sizes at the beginning of a delta.
func (s *scanner) delta(b []byte) error {
	r := bytes.NewReader(b)
	var err error
	if s.entry.base, err = s.number7(r); err != nil {
		return err
	}
	if s.entry.result, err = s.number7(r); err != nil {
		return err
	}
	s.summary.Deltas++
	if s.entry.base > s.limits.Object {
		return s.malformed("it applies to %s, and an object may have %s", bytesText(s.entry.base), bytesText(s.limits.Object))
	}
	return s.take(s.entry.result)
}

// number7 reads a number, 7 bits in each byte, the lowest first. One that the
// delta ends in the middle of is taken as far as it goes, as git does.
func (s *scanner) number7(r *bytes.Reader) (int64, error) {
	var n uint64
	for shift := 0; ; shift += 7 {
		c, err := r.ReadByte()
		if err != nil {
			return int64(n), nil
		}
		if shift > 56 {
			return 0, s.malformed("the sizes in the delta are not numbers that can be")
		}
		n |= uint64(c&0x7f) << shift
		if c&0x80 == 0 {
			return int64(n), nil
		}
	}
}

// bytesText is a number of bytes for people.
func bytesText(n int64) string {
	switch {
	case n >= 10<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 10<<10:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}
