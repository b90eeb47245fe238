package decision

import (
	"time"

	"github.com/rhaptos/rhaptos/web/negotiate"
)

// condition holds the dates of the conditional fields, which one decision
// parses and the next compares.
type condition struct {
	unmodifiedSince time.Time
	modifiedSince   time.Time
}

func (e *exchange) hasIfMatch() bool     { return len(e.r.Header["If-Match"]) > 0 }
func (e *exchange) hasIfNoneMatch() bool { return len(e.r.Header["If-None-Match"]) > 0 }

// unconditional reports whether a required precondition is missing. An
// If-Unmodified-Since without a date to compare with would be ignored, so it
// does not count.
func (e *exchange) unconditional() bool {
	return e.state.Condition && !safe(e.r.Method) && !e.hasIfMatch() && !e.hasIfNoneMatch() && !e.hasIfUnmodifiedSince()
}

// ifMatchMatches compares strongly; a resource that exists matches "*".
func (e *exchange) ifMatchMatches() bool {
	list, _ := negotiate.ParseETagList(e.r.Header["If-Match"])
	return list.Any || e.anyTag(list.StrongMatch)
}

// ifNoneMatchMatches compares weakly; a resource that exists matches "*".
func (e *exchange) ifNoneMatchMatches() bool {
	list, _ := negotiate.ParseETagList(e.r.Header["If-None-Match"])
	return list.Any || e.anyTag(list.WeakMatch)
}

// anyTag reports whether the entity tag of the chosen representation matches.
// For a method that changes the resource none has been chosen; there the tag of
// any representation does, since they are all of the same state.
func (e *exchange) anyTag(matches func(negotiate.ETag) bool) bool {
	if e.reads() {
		tag, ok := e.tag()
		return ok && matches(tag)
	}
	for i := range e.current() {
		if tag, ok := negotiate.ParseETag(e.selection.all[i].ETag); ok && matches(tag) {
			return true
		}
	}
	return false
}

// current prepares and yields the representations of the state that a method is
// about to change.
func (e *exchange) current() []Representation {
	s := &e.selection
	if s.loaded {
		return s.all
	}
	if e.load(); e.err != nil {
		return nil
	}
	s.all = append([]Representation(nil), s.all...)
	for i := range s.all {
		if r := &s.all[i]; r.Prepare != nil && e.err == nil {
			e.err = r.Prepare(e.r.Context(), r)
		}
	}
	return s.all
}

// tag returns the entity tag of the chosen representation; false if it has
// none.
func (e *exchange) tag() (negotiate.ETag, bool) {
	if e.selection.chosen == nil {
		return negotiate.ETag{}, false
	}
	return negotiate.ParseETag(e.selection.chosen.ETag)
}

// lastModified returns the date of the chosen representation, in the full
// seconds of an HTTP date; false if it has none. For a method that changes the
// resource it is the latest of all.
func (e *exchange) lastModified() (time.Time, bool) {
	var latest time.Time
	switch {
	case !e.reads():
		for _, r := range e.current() {
			if r.Modified.After(latest) {
				latest = r.Modified
			}
		}
	case e.selection.chosen != nil:
		latest = e.selection.chosen.Modified
	}
	return latest.Truncate(time.Second), !latest.IsZero()
}

func (e *exchange) hasIfUnmodifiedSince() bool {
	values := e.r.Header["If-Unmodified-Since"]
	if len(values) == 0 {
		return false
	}
	var valid bool
	e.condition.unmodifiedSince, valid = negotiate.ParseDate(values, time.Now())
	if !valid {
		return false
	}
	_, known := e.lastModified()
	return known
}

func (e *exchange) unmodified() bool {
	modified, _ := e.lastModified()
	return !modified.After(e.condition.unmodifiedSince)
}

// alreadyDone excuses a precondition that failed because the very same change
// was made before, and its answer lost.
func (e *exchange) alreadyDone() bool { return e.state.Done && !safe(e.r.Method) }

func (e *exchange) hasIfModifiedSince() bool {
	values := e.r.Header["If-Modified-Since"]
	if len(values) == 0 || !e.reads() {
		return false
	}
	var valid bool
	e.condition.modifiedSince, valid = negotiate.ParseDate(values, time.Now())
	_, known := e.lastModified()
	return valid && known
}

func (e *exchange) modified() bool {
	modified, _ := e.lastModified()
	return modified.After(e.condition.modifiedSince)
}
