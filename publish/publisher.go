package publish

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"github.com/riverqueue/river"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/edition"
	"github.com/rhaptos/rhaptos/publish/release"
)

// Source opens the trees of commits.
type Source interface {
	// Tree opens the tree of a commit, a hexadecimal object id, until close is
	// called. It may be read by several goroutines. The error of a commit that
	// is not there matches fs.ErrNotExist.
	Tree(ctx context.Context, repositoryID, commit string) (tree fs.FS, close func() error, err error)
}

// Config says how a Publisher works.
type Config struct {
	DB         database.DB
	Releases   *release.Store
	Blobs      blobstore.Store
	Source     Source
	Theme      edition.Theme
	Analysis   analysis.Cache // of analyses and of built pages; nil: none
	Announcers []Announcer    // are called in this order
	Version    string         // of the program and its theme; pages that another version built are built anew
	BaseURL    string         // where readers find this server, such as https://books.example.org
	Log        *slog.Logger
}

// Publisher turns publications into releases and drafts.
type Publisher struct {
	Config
	started time.Time

	mu      sync.Mutex
	running map[job]bool
}

// New returns a publisher. It does nothing until its worker is started.
func New(c Config) *Publisher {
	return &Publisher{Config: c, started: time.Now(), running: map[job]bool{}}
}

// AddWorker registers the workers that do the publisher's jobs.
func (p *Publisher) AddWorker(workers *river.Workers) {
	river.AddWorker(workers, &worker{Publisher: p})
	river.AddWorker(workers, &embargoWorker{Publisher: p})
	river.AddWorker(workers, &announceWorker{Publisher: p})
}

// Resume wakes workers for all that an earlier process left undone; see [Resume].
func (p *Publisher) Resume(ctx context.Context) error {
	return errors.Join(Resume(ctx, p.DB), p.resumeReleases(ctx))
}
