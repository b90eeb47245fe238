package preview

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/publish/edition"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/report"
)

// Repository is one repository, without a database, that has drafts only.
type Repository struct {
	name string

	mu        sync.Mutex
	drafts    []*release.Draft
	manifests map[blobstore.Digest]*release.Manifest
	stale     map[string][]blobstore.Digest // by branch: of the build before, which somebody may still be reading
}

func newRepository(name string) *Repository {
	return &Repository{
		name:      name,
		manifests: map[blobstore.Digest]*release.Manifest{}, stale: map[string][]blobstore.Digest{},
	}
}

// The repository's id and owner, and the branch with the books of the folder.
const (
	ID            = "folder"
	Owner         = "local"
	DefaultBranch = previewBranch
)

// Name is the repository's name, which comes of the folder's.
func (s *Repository) Name() string { return s.name }

var odd = regexp.MustCompile(`[^a-z0-9]+`)

// repositoryName is a name for the repository of a folder.
func repositoryName(dir string) string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		abs = dir
	}
	name := strings.Trim(odd.ReplaceAllString(strings.ToLower(filepath.Base(abs)), "-"), "-")
	if name == "" {
		return "books"
	}
	return name[:min(len(name), 60)]
}

// put takes books in the place of those that the branch had.
func (s *Repository) put(branch string, books map[string]*release.Manifest, proof *edition.Proof) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.stale[branch] {
		delete(s.manifests, d)
	}
	s.stale[branch] = nil
	s.drafts = slices.DeleteFunc(s.drafts, func(d *release.Draft) bool {
		if d.Branch == branch {
			s.stale[branch] = append(s.stale[branch], d.Manifest)
		}
		return d.Branch == branch
	})
	counts := countsOf(proof)
	for _, m := range proof.Manifests {
		data, err := books[m.Book.Slug].Encode()
		if err != nil {
			return err
		}
		digest := blobstore.Digest(fmt.Sprintf("%s-%x", branch, sha256.Sum256(data))) // of no blob: nothing else asks for it
		s.manifests[digest] = m
		s.stale[branch] = slices.DeleteFunc(s.stale[branch], func(d blobstore.Digest) bool { return d == digest })
		s.drafts = append(s.drafts, &release.Draft{RepositoryID: ID, Branch: branch, Book: m.Book.Slug, Title: m.Book.Title,
			Manifest: digest, Problems: counts.Errors + counts.Warnings, Updated: time.Now()})
	}
	return nil
}

// countsOf are the numbers of problems.
func countsOf(proof *edition.Proof) report.Counts { return report.Of(proof.Problems, nil, 0).Counts }

// address is the path of an edition of a book.
func (s *Repository) address(slug, at string) string {
	return "/local/" + s.name + "/" + slug + "@" + at
}

// home is where a reader begins: the only book, or the list.
func (s *Repository) home() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	only := ""
	for _, d := range s.drafts {
		if d.Branch == previewBranch {
			if only != "" {
				return "/local/" + s.name
			}
			only = d.Book
		}
	}
	if only == "" {
		return "/local/" + s.name
	}
	return (&url.URL{Path: s.address(only, previewBranch)}).EscapedPath()
}

// Release implements the view's source of releases.
func (s *Repository) Release(context.Context, string, string, release.Number) (*release.Release, error) {
	return nil, release.ErrNotFound
}

// Latest implements the view's source of releases.
func (s *Repository) Latest(context.Context, string, string) (*release.Release, error) {
	return nil, release.ErrNotFound
}

// Releases implements the view's source of releases.
func (s *Repository) Releases(context.Context, string) ([]*release.Release, error) { return nil, nil }

// Draft implements the view's source of releases.
func (s *Repository) Draft(_ context.Context, _, branch, book string) (*release.Draft, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.drafts {
		if d.Branch == branch && d.Book == book {
			return d, nil
		}
	}
	return nil, release.ErrNotFound
}

// Drafts implements the view's source of releases.
func (s *Repository) Drafts(context.Context, string) ([]*release.Draft, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.drafts), nil
}

// Locate implements the view's source of releases: here no page has a past.
func (s *Repository) Locate(context.Context, string, string, *release.Manifest, string) (release.Location, error) {
	return release.Location{}, nil
}

// Manifest implements the view's source of releases.
func (s *Repository) Manifest(_ context.Context, d blobstore.Digest) (*release.Manifest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.manifests[d]; m != nil {
		return m, nil
	}
	return nil, release.ErrNotFound
}
