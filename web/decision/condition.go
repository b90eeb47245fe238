package decision

import (
	"net/http"
	"time"

	"github.com/rhaptos/rhaptos/web/negotiate"
)

// condition holds the dates that have been read, one question before they are
// compared.
type condition struct {
	unmodifiedSince time.Time
	modifiedSince   time.Time
}

func (e *exchange) hasIfMatch() bool     { return len(e.r.Header["If-Match"]) > 0 }
func (e *exchange) hasIfNoneMatch() bool { return len(e.r.Header["If-None-Match"]) > 0 }

// ifMatchMatches compares strongly; a resource that exists matches "*".
func (e *exchange) ifMatchMatches() bool {
	list, _ := negotiate.ParseETagList(e.r.Header["If-Match"])
	tag, ok := e.tag()
	return list.Any || ok && list.StrongMatch(tag)
}

// ifNoneMatchMatches compares weakly; a resource that exists matches "*".
func (e *exchange) ifNoneMatchMatches() bool {
	list, _ := negotiate.ParseETagList(e.r.Header["If-None-Match"])
	tag, ok := e.tag()
	return list.Any || ok && list.WeakMatch(tag)
}

// tag is the entity tag of the chosen representation.
func (e *exchange) tag() (negotiate.ETag, bool) {
	if e.selection.chosen == nil {
		return negotiate.ETag{}, false
	}
	return negotiate.ParseETag(e.selection.chosen.ETag)
}

// lastModified is the date of the chosen representation, to the second, which
// is all that a date in a field can say.
func (e *exchange) lastModified() (time.Time, bool) {
	if e.selection.chosen == nil || e.selection.chosen.Modified.IsZero() {
		return time.Time{}, false
	}
	return e.selection.chosen.Modified.Truncate(time.Second), true
}

func (e *exchange) hasIfUnmodifiedSince() bool {
	var valid bool
	e.condition.unmodifiedSince, valid = negotiate.ParseDate(e.r.Header["If-Unmodified-Since"], time.Now())
	_, known := e.lastModified()
	return valid && known
}

func (e *exchange) unmodified() bool {
	modified, _ := e.lastModified()
	return !modified.After(e.condition.unmodifiedSince)
}

func (e *exchange) hasIfModifiedSince() bool {
	var valid bool
	e.condition.modifiedSince, valid = negotiate.ParseDate(e.r.Header["If-Modified-Since"], time.Now())
	_, known := e.lastModified()
	return valid && known && e.reads()
}

func (e *exchange) modified() bool {
	modified, _ := e.lastModified()
	return modified.After(e.condition.modifiedSince)
}

// part is the part of the content that a Range asks for.
type part struct {
	set    string // as the field has it
	single negotiate.ByteRange
	start  int64
	length int64
}

// hasRange is about GET only (14.2). An unknown unit is ignored, and so is the
// range of an empty content, of which every part is the whole.
func (e *exchange) hasRange() bool {
	unit, set, ok := negotiate.CutRange(e.r.Header["Range"])
	e.part.set = set
	chosen := e.selection.chosen
	return ok && unit == negotiate.Bytes && e.r.Method == http.MethodGet &&
		chosen != nil && !chosen.NoRanges && chosen.Length > 0
}

// ifRangeMatches compares a tag strongly, and a date for being the very one
// (13.1.5).
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
	date, ok := negotiate.ParseDate(values, time.Now())
	modified, known := e.lastModified()
	return ok && known && modified.Equal(date)
}

// oneRange reports whether the set is a single range. Several are answered with
// the whole: no book reader asks for them, and who does may ask for the same
// bytes thousands of times (17.15).
func (e *exchange) oneRange() bool {
	ranges, ok := negotiate.ParseByteRanges(e.part.set, 1)
	if ok {
		e.part.single = ranges[0]
	}
	return ok
}

func (e *exchange) satisfiable() bool {
	var ok bool
	e.part.start, e.part.length, ok = e.part.single.Resolve(e.selection.chosen.Length)
	return ok
}
