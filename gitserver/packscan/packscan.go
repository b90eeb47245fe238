// Package packscan looks through a pack while it is on its way to git
// index-pack, and stops it before it can do harm.
//
// index-pack checks what a pack is, not what it becomes: 17 KB of deltas can ask
// it for gigabytes. [Copy] reads the headers of all objects, inflates each to
// find the next, and reads of every delta how large its result is to be (see
// gitformat-pack(5)). It hands a byte on only after it has looked at it, and
// holds a few buffers in memory whatever the pack says.
package packscan

import (
	"fmt"
	"io"
)

// Limits bound a pack. Every one must be set.
type Limits struct {
	Wire     int64 // bytes of the pack as it is sent
	Objects  int64 // number of objects
	Object   int64 // bytes of one object, inflated; of a delta, those of its result
	Inflated int64 // bytes of all objects together, inflated; deltas count twice, as themselves and as their results

	// Ratio is by how many bytes Inflated grows with each byte that is sent: the
	// history of a text is many times as large as its pack.
	Ratio int64
}

// Standard are the limits for books: none of them is near in practice.
var Standard = Limits{Wire: 4 << 30, Objects: 2_000_000, Object: 256 << 20, Inflated: 2 << 30, Ratio: 200}

// Contribution are the limits for a pack of somebody without a role: those of a
// revised book with new pictures, not of a whole library.
var Contribution = Limits{Wire: 256 << 20, Objects: 200_000, Object: 64 << 20, Inflated: 512 << 20, Ratio: 200}

// Summary has the totals of a pack.
type Summary struct {
	Objects  int64
	Deltas   int64
	Size     int64 // bytes of the pack with its trailer
	Inflated int64 // as for Limits

	// Trailer is the pack's checksum, which Copy does not hand on: until it
	// comes, index-pack does not resolve deltas.
	Trailer [20]byte
}

// Error is why a pack is refused, for whoever sent it: it is malformed or
// beyond a limit.
type Error struct {
	Object int64 // number of the object in the pack, from 1; 0: the pack itself
	Offset int64 // where the object begins
	Why    string
}

func (e *Error) Error() string {
	if e.Object == 0 {
		return "pack not taken: " + e.Why
	}
	return fmt.Sprintf("pack not taken: object %d at byte %d: %s", e.Object, e.Offset, e.Why)
}

// Copy reads one pack from r, possibly beyond its end, and writes it to w
// without its trailer. The error is an [*Error] or r's own; w's is not reported: a
// reader who has had enough is given no more, and the pack is read to its end.
func Copy(w io.Writer, r io.Reader, limits Limits) (Summary, error) {
	s := newScanner(w, r, limits)
	err := s.pack()
	s.summary.Size = s.in.offset()
	return s.summary, err
}
