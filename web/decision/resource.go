package decision

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"time"
)

// Resource states facts about what a request is for. Each method is asked at
// most once for a request, in the order in which they stand here, and only if
// the answer depends on it. An error is a fault on our side: it is answered 500
// and told to [Handler.Observe], not to the client.
type Resource interface {
	// Available reports whether the resource can be served now, and otherwise
	// when to try again; zero means that this is not known.
	Available(r *http.Request) (ok bool, retryAfter time.Duration, err error)

	// Methods are the methods that the resource allows.
	Methods(r *http.Request) []string

	// Malformed says what is wrong with the request, in words for the client;
	// empty if nothing is.
	Malformed(r *http.Request) string

	// Access says whether the client may do what it asks for.
	Access(r *http.Request) (Access, error)

	// State says whether the resource exists, or else what became of it.
	State(r *http.Request) (State, error)

	// Representations are the forms in which the resource can be sent, the one
	// that the server prefers first. None means that there is nothing to send.
	Representations(r *http.Request) ([]Representation, error)

	// Strict reports whether to answer 406 when the field (Accept,
	// Accept-Language or Accept-Encoding) accepts none of the representations;
	// otherwise the preferred one is sent.
	Strict(r *http.Request, field string) bool

	// Process carries out a method other than GET, HEAD and OPTIONS, and writes
	// the answer. An error that it returns before writing is answered 500.
	Process(w http.ResponseWriter, r *http.Request) error
}

// Defaults is a resource that exists, that anyone may read, and that has
// nothing to send. Embed it and write what differs.
type Defaults struct{}

// Available is true.
func (Defaults) Available(*http.Request) (bool, time.Duration, error) { return true, 0, nil }

// Methods are GET, HEAD and OPTIONS.
func (Defaults) Methods(*http.Request) []string {
	return []string{http.MethodGet, http.MethodHead, http.MethodOptions}
}

// Malformed is never the case.
func (Defaults) Malformed(*http.Request) string { return "" }

// Access is open to everyone.
func (Defaults) Access(*http.Request) (Access, error) { return Access{}, nil }

// State is that the resource exists.
func (Defaults) State(*http.Request) (State, error) { return State{}, nil }

// Representations are none.
func (Defaults) Representations(*http.Request) ([]Representation, error) { return nil, nil }

// Strict insists on media type and coding, but rather sends another language
// than none: most readers would rather see it.
func (Defaults) Strict(_ *http.Request, field string) bool { return field != acceptLanguage }

// Process fails: a resource that allows more methods than the defaults must
// say what they do.
func (Defaults) Process(_ http.ResponseWriter, r *http.Request) error {
	return errors.New("the resource allows " + r.Method + " and does not process it")
}

// Absent is the resource of an address at which there is nothing.
type Absent struct{ Defaults }

// State is that the resource is missing.
func (Absent) State(*http.Request) (State, error) { return State{Existence: Missing}, nil }

// Access says who may see the resource. The zero Access lets everyone.
type Access struct {
	Challenge string // WWW-Authenticate of a 401; empty if the client need not show who it is
	Forbidden bool   // 403
	Hidden    bool   // 404 in the place of 403
	Blocked   bool   // 451
	BlockedBy string // who demanded that, a URI; may be empty (RFC 7725 section 4)
	Reason    string // why, in words for the client; may be empty
}

// Existence is what became of a resource.
type Existence uint8

// The kinds of existence.
const (
	Exists           Existence = iota
	MovedPermanently           // 308
	MovedTemporarily           // 307
	SeeOther                   // 303
	Gone                       // 410
	Missing                    // 404
)

// State is what became of a resource. The zero State is that it exists.
type State struct {
	Existence    Existence
	Location     string // where it is, when it has moved
	Reason       string // why it is gone or missing, in words for the client; may be empty
	CacheControl string // of a redirection; no-cache if empty
	MayCreate    bool   // whether the request's method may create what is missing
}

// Representation is one form of a resource.
type Representation struct {
	Type         string      // media type with its parameters
	Language     string      // BCP 47; empty if it has none
	Coding       string      // content coding; empty for identity
	Location     string      // Content-Location: the address of just this form; may be empty
	ETag         string      // with its quotes; differs by type, language and coding; empty if unknown
	Modified     time.Time   // Last-Modified, to the second; zero if unknown
	Length       int64       // bytes
	CacheControl string      // may be empty
	Header       http.Header // further fields of 200, 206 and 304

	// NoRanges says that parts are not sent.
	NoRanges bool

	// Open returns the content from its start. It is only called when content is
	// sent, and the engine closes what it returns.
	Open func(context.Context) (io.ReadSeekCloser, error)

	// Prepare, if not nil, is called once this representation is chosen. It may
	// set everything but Type, Language and Coding: so only the form that is
	// sent need be made.
	Prepare func(context.Context, *Representation) error
}

// Bytes is a representation of the media type with the content. Its tag is
// strong: it is made from the content and the media type.
func Bytes(mediaType string, content []byte) Representation {
	sum := sha256.New()
	sum.Write([]byte(mediaType + "\n"))
	sum.Write(content)
	return Representation{
		Type:   mediaType,
		ETag:   `"` + hex.EncodeToString(sum.Sum(nil)[:16]) + `"`,
		Length: int64(len(content)),
		Open: func(context.Context) (io.ReadSeekCloser, error) {
			return nopCloser{bytes.NewReader(content)}, nil
		},
	}
}

type nopCloser struct{ io.ReadSeeker }

func (nopCloser) Close() error { return nil }
