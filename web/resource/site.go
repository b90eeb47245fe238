package resource

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/publish/address"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/web/theme"
)

// Site is what all resources of a server share.
type Site struct {
	Repositories Repositories
	Releases     Releases
	Blobs        Blobs
	Theme        Theme

	Name string // of the site; that of the theme if empty
	URL  string // where clients reach the server, "https://books.example"; empty if unknown
	SSH  string // the same for SSH, "ssh://git@books.example:2222"; empty without an SSH server
	Log  *slog.Logger

	Searchable bool // whether pages get a search form
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

// Path is the repository's place in URLs: OWNER/NAME.
func (r *Repository) Path() string { return r.Owner + "/" + r.Name }

// Address builds addresses in the repository, as absolute paths.
func (r *Repository) Address() address.Repository { return address.Of("", r.Path()) }

// What [Repositories] answers when it does not hand out a repository.
var (
	ErrNotFound     = errors.New("no such repository")           // 404: also to hide one
	ErrUnauthorized = errors.New("logging in might help")        // 401
	ErrForbidden    = errors.New("not allowed for this account") // 403
)

// Repositories finds repositories for whoever sends a request. Both methods may
// be called from many goroutines.
type Repositories interface {
	// Find is the repository, or an error that matches ErrNotFound,
	// ErrUnauthorized or ErrForbidden. Which of them it is decides what a
	// stranger can learn of a private repository.
	Find(ctx context.Context, r *http.Request, owner, name string) (*Repository, error)

	// List is all repositories that the sender may know of, by path.
	List(ctx context.Context, r *http.Request) ([]*Repository, error)
}

// Releases finds what has been published: [release.Store]. The error of
// something that is not there matches [release.ErrNotFound].
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

// Theme draws the dynamic pages: [theme.Theme].
type Theme interface {
	Catalogue(w io.Writer, v *theme.CatalogueView) error
	Repository(w io.Writer, v *theme.RepositoryView) error
	Contents(w io.Writer, v *theme.ContentsView) error
	Changes(w io.Writer, v *theme.ChangesView) error
	Change(w io.Writer, v *theme.ChangeView) error
	Releases(w io.Writer, v *theme.ReleasesView) error
	Pushes(w io.Writer, v *theme.PushesView) error
	Push(w io.Writer, v *theme.PushView) error
	Document(w io.Writer, v *theme.DocumentView) error
	Search(w io.Writer, v *theme.SearchView) error
	Error(w io.Writer, v *theme.ErrorView) error
	Flow(w io.Writer, v *theme.FlowView) error
	Assets() fs.FS
}
