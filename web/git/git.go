package git

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/resource"
)

// Request is a request for a repository by Smart HTTP. Authorize is called first. A
// [ClientError] is reported to the client.
type Request interface {
	// Authorize checks that the sender may use the verb on the repository:
	// git-upload-pack, git-upload-archive or git-receive-pack.
	Authorize(r *http.Request, verb string) error

	// Advertise writes the refs for the verb.
	Advertise(ctx context.Context, w io.Writer) error

	// Exchange reads the content of the request, which may be compressed with
	// gzip, and writes the response, also while it still reads.
	Exchange(w http.ResponseWriter, r *http.Request) error

	// Bundle opens the bundle of the name. The entity tag is strong; private
	// tells whether the repository is.
	Bundle(ctx context.Context, name string) (b io.ReadSeekCloser, size int64, tag string, private bool, err error)
}

// Verbs of the pack protocol.
const (
	UploadPack    = "git-upload-pack"
	UploadArchive = "git-upload-archive"
	ReceivePack   = "git-receive-pack"
)

// maxFetch limits the content of a fetch, in bytes as sent, as git-http-backend(1)
// does.
const maxFetch = 10 << 20

// gitCacheControl is required for every response by gitprotocol-http(5): caches
// must not keep it.
const gitCacheControl = "no-cache, max-age=0, must-revalidate"

// cacheControl returns the value of the field for a response of git's. What was
// sent to somebody in particular, as all of a private repository is, no shared
// cache may keep even to ask again: must-revalidate would allow it (RFC 9111,
// section 3.5).
func cacheControl(r *http.Request) string {
	if r.Header.Get("Authorization") != "" {
		return "private, " + gitCacheControl
	}
	return gitCacheControl
}

// gitFields are the fields for HTTP/1.0 caches.
var gitFields = http.Header{"Pragma": {"no-cache"}, "Expires": {"Fri, 01 Jan 1980 00:00:00 GMT"}}

// toGitUser writes errors as one sentence, which git shows to its user.
type toGitUser struct{}

// ErrorType implements [decision.ErrorForm].
func (toGitUser) ErrorType() string { return resource.TypeText }

// WriteError implements [decision.ErrorForm].
func (toGitUser) WriteError(w io.Writer, p decision.Problem) error {
	_, err := io.WriteString(w, p.Detail+"\n")
	return err
}

// advertisement is "/OWNER/REPO/info/refs": the refs.
type advertisement struct {
	decision.Defaults
	toGitUser
	git  Request
	verb string // of the query
}

// Access checks that the query names one verb, and authorises it.
func (x *advertisement) Access(r *http.Request) (decision.Access, error) {
	switch r.URL.RawQuery {
	case "service=" + UploadPack:
		x.verb = UploadPack
	case "service=" + ReceivePack:
		x.verb = ReceivePack
	case "":
		return decision.Access{Forbidden: true, Reason: "the dumb HTTP protocol is not served: use a git client of version 1.6.6 or newer"}, nil
	default:
		return decision.Access{Forbidden: true, Reason: "no such service: ask for service=" + UploadPack + " or service=" + ReceivePack}, nil
	}
	return accessOf(x.git.Authorize(r, x.verb))
}

// Strict is false: there is one form, and git knows it.
func (*advertisement) Strict(*http.Request, string) bool { return false }

// Representations returns the current refs.
func (x *advertisement) Representations(r *http.Request) ([]decision.Representation, error) {
	return []decision.Representation{{
		Type:         "application/x-" + x.verb + "-advertisement",
		CacheControl: cacheControl(r), Header: gitFields, NoRanges: true,
		Prepare: func(ctx context.Context, r *decision.Representation) error {
			var b bytes.Buffer
			err := x.git.Advertise(ctx, &b)
			r.Content = b.Bytes()
			return err
		},
	}}, nil
}

// exchange is "/OWNER/REPO/git-upload-pack", "git-upload-archive" and
// "git-receive-pack": the contents of the request and the response are the two directions of the pack protocol.
type exchange struct {
	decision.Defaults
	toGitUser
	git     Request
	verb    string
	timeout time.Duration
}

// Methods returns POST.
func (*exchange) Methods(*http.Request) []string { return []string{http.MethodPost} }

// Malformed rejects a query.
func (x *exchange) Malformed(r *http.Request) string {
	if r.Method == http.MethodPost && (r.URL.RawQuery != "" || r.URL.ForceQuery) {
		return "a POST to " + x.verb + " has no query"
	}
	return ""
}

// Access authorises the verb; OPTIONS needs read access only.
func (x *exchange) Access(r *http.Request) (decision.Access, error) {
	if r.Method == http.MethodOptions {
		return accessOf(x.git.Authorize(r, UploadPack))
	}
	return accessOf(x.git.Authorize(r, x.verb))
}

// Content accepts the verb's media type, also compressed. A push may have any
// length.
func (x *exchange) Content(*http.Request, string) decision.Content {
	taken := decision.Content{
		Types:   []string{"application/x-" + x.verb + "-request"},
		Codings: []string{"gzip"}, Limit: maxFetch, Timeout: x.timeout, Duplex: true,
	}
	if x.verb == ReceivePack {
		taken.Limit = -1
	}
	return taken
}

// Process runs the exchange.
func (x *exchange) Process(w http.ResponseWriter, r *http.Request) (decision.Outcome, error) {
	h := w.Header()
	h["Content-Type"] = []string{"application/x-" + x.verb + "-result"}
	h["Cache-Control"] = []string{cacheControl(r)}
	h["Pragma"], h["Expires"] = gitFields["Pragma"], gitFields["Expires"]
	return outcomeOf(x.git.Exchange(w, r))
}

// bundle is "/OWNER/REPO/-/bundles/NAME": the history of a release in a file.
type bundle struct {
	decision.Defaults
	toGitUser
	git    Request
	name   string
	public func(directives string) string

	file    io.ReadSeekCloser // opened by Access; nil if there is none
	size    int64
	tag     string
	private bool
	missing string // the reason
}

// Access authorises reading and opens the bundle. Building a new one may need a
// free slot.
func (x *bundle) Access(r *http.Request) (decision.Access, error) {
	access, err := accessOf(x.git.Authorize(r, UploadPack))
	if err != nil || resource.Refused(access) || r.Method == http.MethodOptions {
		return access, err
	}
	x.file, x.size, x.tag, x.private, err = x.git.Bundle(r.Context(), x.name)
	if x.missing = notFound(err); x.missing != "" {
		return decision.Access{}, nil
	}
	return accessOf(err)
}

// Close closes the bundle.
func (x *bundle) Close() error {
	if x.file == nil {
		return nil
	}
	return x.file.Close()
}

// State says whether there is such a bundle.
func (x *bundle) State(*http.Request) (decision.State, error) {
	if x.missing != "" {
		return decision.State{Existence: decision.Missing, Reason: x.missing}, nil
	}
	return decision.State{}, nil
}

// Strict is false, as for all requests of git.
func (*bundle) Strict(*http.Request, string) bool { return false }

// Representations returns the bundle. Its bytes never change, but access to them
// may, so caches keep it for a day only.
func (x *bundle) Representations(*http.Request) ([]decision.Representation, error) {
	const directives = "max-age=86400, immutable"
	cache := x.public(directives)
	if x.private {
		cache = "private, " + directives
	}
	return []decision.Representation{{
		Type: "application/x-git-bundle", ETag: x.tag, Length: x.size, CacheControl: cache,
		Open: func(context.Context) (io.ReadSeekCloser, error) { return lent{x.file}, nil },
	}}, nil
}

// lent is a file that its owner closes.
type lent struct{ io.ReadSeeker }

func (lent) Close() error { return nil }
