package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
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
	"github.com/rhaptos/rhaptos/web/resource"
)

// bookshelf is one repository, without a database, that has drafts only.
type bookshelf struct {
	repository *resource.Repository

	mu        sync.Mutex
	drafts    []*release.Draft
	manifests map[blobstore.Digest]*release.Manifest
	stale     map[string][]blobstore.Digest // by branch: of the build before, which somebody may still be reading
}

func newBookshelf(name string) *bookshelf {
	return &bookshelf{
		repository: &resource.Repository{ID: "folder", Owner: "local", Name: name, DefaultBranch: previewBranch},
		manifests:  map[blobstore.Digest]*release.Manifest{}, stale: map[string][]blobstore.Digest{},
	}
}

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
func (s *bookshelf) put(branch string, books map[string]*release.Manifest, proof *edition.Proof) error {
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
		s.drafts = append(s.drafts, &release.Draft{RepositoryID: s.repository.ID, Branch: branch, Book: m.Book.Slug, Title: m.Book.Title,
			Manifest: digest, Problems: counts.Errors + counts.Warnings, Updated: time.Now()})
	}
	return nil
}

// countsOf are the numbers of problems.
func countsOf(proof *edition.Proof) report.Counts { return report.Of(proof.Problems, nil, 0).Counts }

// address is the path of an edition of a book.
func (s *bookshelf) address(slug, at string) string {
	return "/local/" + s.repository.Name + "/" + slug + "@" + at
}

// home is where a reader begins: the only book, or the list.
func (s *bookshelf) home() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	only := ""
	for _, d := range s.drafts {
		if d.Branch == previewBranch {
			if only != "" {
				return "/local/" + s.repository.Name
			}
			only = d.Book
		}
	}
	if only == "" {
		return "/local/" + s.repository.Name
	}
	return (&url.URL{Path: s.address(only, previewBranch)}).EscapedPath()
}

// Find implements resource.Repositories.
func (s *bookshelf) Find(_ context.Context, _ *http.Request, owner, name string) (*resource.Repository, error) {
	if owner != s.repository.Owner || name != s.repository.Name {
		return nil, resource.ErrNotFound
	}
	return s.repository, nil
}

// List implements resource.Repositories.
func (s *bookshelf) List(context.Context, *http.Request) ([]*resource.Repository, error) {
	return []*resource.Repository{s.repository}, nil
}

// Release implements resource.Releases.
func (s *bookshelf) Release(context.Context, string, string, release.Number) (*release.Release, error) {
	return nil, release.ErrNotFound
}

// Latest implements resource.Releases.
func (s *bookshelf) Latest(context.Context, string, string) (*release.Release, error) {
	return nil, release.ErrNotFound
}

// Releases implements resource.Releases.
func (s *bookshelf) Releases(context.Context, string) ([]*release.Release, error) { return nil, nil }

// Draft implements resource.Releases.
func (s *bookshelf) Draft(_ context.Context, _, branch, book string) (*release.Draft, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.drafts {
		if d.Branch == branch && d.Book == book {
			return d, nil
		}
	}
	return nil, release.ErrNotFound
}

// Drafts implements resource.Releases.
func (s *bookshelf) Drafts(context.Context, string) ([]*release.Draft, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.drafts), nil
}

// Locate implements resource.Releases: here no page has a past.
func (s *bookshelf) Locate(context.Context, string, string, *release.Manifest, string) (release.Location, error) {
	return release.Location{}, nil
}

// Manifest implements resource.Releases.
func (s *bookshelf) Manifest(_ context.Context, d blobstore.Digest) (*release.Manifest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.manifests[d]; m != nil {
		return m, nil
	}
	return nil, release.ErrNotFound
}
