package resource

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/publish/address"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/web/theme"
)

// Site holds what all resources of a server share.
type Site struct {
	Repositories Repositories
	Releases     Releases
	Blobs        Blobs
	Theme        *theme.Theme

	Name string // of the site; "Rhaptos" if empty
	URL  string // where clients reach the server, "https://books.example"; empty if unknown
	SSH  string // the same for SSH, "ssh://git@books.example:2222"; empty without an SSH server
	Log  *slog.Logger

	Searchable bool // whether pages get a search form

	// SharedMaxAge is how long shared caches may send what is public without asking
	// the server. Zero: they ask each time, so that a change takes effect at once.
	SharedMaxAge time.Duration
}

// Repository is a repository as it is shown.
type Repository struct {
	ID            string
	Owner         string
	Name          string
	DefaultBranch string // short name
	Private       bool
	Version       int64 // grows with every change of a ref
}

// Path returns OWNER/NAME.
func (r *Repository) Path() string { return r.Owner + "/" + r.Name }

// Address builds addresses in the repository, as absolute paths.
func (r *Repository) Address() address.Repository { return address.Of("", r.Path()) }

// Repositories finds repositories for the sender of a request. It is safe for
// concurrent use.
type Repositories interface {
	// Authenticate checks the credentials of the request. The error matches
	// ErrUnauthorized if they are wrong or no longer valid, and is a TooManyError
	// if the sender has to wait. A request without credentials passes.
	Authenticate(ctx context.Context, r *http.Request) error

	// Find returns the repository, or an error that matches ErrNotFound,
	// ErrUnauthorized or ErrForbidden, or is a TooManyError. The choice between them must not reveal a
	// private repository.
	Find(ctx context.Context, r *http.Request, owner, name string) (*Repository, error)

	// List returns all repositories that the sender may see, by path. Its errors
	// are those of Authenticate.
	List(ctx context.Context, r *http.Request) ([]*Repository, error)
}

// Releases finds releases and drafts: [release.Store]. If there is none, the error
// matches [release.ErrNotFound].
type Releases interface {
	Release(ctx context.Context, repositoryID, book string, n release.Number) (*release.Release, error)
	Latest(ctx context.Context, repositoryID, book string) (*release.Release, error)
	Releases(ctx context.Context, repositoryID string) ([]*release.Release, error)
	Draft(ctx context.Context, repositoryID, branch, book string) (*release.Draft, error)
	Drafts(ctx context.Context, repositoryID string) ([]*release.Draft, error)
	Manifest(ctx context.Context, d blobstore.Digest) (*release.Manifest, error)

	// Locate looks for a page that an edition with the manifest does not have.
	Locate(ctx context.Context, repositoryID, book string, m *release.Manifest, slug string) (release.Location, error)
}

// Blobs opens the files of releases: a [blobstore.Store].
type Blobs interface {
	Open(ctx context.Context, d blobstore.Digest) (io.ReadSeekCloser, error)
}

// OpenBlob opens a file of a release. The address says in the error, and so in the
// log, what a lost or damaged file belongs to.
func (s *Site) OpenBlob(ctx context.Context, d blobstore.Digest, address string) (io.ReadSeekCloser, error) {
	f, err := s.Blobs.Open(ctx, d)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", address, err)
	}
	return f, nil
}
