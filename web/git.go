package web

import (
	"bytes"
	"context"
	"io"
	"net/http"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/route"
)

// GitRequest is one request for a repository by git's Smart HTTP
// (gitprotocol-http(5)). Authorize comes before all else. An error that is a
// [ClientError] is for the client.
type GitRequest interface {
	// Authorize asks whether whoever sends the request may use the verb on the
	// repository: git-upload-pack or git-receive-pack.
	Authorize(r *http.Request, verb string) error

	// Advertise writes the refs for the verb.
	Advertise(ctx context.Context, w io.Writer) error

	// Exchange reads the request's content, which may have the coding gzip, and
	// writes the answer, also while it still reads.
	Exchange(w http.ResponseWriter, r *http.Request) error

	// Bundle opens the bundle of the name. The tag is strong; private says that
	// only who may read the repository may have it.
	Bundle(ctx context.Context, name string) (b io.ReadSeekCloser, size int64, tag string, private bool, err error)
}

// The verbs.
const (
	uploadPack  = "git-upload-pack"
	receivePack = "git-receive-pack"
)

// maxFetch is how many bytes the content of a fetch may have as sent, as in
// git-http-backend(1).
const maxFetch = 10 << 20

// gitCacheControl is what gitprotocol-http(5) demands of every answer: caches
// must not keep it.
const gitCacheControl = "no-cache, max-age=0, must-revalidate"

// gitFields are those for caches of HTTP/1.0.
var gitFields = http.Header{"Pragma": {"no-cache"}, "Expires": {"Fri, 01 Jan 1980 00:00:00 GMT"}}

// toGitUser has errors told in one sentence, as git shows it to its user.
type toGitUser struct{}

// ErrorType implements [decision.ErrorForm].
func (toGitUser) ErrorType() string { return resource.TypeText }

// WriteError implements [decision.ErrorForm].
func (toGitUser) WriteError(w io.Writer, p decision.Problem) error {
	_, err := io.WriteString(w, p.Detail+"\n")
	return err
}

func openAdvertisement(s *site, m route.Match) decision.Resource {
	if s.Git == nil {
		return nil
	}
	return &advertisement{git: s.Git(m.Owner, m.Repo)}
}

func openUploadPack(s *site, m route.Match) decision.Resource { return s.exchange(m, uploadPack) }

func openReceivePack(s *site, m route.Match) decision.Resource { return s.exchange(m, receivePack) }

func (s *site) exchange(m route.Match, verb string) decision.Resource {
	if s.Git == nil {
		return nil
	}
	return &exchange{git: s.Git(m.Owner, m.Repo), verb: verb, site: s}
}

// advertisement is "/OWNER/REPO/info/refs": what refs there are.
type advertisement struct {
	decision.Defaults
	toGitUser
	git  GitRequest
	verb string // of the query
}

// Access reads the query, which is exactly one verb.
func (x *advertisement) Access(r *http.Request) (decision.Access, error) {
	switch r.URL.RawQuery {
	case "service=" + uploadPack:
		x.verb = uploadPack
	case "service=" + receivePack:
		x.verb = receivePack
	case "":
		return decision.Access{Forbidden: true, Reason: "the dumb HTTP protocol is not served: use a git client of version 1.6.6 or newer"}, nil
	default:
		return decision.Access{Forbidden: true, Reason: "no such service: ask for service=" + uploadPack + " or service=" + receivePack}, nil
	}
	return accessOf(x.git.Authorize(r, x.verb))
}

// Strict is false: there is one form, and git knows it.
func (*advertisement) Strict(*http.Request, string) bool { return false }

// Representations is the refs as they are at this moment.
func (x *advertisement) Representations(*http.Request) ([]decision.Representation, error) {
	return []decision.Representation{{
		Type:         "application/x-" + x.verb + "-advertisement",
		CacheControl: gitCacheControl, Header: gitFields, NoRanges: true,
		Prepare: func(ctx context.Context, r *decision.Representation) error {
			var b bytes.Buffer
			err := x.git.Advertise(ctx, &b)
			r.Content = b.Bytes()
			return err
		},
	}}, nil
}

// exchange is "/OWNER/REPO/git-upload-pack" and "git-receive-pack": the content
// of a request and that of the answer are the two directions of the pack
// protocol.
type exchange struct {
	decision.Defaults
	toGitUser
	git  GitRequest
	verb string
	site *site
}

// Methods are POST.
func (*exchange) Methods(*http.Request) []string { return []string{http.MethodPost} }

// Malformed is a query.
func (x *exchange) Malformed(r *http.Request) string {
	if r.Method == http.MethodPost && (r.URL.RawQuery != "" || r.URL.ForceQuery) {
		return "a POST to " + x.verb + " has no query"
	}
	return ""
}

// Access is that to the repository. Who may read it may learn that one can push.
func (x *exchange) Access(r *http.Request) (decision.Access, error) {
	if r.Method == http.MethodOptions {
		return accessOf(x.git.Authorize(r, uploadPack))
	}
	return accessOf(x.git.Authorize(r, x.verb))
}

// Content is git's, and may be compressed. A push may have any length.
func (x *exchange) Content(*http.Request, string) decision.Content {
	taken := decision.Content{
		Types:   []string{"application/x-" + x.verb + "-request"},
		Codings: []string{"gzip"}, Limit: maxFetch, Timeout: x.site.Timeout, Duplex: true,
	}
	if x.verb == receivePack {
		taken.Limit = -1
	}
	return taken
}

// Process lets the two sides talk.
func (x *exchange) Process(w http.ResponseWriter, r *http.Request) (decision.Outcome, error) {
	h := w.Header()
	h["Content-Type"] = []string{"application/x-" + x.verb + "-result"}
	h["Cache-Control"] = []string{gitCacheControl}
	h["Pragma"], h["Expires"] = gitFields["Pragma"], gitFields["Expires"]
	return outcomeOf(x.git.Exchange(w, r))
}

// bundle is "/OWNER/REPO/-/bundles/NAME": all of a release's history in a file.
type bundle struct {
	decision.Defaults
	toGitUser
	git  GitRequest
	name string

	file    io.ReadSeekCloser // opened by Access; nil if there is none
	size    int64
	tag     string
	private bool
	missing string // why there is none
}

func openBundle(s *site, m route.Match) decision.Resource {
	if s.Git == nil {
		return nil
	}
	return &bundle{git: s.Git(m.Owner, m.Repo), name: m.Name}
}

// Access is that to the repository, and to one of the places for making a bundle
// that nobody has asked for before.
func (x *bundle) Access(r *http.Request) (decision.Access, error) {
	access, err := accessOf(x.git.Authorize(r, uploadPack))
	if err != nil || resource.Refused(access) || r.Method == http.MethodOptions {
		return access, err
	}
	x.file, x.size, x.tag, x.private, err = x.git.Bundle(r.Context(), x.name)
	if x.missing = notFound(err); x.missing != "" {
		return decision.Access{}, nil
	}
	return accessOf(err)
}

// Close gives the bundle back.
func (x *bundle) Close() error {
	if x.file == nil {
		return nil
	}
	return x.file.Close()
}

// State is whether there is the bundle.
func (x *bundle) State(*http.Request) (decision.State, error) {
	if x.missing != "" {
		return decision.State{Existence: decision.Missing, Reason: x.missing}, nil
	}
	return decision.State{}, nil
}

// Strict is false, as for all that git asks for.
func (*bundle) Strict(*http.Request, string) bool { return false }

// Representations is the bundle. Its bytes never change, but whether they may be
// had can: so caches keep it for a day and not for ever.
func (x *bundle) Representations(*http.Request) ([]decision.Representation, error) {
	scope := "public"
	if x.private {
		scope = "private"
	}
	return []decision.Representation{{
		Type: "application/x-git-bundle", ETag: x.tag, Length: x.size, CacheControl: scope + ", max-age=86400, immutable",
		Open: func(context.Context) (io.ReadSeekCloser, error) { return lent{x.file}, nil },
	}}, nil
}

// lent is a file that somebody else closes.
type lent struct{ io.ReadSeeker }

func (lent) Close() error { return nil }
