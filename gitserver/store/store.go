package store

import (
	"io/fs"
	"log/slog"
	"os"
	"sync"

	"golang.org/x/sync/semaphore"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/gitexec"
	"github.com/rhaptos/rhaptos/gitserver/lru"
	"github.com/rhaptos/rhaptos/gitserver/pathpolicy"
)

// Store implements gitserver.Storage. One process at a time may use its cache
// folder.
type Store struct {
	Repositories
	blobs blobstore.Store
	git   *gitexec.Git
	cache string
	log   *slog.Logger
	trees *pathpolicy.Known   // trees that were judged, of all repositories
	large *semaphore.Weighted // large packs that are being resolved

	// View is how the trees of a repository's commits are shown to those who
	// read books; nil shows them as they are.
	View func(repositoryID string, tree fs.FS) fs.FS

	snapshots *lru.Cache[string, snapshot] // by repository id

	mu      sync.Mutex
	mirrors map[string]*mirror // by repository id

	live sync.Map // paths of the quarantines of pushes that are under way

	due due // repositories that maintenance should look at
}

// Open makes a store over the database and the blobs, with mirrors in the
// folder cache. What interrupted pushes left there is removed; the mirrors
// themselves are brought up to date when they are first used.
func Open(db database.DB, blobs blobstore.Store, git *gitexec.Git, cache string, log *slog.Logger) (*Store, error) {
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return nil, err
	}
	s := &Store{
		Repositories: Repositories{DB: db},
		blobs:        blobs,
		git:          git,
		cache:        cache,
		log:          log,
		snapshots:    lru.New[string, snapshot](maxSnapshots),
		trees:        pathpolicy.NewKnown(),
		large:        semaphore.NewWeighted(largePacks),
		mirrors:      map[string]*mirror{},
		due:          due{wake: make(chan struct{}, 1)},
	}
	if err := s.sweepQuarantines(); err != nil {
		return nil, err
	}
	return s, nil
}

// Viewed is the tree of a repository's commit as readers of books see it.
func (s *Store) Viewed(repositoryID string, tree fs.FS) fs.FS {
	if s.View == nil {
		return tree
	}
	return s.View(repositoryID, tree)
}
