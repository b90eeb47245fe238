package negotiate

import (
	"math"
	"strings"
)

// Bytes is the range unit that counts bytes (14.1.2).
const Bytes = "bytes"

// CutRange splits a Range field into the unit, in lower case, and the set of
// ranges (14.2). False means that the field is absent, comes more than once, or
// is malformed.
func CutRange(values []string) (unit, set string, ok bool) {
	if len(values) != 1 {
		return "", "", false
	}
	unit, set, ok = strings.Cut(trim(values[0]), "=")
	return strings.ToLower(unit), set, ok && isToken(unit)
}

// ByteRange is one range of a set: from First to Last, both included, or the
// last Suffix bytes when First is negative.
type ByteRange struct {
	First  int64 // -1 in a suffix range
	Last   int64 // math.MaxInt64 when it is left open
	Suffix int64
}

// ParseByteRanges parses a set of byte ranges (14.1.2). False means that it is
// malformed, or holds more than most ranges, for which a client has no good
// reason (17.15).
func ParseByteRanges(set string, most int) ([]ByteRange, bool) {
	var list []ByteRange
	for part := range split(set, ',') {
		r, ok := parseByteRange(part)
		if !ok || len(list) == most {
			return nil, false
		}
		list = append(list, r)
	}
	return list, len(list) > 0
}

func parseByteRange(s string) (ByteRange, bool) {
	first, last, ok := strings.Cut(s, "-")
	if !ok {
		return ByteRange{}, false
	}
	if first == "" {
		suffix, ok := parsePosition(last)
		return ByteRange{First: -1, Last: -1, Suffix: suffix}, ok
	}
	r := ByteRange{Last: math.MaxInt64}
	if r.First, ok = parsePosition(first); !ok || last == "" {
		return r, ok
	}
	r.Last, ok = parsePosition(last)
	return r, ok && r.First <= r.Last
}

// parsePosition parses digits. A number too large for an int64 counts as the
// largest, which is beyond the end as well.
func parsePosition(s string) (int64, bool) {
	var n int64
	for i := range len(s) {
		c := s[i]
		if c < '0' || c > '9' {
			return 0, false
		}
		if n > (math.MaxInt64-9)/10 {
			n = math.MaxInt64
			continue
		}
		n = n*10 + int64(c-'0')
	}
	return n, s != ""
}

// Resolve returns the start and the length, in bytes, of the range in a
// representation of size bytes, cut off at its end. False means that nothing of
// the range exists (14.1.2).
func (r ByteRange) Resolve(size int64) (start, length int64, ok bool) {
	if r.First < 0 {
		length = min(r.Suffix, size)
		return size - length, length, length > 0
	}
	if r.First >= size {
		return 0, 0, false
	}
	return r.First, min(r.Last, size-1) - r.First + 1, true
}
