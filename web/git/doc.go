// Package git serves git's Smart HTTP (gitprotocol-http(5)), bundles of releases,
// and Git LFS. What the requests mean is decided behind [Request] and
// [LFSRequest]; here they become resources, and errors for the client, [ClientError],
// outcomes of HTTP.
package git

import (
	"time"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/route"
)

// Config says what is served. Nothing is found at the paths of what is nil.
type Config struct {
	// Git begins a request at /OWNER/REPO[.git]/info/refs, /git-upload-pack,
	// /git-upload-archive, /git-receive-pack, or below /OWNER/REPO/-/bundles/.
	Git func(owner, name string) Request

	// LFS begins a request below /OWNER/REPO[.git]/info/lfs/ and returns the
	// methods of the endpoint, none if there is no such endpoint.
	LFS func(owner, name, path string) (r LFSRequest, methods []string)

	// Timeout is how long a client may neither send nor take a byte that is waited
	// for. A whole transfer may take any time.
	Timeout time.Duration

	// Public returns the value of Cache-Control for what everybody may get, given
	// the other directives.
	Public func(directives string) string
}

// Advertisement opens "/OWNER/REPO/info/refs".
func (c Config) Advertisement(m route.Match) decision.Resource {
	if c.Git == nil {
		return nil
	}
	return &advertisement{git: c.Git(m.Owner, m.Repo)}
}

// Exchange opens "/OWNER/REPO/git-upload-pack", "git-upload-archive" or
// "git-receive-pack", the verb.
func (c Config) Exchange(m route.Match, verb string) decision.Resource {
	if c.Git == nil {
		return nil
	}
	return &exchange{git: c.Git(m.Owner, m.Repo), verb: verb, timeout: c.Timeout}
}

// Bundle opens "/OWNER/REPO/-/bundles/NAME".
func (c Config) Bundle(m route.Match) decision.Resource {
	if c.Git == nil {
		return nil
	}
	return &bundle{git: c.Git(m.Owner, m.Repo), name: m.Name, public: c.Public}
}

// LFSEndpoint opens an endpoint of Git LFS; nil if there is none.
func (c Config) LFSEndpoint(m route.Match) decision.Resource {
	if c.LFS == nil {
		return nil
	}
	q, methods := c.LFS(m.Owner, m.Repo, m.Path)
	if len(methods) == 0 {
		return nil
	}
	return &lfs{request: q, methods: methods, path: m.Path, timeout: c.Timeout}
}
