package store

import (
	"errors"
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

// Config configures a [Store]. View may be nil.
type Config struct {
	DB    database.DB
	Blobs blobstore.Store
	Git   *gitexec.Git
	Cache string // the folder for mirrors; one process at a time may use it
	Log   *slog.Logger

	// View returns a tree of a repository as readers of books see it, for example
	// with the content of LFS objects in the place of their pointers.
	View func(repositoryID string, tree fs.FS) fs.FS
}

// Store implements gitserver.Storage.
type Store struct {
	Repositories
	blobs blobstore.Store
	git   *gitexec.Git
	cache string
	log   *slog.Logger
	trees *pathpolicy.Known   // trees that were judged, of all repositories
	large *semaphore.Weighted // large packs that are being resolved

	view func(repositoryID string, tree fs.FS) fs.FS

	snapshots *lru.Cache[string, snapshot] // by repository id

	mu      sync.Mutex
	mirrors map[string]*mirror // by repository id

	live sync.Map // paths of the quarantines of pushes that are under way

	due due // repositories that maintenance should look at
}

// Open opens a store. It removes what interrupted pushes left in the cache folder;
// the mirrors are brought up to date when they are first used.
func Open(c Config) (*Store, error) {
	if err := os.MkdirAll(c.Cache, 0o700); err != nil {
		return nil, err
	}
	s := &Store{
		Repositories: Repositories{DB: c.DB},
		blobs:        c.Blobs,
		git:          c.Git,
		cache:        c.Cache,
		log:          c.Log,
		view:         c.View,
		snapshots:    lru.New[string, snapshot](maxSnapshots),
		trees:        pathpolicy.NewKnown(),
		large:        semaphore.NewWeighted(largePacks),
		mirrors:      map[string]*mirror{},
		due:          due{wake: make(chan struct{}, 1)},
	}
	if err := errors.Join(s.sweepQuarantines(), s.sweepRemoved()); err != nil {
		return nil, err
	}
	return s, nil
}

// Viewed returns the tree of a commit as readers of books see it.
func (s *Store) Viewed(repositoryID string, tree fs.FS) fs.FS {
	if s.view == nil {
		return tree
	}
	return s.view(repositoryID, tree)
}
