package decision

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/web/negotiate"
)

// sendOptions answers OPTIONS: which methods are allowed, and which content
// they accept (12.5.1, RFC 5789 section 3.1, RFC 10008).
func (e *exchange) sendOptions(status int) {
	h := e.w.Header()
	maps.Copy(h, e.preflights)
	h.Set("Allow", strings.Join(e.allowed(), ", "))
	e.setAccepted()
	e.w.WriteHeader(status)
}

// setAccepted names the media types that the methods accept.
func (e *exchange) setAccepted() {
	for _, f := range []struct{ method, field string }{
		{http.MethodPost, "Accept-Post"}, {http.MethodPatch, "Accept-Patch"}, {methodQuery, "Accept-Query"},
	} {
		if !slices.Contains(e.methods, f.method) {
			continue
		}
		if types := e.resource.Content(e.r, f.method).Types; len(types) > 0 {
			e.w.Header().Set(f.field, strings.Join(types, ", "))
		}
	}
}

// credentials are the fields that TRACE does not send back (9.3.8).
var credentials = []string{"Authorization", "Cookie", "Proxy-Authorization"}

// sendTrace answers TRACE with the request as it came.
func (e *exchange) sendTrace(status int) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s %s\r\nHost: %s\r\n", e.r.Method, e.r.RequestURI, e.r.Proto, e.r.Host)
	h := e.r.Header.Clone()
	for _, field := range credentials {
		h.Del(field)
	}
	if err := h.Write(&b); err != nil {
		return fmt.Errorf("write trace: %w", err)
	}
	return e.sendBody(status, "message/http", append(b.Bytes(), '\r', '\n'))
}

// sendBody sends a body that was made here.
func (e *exchange) sendBody(status int, mediaType string, body []byte) error {
	h := e.w.Header()
	h.Set("Content-Type", mediaType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	e.w.WriteHeader(status)
	if e.r.Method == http.MethodHead {
		return nil
	}
	if _, err := e.w.Write(body); err != nil {
		return fmt.Errorf("send %s: %w", mediaType, err)
	}
	return nil
}

// sendRedirection sends a 301, 302, 303, 307 or 308.
func (e *exchange) sendRedirection(status int) {
	h := e.w.Header()
	h.Set("Location", e.state.Location)
	h.Set("Cache-Control", "no-cache")
	if e.state.CacheControl != "" {
		h.Set("Cache-Control", e.state.CacheControl)
	}
	h.Set("Content-Length", "0")
	e.w.WriteHeader(status)
}

// sendHints sends a 103 to those whom it helps: browsers that open a page.
// Other HTTP/1.1 clients may take it for the final response (RFC 8297 section
// 3).
func (e *exchange) sendHints() {
	hints := e.selection.chosen.Hints
	if len(hints) == 0 || !e.r.ProtoAtLeast(1, 1) || e.r.Header.Get("Sec-Fetch-Mode") != "navigate" {
		return
	}
	h := e.w.Header()
	before := h["Link"]
	h["Link"] = append(slices.Clone(before), hints...)
	e.w.WriteHeader(http.StatusEarlyHints)
	if h["Link"] = before; before == nil {
		delete(h, "Link")
	}
}

// sendRepresentation sends a 200, 204, 206 or 304. An error before anything is
// written leaves the header as it was.
func (e *exchange) sendRepresentation(status int) error {
	chosen := e.selection.chosen
	if chosen == nil || status == http.StatusNoContent { // nothing there, or 304 to If-None-Match: *
		addVary(e.w.Header(), e.selection.vary)
		e.w.WriteHeader(status)
		return nil
	}
	if status == http.StatusNotModified {
		e.setValidators(status, chosen)
		e.w.WriteHeader(status)
		return nil
	}
	if status == http.StatusPartialContent {
		return e.sendParts(chosen)
	}
	return e.sendContent(status, chosen, func() { e.setValidators(status, chosen) })
}

// sendContent sends all of the content, with its fields and those that more
// sets.
func (e *exchange) sendContent(status int, content *Representation, more func()) error {
	setFields := func() {
		more()
		e.setContentFields(content)
	}
	switch {
	case content.Stream != nil:
		setFields()
		return e.stream(status, content)
	case e.r.Method == http.MethodHead:
		setFields()
		e.w.WriteHeader(status)
		return nil
	}
	source, err := e.open(content)
	if err != nil {
		return err
	}
	defer source.close()
	setFields()
	e.w.WriteHeader(status)
	return e.copy(&source, span{length: content.Length})
}

// stream lets the representation write its content. If it fails before the
// first byte, the error replaces the fields that it has set.
func (e *exchange) stream(status int, content *Representation) error {
	e.lent = true
	s := &stream{e: e, status: status}
	if e.r.Method != http.MethodHead {
		if err := content.Stream(s, e.r); err != nil {
			return fmt.Errorf("stream content: %w", err)
		}
	}
	if !e.w.Begun() {
		s.WriteHeader(status)
	}
	return nil
}

// setValidators sets the fields about the representation, but not about its
// content. A 304 has those of section 15.4.5 and the further fields of the
// resource; a cache updates its stored response with them, so they must be
// those of the 200.
func (e *exchange) setValidators(status int, chosen *Representation) {
	h := e.w.Header()
	if len(chosen.Header) > 0 {
		maps.Copy(h, chosen.Header)
	}
	addVary(h, e.selection.vary)
	e.values = make([]string, 0, mostFields)
	e.set(h, "Etag", chosen.ETag)
	e.set(h, "Content-Location", chosen.Location)
	e.set(h, "Cache-Control", chosen.CacheControl)
	if !chosen.Modified.IsZero() && (status != http.StatusNotModified || chosen.ETag == "") {
		e.set(h, "Last-Modified", e.date.format(past(chosen.Modified)))
	}
	if status != http.StatusNotModified && takesRanges(chosen) {
		h["Accept-Ranges"] = acceptRanges
	}
}

// setContentFields sets the fields about the content.
func (e *exchange) setContentFields(content *Representation) {
	h := e.w.Header()
	e.set(h, "Content-Type", contentType(content))
	e.set(h, "Content-Language", content.Language)
	e.set(h, "Content-Encoding", content.Coding)
	if content.Stream == nil {
		e.set(h, "Content-Length", strconv.FormatInt(content.Length, 10))
	}
}

// date caches the last formatted date: everything published together has the
// same.
type date struct {
	second int64
	text   string
}

func (d *date) format(t time.Time) string {
	if second := t.Unix(); d.text == "" || d.second != second {
		d.second, d.text = second, negotiate.FormatDate(t)
	}
	return d.text
}

// past returns a time for Last-Modified, which must not be later than the response
// (RFC 9110, section 8.8.2.1): the clock may have been set back since.
func past(t time.Time) time.Time {
	if now := time.Now(); t.After(now) {
		return now
	}
	return t
}

var acceptRanges = []string{negotiate.Bytes}

// mostFields limits the fields that setValidators and setContentFields set.
const mostFields = 8

// set sets a field, whose name is in canonical form, unless the value is empty.
// The values of all fields share one slice.
func (e *exchange) set(h http.Header, field, value string) {
	if value == "" {
		return
	}
	e.values = append(e.values, value)
	n := len(e.values)
	h[field] = e.values[n-1 : n : n]
}

func contentType(r *Representation) string {
	if r.Charset == "" {
		return r.Type
	}
	return r.Type + "; charset=" + r.Charset
}

// sendOutcome sends the outcome of a method that did not fail.
func (e *exchange) sendOutcome(status int) error {
	if e.w.Begun() {
		return nil
	}
	h, o := e.w.Header(), &e.outcome
	setOutcome := func() {
		maps.Copy(h, o.Header)
		if o.Location != "" {
			h.Set("Location", o.Location)
		}
		if o.ETag != "" {
			h.Set("Etag", o.ETag)
		}
		if !o.Modified.IsZero() {
			h.Set("Last-Modified", negotiate.FormatDate(past(o.Modified)))
		}
	}
	sends := status == http.StatusOK || status == http.StatusCreated || status == http.StatusAccepted
	if o.Content != nil && sends {
		content := *o.Content
		content.measure()
		return e.sendContent(status, &content, func() {
			setOutcome()
			maps.Copy(h, o.Content.Header)
			if o.Content.Location != "" {
				h.Set("Content-Location", o.Content.Location)
			}
			if o.Content.CacheControl != "" {
				h.Set("Cache-Control", o.Content.CacheControl)
			}
		})
	}
	setOutcome()
	if status != http.StatusNoContent {
		h.Set("Content-Length", "0")
	}
	e.w.WriteHeader(status)
	return nil
}

func (e *exchange) hasContent() bool { return e.selection.chosen != nil }

// source is the opened content of a representation.
type source struct {
	memory []byte
	file   io.ReadSeekCloser
}

func (e *exchange) open(content *Representation) (source, error) {
	if content.Open == nil {
		return source{memory: content.Content}, nil
	}
	file, err := content.Open(e.r.Context())
	if err != nil {
		return source{}, fmt.Errorf("open content: %w", err)
	}
	return source{file: file}, nil
}

func (s source) close() {
	if s.file != nil {
		s.file.Close()
	}
}

// copy sends a part of the content.
func (e *exchange) copy(s *source, part span) error {
	if s.file == nil {
		if part.length > smallContent {
			e.w.ExtendDeadline()
		}
		if _, err := e.w.Write(s.memory[part.start:part.end()]); err != nil {
			return fmt.Errorf("send content: %w", err)
		}
		return nil
	}
	if _, err := s.file.Seek(part.start, io.SeekStart); err != nil {
		return fmt.Errorf("seek in content: %w", err)
	}
	n, err := e.w.ReadFrom(&io.LimitedReader{R: s.file, N: part.length})
	if err == nil && n < part.length {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return fmt.Errorf("send content: %w", err)
	}
	return nil
}
