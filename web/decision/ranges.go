package decision

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/rhaptos/rhaptos/web/negotiate"
)

// mostRanges limits the ranges of a request. Reading on in a PDF needs some;
// thousands are an attack (RFC 9110, section 17.15) and get the whole
// representation.
const mostRanges = 16

// parts hold what a Range asks for.
type parts struct {
	set      string // as the field has it
	asked    []negotiate.ByteRange
	ranges   []span // to be sent
	boundary string // between several; empty for one
}

// span is a part of the content, in bytes.
type span struct {
	start, length int64
	place         int // among those asked for
}

func (s span) end() int64 { return s.start + s.length }

// of returns the value of Content-Range (14.4).
func (s span) of(size int64) string {
	return fmt.Sprintf("bytes %d-%d/%d", s.start, s.end()-1, size)
}

// hasRange reports whether there is a range to look at. It concerns GET only
// (14.2). An unknown unit is ignored, and so is a range of empty content, of
// which every part is the whole.
func (e *exchange) hasRange() bool {
	values := e.r.Header["Range"]
	chosen := e.selection.chosen
	if len(values) == 0 || e.r.Method != http.MethodGet || chosen == nil || !takesRanges(chosen) || chosen.Length <= 0 {
		return false
	}
	unit, set, ok := negotiate.CutRange(values)
	e.parts.set = set
	return ok && unit == negotiate.Bytes
}

// takesRanges reports whether parts of the representation can be sent.
func takesRanges(r *Representation) bool { return !r.NoRanges && r.Stream == nil }

// ifRangeMatches compares an entity tag strongly, and a date exactly (13.1.5).
// A date is strong only once the content has been unchanged for a second
// (8.8.2.2).
func (e *exchange) ifRangeMatches() bool {
	values := e.r.Header["If-Range"]
	if len(values) == 0 {
		return true
	}
	if len(values) > 1 {
		return false
	}
	if wanted, ok := negotiate.ParseETag(values[0]); ok {
		tag, known := e.tag()
		return known && wanted.StrongMatch(tag)
	}
	now := time.Now()
	date, ok := negotiate.ParseDate(values, now)
	modified, known := e.lastModified()
	return ok && known && modified.Equal(date) && now.Sub(modified) > time.Second
}

func (e *exchange) rangeSet() bool {
	var ok bool
	e.parts.asked, ok = negotiate.ParseByteRanges(e.parts.set, mostRanges)
	return ok
}

// satisfiable keeps the ranges that begin inside the content, and reports
// whether there are any.
func (e *exchange) satisfiable() bool {
	for i, r := range e.parts.asked {
		if start, length, ok := r.Resolve(e.selection.chosen.Length); ok {
			e.parts.ranges = append(e.parts.ranges, span{start, length, i})
		}
	}
	e.parts.ranges = coalesce(e.parts.ranges)
	if len(e.parts.ranges) > 1 {
		e.parts.boundary = rand.Text()
	}
	return len(e.parts.ranges) > 0
}

// overhead is about what a part costs, in bytes: ranges with a smaller gap
// between them are sent as one (15.3.7.2).
const overhead = 80

// coalesce joins ranges that overlap or nearly touch, and leaves the others in
// the order in which they were asked for. So no byte is sent twice.
func coalesce(ranges []span) []span {
	slices.SortStableFunc(ranges, func(a, b span) int { return int(min(max(a.start-b.start, -1), 1)) })
	joined := ranges[:0]
	for _, s := range ranges {
		last := len(joined) - 1
		if last < 0 || s.start > joined[last].end()+overhead {
			joined = append(joined, s)
			continue
		}
		j := &joined[last]
		j.length = max(j.end(), s.end()) - j.start
		j.place = min(j.place, s.place)
	}
	slices.SortFunc(joined, func(a, b span) int { return a.place - b.place })
	return joined
}
