package decision

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"time"
)

// Resource states facts. For one request each method is called at most once
// (Content once for each method that takes content, in an OPTIONS or a 415),
// and only if the response depends on it. An error is a fault of the server:
// the client gets a 500, and [Handler.Observe] the error. If the resource is an
// [io.Closer] it is closed when its request has been answered.
type Resource interface {
	// Available reports whether the resource can be served now. If not, it also
	// says when to try again; zero if unknown.
	Available(r *http.Request) (ok bool, retryAfter time.Duration, err error)

	// Preflight returns further fields of an OPTIONS that is answered without
	// asking who sends it, as browsers need it (CORS). If it returns nil,
	// OPTIONS is only for those who may see the resource.
	Preflight(r *http.Request) http.Header

	// Methods returns the methods that the resource allows. GET implies HEAD,
	// and OPTIONS is always allowed. TRACE is not allowed unless it is named.
	Methods(r *http.Request) []string

	// Malformed says what is wrong with the request, in words for the client;
	// empty if nothing is.
	Malformed(r *http.Request) string

	// Access says whether the client may do what it asks for.
	Access(r *http.Request) (Access, error)

	// Content says which content a method accepts. It is called if the request
	// has content.
	Content(r *http.Request, method string) Content

	// State says whether the resource exists, or what became of it.
	State(r *http.Request) (State, error)

	// Representations returns the forms in which the resource can be sent, the
	// server's favourite first. None means that there is nothing to send. For a
	// method that changes the resource they are those of its present state: a
	// precondition holds if it holds for one of them. For a QUERY they are
	// those of the result; an [*Outcome] as the error says what is wrong with
	// the content.
	Representations(r *http.Request) ([]Representation, error)

	// Strict reports whether to answer 406 if a field (Accept, Accept-Language,
	// Accept-Charset or Accept-Encoding) accepts none of the representations.
	// If not, the favourite is sent.
	Strict(r *http.Request, field string) bool

	// Process carries out a method that is not safe.
	//
	// A resource that streams writes to w instead of returning content: the
	// first byte begins a 200 with the fields that w.Header has then, and the
	// Outcome must be the zero one. An error before the first byte is a 500,
	// unless reading the content of the request has failed: that is a 408, a
	// 413 or a 400. An error after the first byte closes the connection, so
	// that the client does not take a part for the whole.
	Process(w http.ResponseWriter, r *http.Request) (Outcome, error)
}

// ErrorForm is an optional interface of a [Resource]: a form for its errors
// that comes before the common ones, so that the clients of a protocol get
// errors as the protocol has them.
type ErrorForm interface {
	// ErrorType returns the media type of the form.
	ErrorType() string

	// WriteError writes an error in the form.
	WriteError(w io.Writer, p Problem) error
}

// Busy is an optional interface of a [Resource]: it says why the resource is
// not available.
type Busy interface {
	// Unavailable returns the reason, in words for the client; it may be empty.
	// It is called after Available has returned false.
	Unavailable() string
}

// Defaults is a resource that exists, that anyone may read, and that has
// nothing to send. Embed it and write what differs.
type Defaults struct{}

var getOnly = []string{http.MethodGet}

// Available is true.
func (Defaults) Available(*http.Request) (bool, time.Duration, error) { return true, 0, nil }

// Preflight is nil.
func (Defaults) Preflight(*http.Request) http.Header { return nil }

// Methods are GET, and so HEAD and OPTIONS.
func (Defaults) Methods(*http.Request) []string { return getOnly }

// Malformed is never the case.
func (Defaults) Malformed(*http.Request) string { return "" }

// Access is open to everyone.
func (Defaults) Access(*http.Request) (Access, error) { return Access{}, nil }

// Content is anything of up to [DefaultLimit] bytes.
func (Defaults) Content(*http.Request, string) Content { return Content{} }

// State is that the resource exists.
func (Defaults) State(*http.Request) (State, error) { return State{}, nil }

// Representations are none.
func (Defaults) Representations(*http.Request) ([]Representation, error) { return nil, nil }

// Strict is true except for languages: most readers prefer another language to
// none.
func (Defaults) Strict(_ *http.Request, field string) bool { return field != acceptLanguage }

// Process fails: a resource that allows more methods than the defaults must
// say what they do.
func (Defaults) Process(_ http.ResponseWriter, r *http.Request) (Outcome, error) {
	return Outcome{}, errors.New("the resource allows " + r.Method + " and does not process it")
}

// Absent is the resource of a URL at which there is nothing.
type Absent struct{ Defaults }

// State is that the resource is missing.
func (Absent) State(*http.Request) (State, error) { return State{Existence: Missing}, nil }

// Access says who may see the resource. The zero Access lets everyone.
type Access struct {
	Challenge  string        // WWW-Authenticate of a 401; empty if the client need not show who it is
	Forbidden  bool          // 403
	Hidden     bool          // 404 in the place of 403
	Blocked    bool          // 451
	BlockedBy  string        // who demanded that, a URI; may be empty (RFC 7725 section 4)
	OverQuota  bool          // 429: the client has used up its quota
	RetryAfter time.Duration // of OverQuota; 0 if not known
	Reason     string        // why, in words for the client; may be empty
	See        []See         // where to go on from what is hidden
}

// DefaultLimit is the content that a method accepts where nothing else is said, in
// bytes.
const DefaultLimit = 1 << 20

// Content describes the content that a method accepts. The zero Content is
// anything of up to [DefaultLimit] bytes without a content coding.
type Content struct {
	Types          []string      // media ranges; none: any media type, or no Content-Type
	Codings        []string      // content codings, lower case; the content is read as it was sent
	Limit          int64         // bytes as sent; 0: DefaultLimit; negative: no limit
	RetryAfter     time.Duration // when content beyond the limit may be taken; 0: never
	Timeout        time.Duration // how long the server waits for what does not come; 0: wire.DefaultTimeout
	LengthRequired bool          // 411 without Content-Length
	Partial        bool          // whether a PUT may be of a part (Content-Range)
	Duplex         bool          // whether the answer may begin before the content has ended
}

// Existence says what became of a resource.
type Existence uint8

// The kinds of existence.
const (
	Exists           Existence = iota
	MovedPermanently           // 308, or 301 with ToGet
	MovedTemporarily           // 307, or 302 with ToGet
	SeeOther                   // 303
	Gone                       // 410
	Missing                    // 404
)

// State is the life-cycle state of a resource. The zero State is that it exists.
type State struct {
	Existence    Existence
	Location     string // where it is, when it has moved
	ToGet        bool   // a client may follow a POST with GET: 301 and 302, for old clients
	Reason       string // why it is gone or missing, in words for the client; may be empty
	See          []See  // where to go on from what is gone or missing
	CacheControl string // of a redirection; no-cache if empty

	MayCreate bool // whether the request's method may create what is missing or gone
	Condition bool // a method that changes the resource needs a precondition: 428
	Done      bool // what the request asks for is the case already: a failed If-Match is no failure (13.1.1)
	Choose    bool // a client that does not say what it wants is given the choice: 300
}

// See is a link for a client that found nothing.
type See struct {
	Title string `json:"title"`
	URL   string `json:"url"` // absolute, or a path
}

// Representation is one form of a resource.
type Representation struct {
	Type         string      // media type with its parameters
	Charset      string      // is added to Type; set it only to have Accept-Charset looked at
	Language     string      // BCP 47; empty if it has none
	Coding       string      // content coding; empty for identity
	Location     string      // Content-Location: the address of just this form; may be empty
	ETag         string      // with its quotes; differs by type, language and coding; empty if unknown
	Modified     time.Time   // Last-Modified, to the second; zero if unknown
	Length       int64       // bytes that Open gives; that of Content is known
	CacheControl string      // may be empty
	Header       http.Header // further fields of 200, 206 and 304

	// Hints are Link values of what a browser will need to show the
	// representation. A 103 (RFC 8297) sends them to a browser that opens a
	// page which Prepare has yet to make.
	Hints []string

	// NoRanges turns range requests off.
	NoRanges bool

	// Content is the content, where it is in memory.
	Content []byte

	// Open returns the content from its start, if it is not in memory. It is
	// called only to send content; the result is closed.
	Open func(context.Context) (io.ReadSeekCloser, error)

	// Stream writes content whose length is not known beforehand. Status and
	// fields are sent with its first byte; an error before that is a 500.
	Stream func(w http.ResponseWriter, r *http.Request) error

	// Prepare, if not nil, is called once this representation is chosen. It may
	// set everything but Type, Charset, Language and Coding. So only the form
	// that is sent need be made.
	Prepare func(context.Context, *Representation) error
}

// measure sets the length of content that is in memory.
func (r *Representation) measure() {
	if r.Open == nil && r.Stream == nil {
		r.Length = int64(len(r.Content))
	}
}

// Bytes returns a representation of a media type with the content. Its entity
// tag is strong, and made of both.
func Bytes(mediaType string, content []byte) Representation {
	sum := sha256.New()
	sum.Write([]byte(mediaType + "\n"))
	sum.Write(content)
	return Representation{
		Type:    mediaType,
		ETag:    `"` + hex.EncodeToString(sum.Sum(nil)[:16]) + `"`,
		Length:  int64(len(content)),
		Content: content,
	}
}
