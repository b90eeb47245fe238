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

// Resource states facts about what a request is for. Each method is asked at
// most once for a request (Content for the method of the request; for an
// OPTIONS or a 415, for each method that takes content), and only if the answer
// depends on it. An error is a fault on our side: it is answered 500 and told to
// [Handler.Observe], not to the client. A resource that is an [io.Closer] is
// closed when its request has been answered.
type Resource interface {
	// Available reports whether the resource can be served now, and otherwise
	// when to try again; zero means that this is not known.
	Available(r *http.Request) (ok bool, retryAfter time.Duration, err error)

	// Preflight is the further fields of an OPTIONS that is answered without
	// asking who sends it, as browsers want it (CORS); nil means that OPTIONS
	// is for those only who may see the resource.
	Preflight(r *http.Request) http.Header

	// Methods are the methods that the resource allows. HEAD comes with GET,
	// and OPTIONS with everything: neither need be said. TRACE is off unless it
	// is said.
	Methods(r *http.Request) []string

	// Malformed says what is wrong with the request, in words for the client;
	// empty if nothing is.
	Malformed(r *http.Request) string

	// Access says whether the client may do what it asks for.
	Access(r *http.Request) (Access, error)

	// Content says which content the method takes. It is asked when there is
	// some.
	Content(r *http.Request, method string) Content

	// State says whether the resource exists, or else what became of it.
	State(r *http.Request) (State, error)

	// Representations are the forms in which the resource can be sent, the one
	// that the server prefers first. None means that there is nothing to send.
	// For a method that changes the resource they say what its state is now:
	// a precondition holds for any of their tags. For a QUERY they are of its
	// result; an [*Outcome] for an error says what is wrong with its content.
	Representations(r *http.Request) ([]Representation, error)

	// Strict reports whether to answer 406 when the field (Accept,
	// Accept-Language, Accept-Charset or Accept-Encoding) accepts none of the
	// representations; otherwise the preferred one is sent.
	Strict(r *http.Request, field string) bool

	// Process carries out a method that is not safe, and says what came of it.
	// A resource that streams writes to w in place of that: its first byte
	// begins a 200 with the fields that w.Header has then, and the Outcome is
	// the zero one. An error before the first byte is answered 500, unless the
	// content of the request was at fault: read to an error it is a 408, a 413
	// or a 400 by itself. An error behind the first byte breaks the connection
	// off, so that the client does not take a part for the whole.
	Process(w http.ResponseWriter, r *http.Request) (Outcome, error)
}

// ErrorForm is a further power of a [Resource]: its errors have a form of their
// own, which comes before those that all have. So the clients of a protocol are
// told what is wrong in its own way.
type ErrorForm interface {
	// ErrorType is the media type of the form.
	ErrorType() string

	// WriteError writes an error in the form.
	WriteError(w io.Writer, p Problem) error
}

// Busy is a further power of a [Resource]: it says why it is not available.
type Busy interface {
	// Unavailable is the reason, in words for the client; it may be empty. It
	// is asked after Available has said no.
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

// Strict insists on media type, charset and coding, but rather sends another
// language than none: most readers would rather see it.
func (Defaults) Strict(_ *http.Request, field string) bool { return field != acceptLanguage }

// Process fails: a resource that allows more methods than the defaults must
// say what they do.
func (Defaults) Process(_ http.ResponseWriter, r *http.Request) (Outcome, error) {
	return Outcome{}, errors.New("the resource allows " + r.Method + " and does not process it")
}

// Absent is the resource of an address at which there is nothing.
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
	OverQuota  bool          // 429: whoever asks has had what they may have
	RetryAfter time.Duration // of OverQuota; 0 if not known
	Reason     string        // why, in words for the client; may be empty
}

// DefaultLimit is how many bytes of content a method takes where nothing else
// is said.
const DefaultLimit = 1 << 20

// Content is what content a method takes. The zero Content is anything of up to
// [DefaultLimit] bytes without a content coding.
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

// Existence is what became of a resource.
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

// State is what became of a resource. The zero State is that it exists.
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

// See is a place where a client can go on.
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
	// representation. They are sent ahead in a 103 (RFC 8297) where that helps:
	// to a browser that opens a page that Prepare has yet to make.
	Hints []string

	// NoRanges says that parts are not sent.
	NoRanges bool

	// Content is the content, where it is in memory.
	Content []byte

	// Open returns the content from its start, where it is not in memory. It is
	// only called when content is sent, and the engine closes what it returns.
	Open func(context.Context) (io.ReadSeekCloser, error)

	// Stream writes content whose length is not known beforehand. The status
	// and the fields go out with its first byte; an error before that is a 500.
	Stream func(w http.ResponseWriter, r *http.Request) error

	// Prepare, if not nil, is called once this representation is chosen. It may
	// set everything but Type, Charset, Language and Coding: so only the form
	// that is sent need be made.
	Prepare func(context.Context, *Representation) error
}

// measure sets the length of content that is in memory.
func (r *Representation) measure() {
	if r.Open == nil && r.Stream == nil {
		r.Length = int64(len(r.Content))
	}
}

// Bytes is a representation of the media type with the content. Its tag is
// strong: it is made from the content and the media type.
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
