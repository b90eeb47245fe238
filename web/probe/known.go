package probe

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/negotiate"
	"github.com/rhaptos/rhaptos/web/probe/rawhttp"
	"github.com/rhaptos/rhaptos/web/probe/report"
)

// known holds the facts learned of a target. More are learned when they are
// needed.
type known struct {
	*session
	url      *url.URL
	plain    *rawhttp.Response // to a GET that says nothing of what it wants
	etag     string            // of that; empty if there is none, or if it differs each time
	modified time.Time         // zero in the same cases
	allow    []string          // the methods; nil if unknown
	options  *rawhttp.Response
	wrote    map[string]*written
	unsure   bool                // what every recipe needs did not come in time
	others   []*rawhttp.Response // the variants by media type, the plain one first; nil: not asked yet
}

// written is a write and its response.
type written struct {
	request rawhttp.Request
	answer  *rawhttp.Response
}

// learn sends what nearly every recipe needs.
func learn(s *session, u *url.URL) (*known, error) {
	k := &known{session: s, url: u, wrote: map[string]*written{}}
	k.plain = s.do(k.get())
	if s.err != nil {
		return nil, s.err
	}
	again := s.do(k.get("Cache-Control: no-cache"))
	if k.plain.Successful() && again.Status == k.plain.Status {
		if tag := k.plain.Get("Etag"); tag == again.Get("Etag") {
			if _, ok := negotiate.ParseETag(tag); ok {
				k.etag = tag
			}
		}
		if date := k.plain.Header.Values("Last-Modified"); k.plain.Get("Last-Modified") == again.Get("Last-Modified") {
			k.modified, _ = negotiate.ParseDate(date, time.Now())
		}
	}
	k.options = s.do(k.method(http.MethodOptions))
	for _, a := range []*rawhttp.Response{k.options, s.do(k.method(http.MethodTrace))} {
		if k.allow == nil && len(a.Header.Values("Allow")) > 0 {
			for m := range strings.SplitSeq(a.Get("Allow"), ",") {
				k.allow = append(k.allow, strings.TrimSpace(m))
			}
		}
	}
	k.unsure = s.late > 0
	return k, s.err
}

// facts returns what is known, for advice.
func (k *known) facts() decision.Facts {
	f := decision.Facts{Target: k.url.RequestURI(), ETag: k.etag, Type: k.plain.MediaType(), Allow: strings.Join(k.allow, ", ")}
	if !k.modified.IsZero() {
		f.Modified = negotiate.FormatDate(k.modified)
	}
	if n := k.length(); n > 0 {
		f.Length = strconv.FormatInt(n, 10)
	}
	return f
}

// target returns what the report says of the target.
func (k *known) target() report.Target {
	facts := k.facts()
	return report.Target{
		URL: k.url.String(), Server: k.plain.Get("Server"), Status: k.plain.Status, Allow: facts.Allow,
		ETag: facts.ETag, Modified: facts.Modified, Discloses: k.plain.Get("Decision-Path") != "", Requests: k.sent,
	}
}

// length returns the length of the plain content in bytes; 0 if unknown.
func (k *known) length() int64 {
	switch {
	case k.plain.Status != http.StatusOK:
		return 0
	case !k.plain.Cut:
		return int64(len(k.plain.Body))
	}
	return max(k.plain.Length, 0)
}

func (k *known) method(method string, fields ...string) rawhttp.Request {
	return rawhttp.Request{Method: method, URL: k.url, Fields: fields}
}

func (k *known) get(fields ...string) rawhttp.Request { return k.method(http.MethodGet, fields...) }

// missing returns a URL beside the target at which there should be nothing.
func (k *known) missing() *url.URL {
	u := *k.url
	u.RawPath, u.Path = "", strings.TrimSuffix(u.Path, "/")+"-probe-missing"
	if u.Path[0] != '/' {
		u.Path = "/" + u.Path
	}
	return &u
}

func (k *known) allows(method string) bool { return slices.Contains(k.allow, method) }

// typed are the media types to ask for if Vary names Accept.
var typed = []string{"text/html", "application/json", "text/plain", "application/xml", "application/atom+xml", "image/svg+xml"}

// variants returns responses to GET with different media types, the plain one
// first.
func (k *known) variants() []*rawhttp.Response {
	if k.others != nil {
		return k.others
	}
	late := k.late
	defer func() {
		if k.late > late {
			k.others = nil // ask once more
		}
	}()
	k.others = []*rawhttp.Response{k.plain}
	if !k.plain.Lists("Vary", "Accept") || k.plain.Status != http.StatusOK {
		return k.others
	}
	for _, t := range typed {
		a := k.do(k.get("Accept: " + t))
		same := func(other *rawhttp.Response) bool { return other.MediaType() == a.MediaType() }
		if a.Status == http.StatusOK && !slices.ContainsFunc(k.others, same) {
			k.others = append(k.others, a)
		}
	}
	return k.others
}

// coded returns the response to a GET that accepts gzip; nil if it is not
// coded.
func (k *known) coded() *rawhttp.Response {
	if k.plain.Status != http.StatusOK {
		return nil
	}
	a := k.do(k.get("Accept-Encoding: gzip"))
	if a.Status != http.StatusOK || !a.Lists("Content-Encoding", "gzip") {
		return nil
	}
	return a
}

// write sends the method as a client would send it; nil if the target does not
// allow it.
func (k *known) write(method string) *written {
	if w, done := k.wrote[method]; done {
		if w != nil {
			k.seen(w.answer)
		}
		return w
	}
	k.wrote[method] = nil
	if !k.allows(method) {
		return nil
	}
	w := &written{request: k.ordinary(method, k.takes(method))}
	w.answer = k.do(w.request)
	if taken, _, _ := strings.Cut(w.answer.Get("Accept"), ","); w.answer.Status == http.StatusUnsupportedMediaType && taken != "" {
		w.request = k.ordinary(method, taken)
		w.answer = k.do(w.request)
	}
	if w.answer.Status == http.StatusLengthRequired {
		w.request.Chunked = false
		w.answer = k.do(w.request)
	}
	k.wrote[method] = w
	return w
}

// conditional is like write, and adds a precondition that holds if one is
// required.
func (k *known) conditional(method string) *written {
	w := k.write(method)
	if w == nil || w.answer.Status != http.StatusPreconditionRequired {
		return w
	}
	precondition := "If-None-Match: *"
	if k.etag != "" {
		precondition = "If-Match: " + k.etag
	}
	c := &written{request: w.request.With(precondition)}
	c.answer = k.do(c.request)
	return c
}

// takes returns the media type of content that the method should accept.
func (k *known) takes(method string) string {
	field := map[string]string{http.MethodPost: "Accept-Post", http.MethodPatch: "Accept-Patch", "QUERY": "Accept-Query"}[method]
	taken, _, _ := strings.Cut(k.options.Get(field), ",")
	switch {
	case strings.TrimSpace(taken) != "":
		return strings.TrimSpace(taken)
	case method == http.MethodPut && k.plain.Status == http.StatusOK:
		return k.plain.Get("Content-Type")
	}
	return "text/plain"
}

// mostPut limits the content that is put back, in bytes.
const mostPut = 64 << 10

// ordinary returns a write that should do no harm: PUT sends what GET received.
func (k *known) ordinary(method, mediaType string) rawhttp.Request {
	if method == http.MethodDelete {
		return k.method(method)
	}
	r := k.method(method, "Content-Type: "+mediaType)
	switch {
	case method == http.MethodPut && k.plain.Status == http.StatusOK && !k.plain.Cut && len(k.plain.Body) <= mostPut && len(k.plain.Body) > 0:
		r.Body = string(k.plain.Body)
	case strings.Contains(mediaType, "json"):
		r.Body = "{}"
	default:
		r.Body = "probe\n"
	}
	return r
}

// writer returns the first write among the methods whose status matches; nil if
// there is none.
func (k *known) writer(matches match, methods ...string) *written {
	for _, m := range methods {
		if w := k.write(m); w != nil && matches(k, w.answer.Status) {
			return w
		}
		if w := k.conditional(m); w != nil && matches(k, w.answer.Status) {
			return w
		}
	}
	return nil
}

// unlike reports whether the content differs from that of the plain response.
func (k *known) unlike(a *rawhttp.Response) bool { return !bytes.Equal(a.Body, k.plain.Body) }
