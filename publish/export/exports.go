package export

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"runtime/debug"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/failpoint"
	"github.com/rhaptos/rhaptos/publish"
	"github.com/rhaptos/rhaptos/publish/address"
	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/export/archive"
	"github.com/rhaptos/rhaptos/publish/export/content"
	"github.com/rhaptos/rhaptos/publish/export/pdf"
	"github.com/rhaptos/rhaptos/publish/release"
)

// Limits of time.
const (
	patience   = 15 * time.Second // of a request, for a file that is generated quickly
	makeLimit  = 14 * time.Minute // of one file; less than after which the queue gives a job to another worker
	retryAfter = 5 * time.Minute  // after which one that failed is tried anew
)

// maxQuick limits the size, in bytes, of a release for which a request waits until
// the export is generated.
const maxQuick = 128 << 20

// ErrUnavailable says that this server cannot generate files of the format. Its text
// is for whoever asked.
var ErrUnavailable = errors.New("not available")

// errNotStored ends the writing of a file that the store has stopped reading.
var errNotStored = errors.New("the store reads no more")

// Config configures Exports.
type Config struct {
	DB       database.DB
	Releases *release.Store
	Blobs    blobstore.Store
	Source   publish.Source
	Analysis analysis.Cache // nil: nothing is known
	Chromium *pdf.Chromium  // prints PDFs; nil: there are none
	BaseURL  string         // where readers find this server
	Log      *slog.Logger
}

// Exports generates exports and records them. It is a [publish.Announcer].
type Exports struct {
	Config
	*archive.Archive
	flight  singleflight.Group
	started time.Time
	heavy   chan struct{} // holds one while a file is being generated
	press   chan struct{} // the same for files that are printed, which takes minutes
}

// New returns Exports. Nothing is done in the background until the worker is
// started.
func New(c Config) *Exports {
	x := &Exports{Config: c, started: time.Now(), heavy: make(chan struct{}, 1), press: make(chan struct{}, 1)}
	x.Archive = archive.New(archive.Config{DB: c.DB, Releases: c.Releases, Blobs: c.Blobs, Address: x.address})
	return x
}

// turn returns the channel that a file of the format holds while it is generated.
func (x *Exports) turn(format string) chan struct{} {
	if format == PDFFormat.Name {
		return x.press
	}
	return x.heavy
}

// Announce requests the exports of a release that has appeared or come back.
func (x *Exports) Announce(ctx context.Context, tx database.Tx, e publish.Event) error {
	if e.Type != publish.ReleasePublished && e.Type != publish.ReleaseRestored {
		return nil
	}
	n, ok := release.ParseNumber(e.Data.Number)
	if !ok {
		return fmt.Errorf("export %s: %q is no number", e.Data.Book, e.Data.Number)
	}
	return request(ctx, tx, Key{e.RepositoryID, e.Data.Book, n, plan})
}

// Export returns the file of the format. If there is none yet it is generated, and
// the caller waits unless that takes long. The result is an export that is ready;
// one that is pending, to be asked for after wait; or one that has failed, and will
// be tried anew after wait. The error of a format that cannot be generated here
// matches ErrUnavailable.
func (x *Exports) Export(ctx context.Context, r *release.Release, f Format) (e *Export, wait time.Duration, err error) {
	k := Key{r.RepositoryID, r.Book, r.Number, f.Name}
	e, err = load(ctx, x.DB, k)
	if err != nil {
		return nil, 0, err
	}
	switch {
	case e != nil && e.State == Ready:
		if there, err := x.stored(ctx, e); err != nil || there {
			return e, 0, err
		}
		if err := x.drop(ctx, k); err != nil {
			return nil, 0, err
		}
		e = nil
	case e != nil && e.State == Failed && time.Since(e.Ended) < retryAfter:
		return e, retryAfter - time.Since(e.Ended), nil
	}
	if err := x.possible(f); err != nil {
		return nil, 0, err
	}
	if e == nil || e.State != Pending {
		if err := x.DB.Write(ctx, func(ctx context.Context, tx database.Tx) error { return request(ctx, tx, k) }); err != nil {
			return nil, 0, err
		}
	}
	if slow, err := x.isSlow(ctx, r, f); err != nil {
		return nil, 0, err
	} else if slow {
		return &Export{Key: k, State: Pending}, 10 * time.Second, nil
	}
	return x.waitFor(ctx, k)
}

func (x *Exports) isSlow(ctx context.Context, r *release.Release, f Format) (bool, error) {
	if f.Slow {
		return true, nil
	}
	m, err := x.Releases.Manifest(ctx, r.Manifest)
	if err != nil {
		return false, err
	}
	size := int64(0)
	for i := range m.Files {
		size += m.Files[i].Size
	}
	return size > maxQuick, nil
}

func (x *Exports) stored(ctx context.Context, e *Export) (bool, error) {
	info, err := x.Blobs.Stat(ctx, e.Digest)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && info.Size == e.Size, err
}

func (x *Exports) drop(ctx context.Context, k Key) error {
	_, err := x.DB.ExecContext(ctx, `DELETE FROM export WHERE `+byKey, k.RepositoryID, k.Book, k.Number.Major, k.Number.Minor, k.Format)
	return err
}

// waitFor generates an export for all who ask for it at the time.
func (x *Exports) waitFor(ctx context.Context, k Key) (*Export, time.Duration, error) {
	done := x.flight.DoChan(fmt.Sprint(k), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), makeLimit)
		defer cancel()
		return nil, x.work(ctx, k)
	})
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	select {
	case <-done: // the row has the result
	case <-timeout.C:
	case <-ctx.Done():
		return nil, 0, context.Cause(ctx)
	}
	e, err := load(ctx, x.DB, k)
	switch {
	case err != nil:
		return nil, 0, err
	case e == nil:
		return &Export{Key: k, State: Pending}, 10 * time.Second, nil
	case e.State == Failed:
		return e, retryAfter, nil
	case e.State == Pending:
		return e, 10 * time.Second, nil
	}
	return e, 0, nil
}

// produce writes the file of an export to the blob store.
func (x *Exports) produce(ctx context.Context, f Format, r *release.Release) (info blobstore.Info, err error) {
	e, closeTree, err := x.edition(ctx, r)
	if err != nil {
		return info, err
	}
	defer func() { err = errors.Join(err, closeTree()) }()
	in, out := io.Pipe()
	written := make(chan error, 1)
	go func() {
		err := x.writeGuarded(ctx, out, f, e)
		out.CloseWithError(err)
		written <- err
	}()
	info, err = x.Blobs.Put(ctx, in)
	in.CloseWithError(errNotStored)
	if failed := <-written; failed != nil && !errors.Is(failed, errNotStored) {
		err = failed // which is what the store could not read
	}
	failpoint.Hit("export-stored")
	return info, err
}

func (x *Exports) writeGuarded(ctx context.Context, w io.Writer, f Format, e *content.Edition) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	return x.write(ctx, w, f, e)
}

// edition returns a release as exports read it, until close is called.
func (x *Exports) edition(ctx context.Context, r *release.Release) (*content.Edition, func() error, error) {
	m, err := x.Releases.Manifest(ctx, r.Manifest)
	if err != nil {
		return nil, nil, err
	}
	tree, closeTree, err := x.Source.Tree(ctx, r.RepositoryID, r.Commit)
	if err != nil {
		return nil, nil, fmt.Errorf("open the tree of %s: %w", r.Commit, err)
	}
	e := &content.Edition{RepositoryID: r.RepositoryID, Number: r.Number, Commit: r.Commit, Published: r.Published, Manifest: m, Blobs: x.Blobs, Tree: tree, Analysis: x.Analysis}
	if e.Address, err = x.address(ctx, r); err != nil {
		return nil, nil, errors.Join(err, closeTree())
	}
	return e, closeTree, nil
}

// address is where readers find a release; empty if that is unknown.
func (x *Exports) address(ctx context.Context, r *release.Release) (string, error) {
	if x.BaseURL == "" {
		return "", nil
	}
	path, err := x.path(ctx, r.RepositoryID)
	return address.Of(x.BaseURL, path).Release(r.Book, r.Number), err
}

// path is OWNER/NAME of a repository.
func (x *Exports) path(ctx context.Context, repositoryID string) (string, error) {
	var owner, name string
	err := x.DB.QueryRowContext(ctx, `SELECT owner, name FROM repository WHERE id = $1`, repositoryID).Scan(&owner, &name)
	if err != nil {
		return "", fmt.Errorf("find repository %s: %w", repositoryID, err)
	}
	return owner + "/" + name, nil
}

// Planned reports whether it is known what the archive's addresses of a release
// lead to; it is found out if it is not.
func (x *Exports) Planned(ctx context.Context, r *release.Release) (bool, error) {
	k := Key{r.RepositoryID, r.Book, r.Number, plan}
	e, err := load(ctx, x.DB, k)
	if err != nil || e != nil && e.State == Ready {
		return err == nil, err
	}
	if err := x.DB.Write(ctx, func(ctx context.Context, tx database.Tx) error { return request(ctx, tx, k) }); err != nil {
		return false, err
	}
	e, _, err = x.waitFor(ctx, k)
	return err == nil && e.State == Ready, err
}
