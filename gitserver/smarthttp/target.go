package smarthttp

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/rhaptos/rhaptos/gitserver"
)

// The verbs: the names that git gives its services on the wire.
const (
	uploadPack  = "git-upload-pack"  // the client fetches
	receivePack = "git-receive-pack" // the client pushes
)

// target is what a request is addressed to.
type target struct {
	owner, name string
	verb        string
	advertise   bool   // the refs; otherwise the exchange itself
	bundle      string // the name of a bundle; then there is no verb
}

// endpoints are the ends of the paths, and the method that each takes.
var endpoints = []struct{ suffix, method string }{
	{"/info/refs", http.MethodGet},
	{"/" + uploadPack, http.MethodPost},
	{"/" + receivePack, http.MethodPost},
}

// IsGit reports whether a request's path is one of Smart HTTP, whatever its
// method: the rest of the server has no business with it.
func IsGit(r *http.Request) bool {
	_, _, _, _, ok := splitPath(r.URL.EscapedPath())
	return ok || isBundle(r)
}

// bundlePath is the path of a bundle, named by its commit.
var bundlePath = regexp.MustCompile(`^/([^/]+/[^/]+)/-/bundles/([0-9a-f]{40}\.bundle)$`)

func isBundle(r *http.Request) bool {
	_, found := splitBundle(r.URL.EscapedPath())
	return found
}

func splitBundle(path string) (t target, ok bool) {
	m := bundlePath.FindStringSubmatch(path)
	if m == nil || strings.HasSuffix(m[1], ".git") {
		return target{}, false
	}
	t.owner, t.name, ok = gitserver.SplitPath(m[1])
	t.bundle = m[2]
	return t, ok
}

// splitPath works on the path as it was sent: names need no escapes, so one
// that has them is no path of a repository.
func splitPath(path string) (owner, name, suffix, method string, ok bool) {
	for _, e := range endpoints {
		if rest, found := strings.CutSuffix(path, e.suffix); found && strings.HasPrefix(rest, "/") {
			owner, name, ok = gitserver.SplitPath(rest[1:])
			return owner, name, e.suffix, e.method, ok
		}
	}
	return "", "", "", "", false
}

// parseTarget checks all of the request's head that has nothing to do with who
// sends it or with what there is.
func parseTarget(r *http.Request) (target, *refusal) {
	if t, ok := splitBundle(r.URL.EscapedPath()); ok {
		return t, checkBundle(r)
	}
	owner, name, suffix, method, ok := splitPath(r.URL.EscapedPath())
	if !ok {
		return target{}, refuse(http.StatusNotFound, "no git repository is at this path: clone URLs end in /OWNER/NAME or /OWNER/NAME.git")
	}
	if r.Method != method {
		return target{}, refusedMethod(method)
	}
	t := target{owner: owner, name: name, verb: strings.TrimPrefix(suffix, "/")}
	if method == http.MethodGet {
		return parseQuery(r, t)
	}
	return t, checkPost(r, t.verb)
}

func refusedMethod(allow string) *refusal {
	refused := refuse(http.StatusMethodNotAllowed, "this path takes "+allow+" only")
	refused.allow = allow
	return refused
}

func checkBundle(r *http.Request) *refusal {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return refusedMethod("GET, HEAD")
	}
	return nil
}

// parseQuery reads the query of info/refs, which is exactly one service.
func parseQuery(r *http.Request, t target) (target, *refusal) {
	t.advertise = true
	switch r.URL.RawQuery {
	case "service=" + uploadPack:
		t.verb = uploadPack
	case "service=" + receivePack:
		t.verb = receivePack
	case "":
		return target{}, refuse(http.StatusForbidden, "the dumb HTTP protocol is not served: use a git client of version 1.6.6 or newer")
	default:
		return target{}, refuse(http.StatusForbidden, "no such service: ask for service="+uploadPack+" or service="+receivePack)
	}
	return t, nil
}

func checkPost(r *http.Request, verb string) *refusal {
	if r.URL.RawQuery != "" || r.URL.ForceQuery {
		return refuse(http.StatusBadRequest, "a POST to "+verb+" has no query")
	}
	want := "application/x-" + verb + "-request"
	if got := r.Header.Values("Content-Type"); len(got) != 1 || got[0] != want {
		return refuse(http.StatusUnsupportedMediaType, "the Content-Type of a POST to "+verb+" must be "+want)
	}
	if _, ok := gzipped(r.Header); !ok {
		refused := refuse(http.StatusUnsupportedMediaType, "the only Content-Encoding that is understood is gzip")
		refused.acceptEncoding = "gzip"
		return refused
	}
	return nil
}

// gzipped reports whether the body is compressed; ok is false for any coding
// that is not gzip, and for more than one.
func gzipped(h http.Header) (compressed, ok bool) {
	values := h.Values("Content-Encoding")
	if len(values) == 0 {
		return false, true
	}
	if len(values) > 1 {
		return false, false
	}
	switch strings.ToLower(values[0]) {
	case "gzip", "x-gzip":
		return true, true
	case "", "identity":
		return false, true
	}
	return false, false
}

var protocolVersion = regexp.MustCompile(`^version=[012]$`)

// protocol is the version that the client asks for, empty if it is none that
// git has.
func protocol(h http.Header) string {
	values := h.Values("Git-Protocol")
	if len(values) != 1 || !protocolVersion.MatchString(values[0]) {
		return ""
	}
	return values[0]
}
