package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sync"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/gitexec"
	"github.com/rhaptos/rhaptos/gitserver/packscan"
	"github.com/rhaptos/rhaptos/gitserver/tree"
)

// incoming begins the name of every quarantine folder inside a mirror.
const incoming = "incoming-"

// A pack that becomes more than largePack bytes is a large one, of which largePacks
// are resolved at a time.
const (
	largePack  = 64 << 20
	largePacks = 2
)

// quarantine is a folder with an object directory of its own, beside that of
// the mirror, which serves as its alternate.
type quarantine struct {
	store  *Store
	repo   *gitserver.Repository
	mirror *mirror
	dir    string
	packs  []string // git's names of the packs that hold something

	// generation of the repository's packs; the mirror was brought up to it, or
	// beyond, before anything was checked against it.
	generation int64

	mu      sync.Mutex
	objects *tree.Objects                     // nil until somebody looks
	parents map[plumbing.Hash][]plumbing.Hash // of the new commits, once Check has seen them
}

// Quarantine implements gitserver.Storage.
func (s *Store) Quarantine(ctx context.Context, repo *gitserver.Repository) (gitserver.Quarantine, error) {
	now, _, err := s.state(ctx, s.DB, repo.ID) // before the mirror is looked at
	if err != nil {
		return nil, err
	}
	mirror, err := s.Mirror(ctx, repo)
	if err != nil {
		return nil, err
	}
	q := &quarantine{
		store: s, repo: repo, mirror: s.mirror(repo.ID), dir: filepath.Join(mirror, incoming+rand.Text()),
		generation: now.generation, parents: map[plumbing.Hash][]plumbing.Hash{},
	}
	s.live.Store(q.dir, nil) // before there is anything to sweep
	if err := os.MkdirAll(filepath.Join(q.dir, "objects", "pack"), 0o700); err != nil {
		return nil, errors.Join(err, q.Close())
	}
	return q, nil
}

// Environment makes git write into the quarantine and read from both
// (see receive-pack's QUARANTINE ENVIRONMENT in git-receive-pack(1)).
func (q *quarantine) Environment() []string {
	objects := filepath.Join(q.dir, "objects")
	return []string{
		"GIT_DIR=" + q.mirror.dir,
		"GIT_OBJECT_DIRECTORY=" + objects,
		"GIT_ALTERNATE_OBJECT_DIRECTORIES=" + filepath.Join(q.mirror.dir, "objects"),
		"GIT_QUARANTINE_PATH=" + objects,
	}
}

var packLine = regexp.MustCompile(`^(?:pack|keep)\t([0-9a-f]{40,64})\n$`)

func (q *quarantine) IndexPack(ctx context.Context, r io.Reader, limits packscan.Limits, received func()) (warnings []string, err error) {
	work, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	scanned, over := q.scan(work, r, limits, received, cancel)
	var out bytes.Buffer
	faults := &oldFaults{}
	err = q.store.git.Run(work, gitexec.Command{
		// Nothing here need be durable yet: what is accepted is synced when it is kept.
		Args: []string{"-c", "core.fsync=none", "-c", "core.packedGitLimit=512m", "-c", "pack.threads=2", "index-pack", "--stdin", "--fix-thin", strictly},
		Env:  q.Environment(), Stdin: scanned, Stdout: &out, Stderr: faults,
		Limits: gitexec.Limits{Memory: 3 << 30},
	})
	scanned.Close() // what is still to come is read to its end, for nothing
	select {
	case bad := <-over:
		if bad != nil {
			return nil, bad
		}
	case <-ctx.Done():
	}
	if err != nil {
		return nil, err
	}
	m := packLine.FindStringSubmatch(out.String())
	if m == nil {
		return nil, fmt.Errorf("git index-pack answered %q", out.String())
	}
	q.closeObjects()
	n, err := countObjects(q.base(m[1]) + ".pack")
	if n > 0 { // an empty pack is legal, and nothing to keep
		q.packs = append(q.packs, m[1])
	}
	return faults.summary(), err
}

// scan looks through the pack on its way to git index-pack, and cancels when it
// must not get there. It holds the end of a large pack back, without which its
// deltas are not resolved, until not too many are at work: a client that is
// slow to send keeps nobody waiting, and small packs never wait.
func (q *quarantine) scan(ctx context.Context, r io.Reader, limits packscan.Limits, received func(), cancel context.CancelCauseFunc) (scanned *io.PipeReader, over <-chan error) {
	scanned, w := io.Pipe()
	result := make(chan error, 1)
	go func() {
		summary, err := packscan.Copy(w, r, limits)
		if err != nil {
			cancel(err)
			w.CloseWithError(err)
			result <- err
			return
		}
		received()
		if summary.Inflated > largePack {
			if err := q.store.large.Acquire(ctx, 1); err != nil {
				w.CloseWithError(err)
				result <- nil // whoever ended ctx has said why
				return
			}
			defer q.store.large.Release(1)
			defer func() { <-ctx.Done() }() // IndexPack ends it when git is done
		}
		result <- nil
		w.Write(summary.Trailer[:]) // an error is git's: it wants no more
		w.Close()
	}()
	return scanned, result
}

// base is the path of a pack's files without what their names end in.
func (q *quarantine) base(pack string) string {
	return filepath.Join(q.dir, "objects", "pack", "pack-"+pack)
}

// countObjects reads the number of objects from a pack's header (gitformat-pack(5)).
func countObjects(path string) (int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	var header [12]byte
	if _, err := io.ReadFull(f, header[:]); err != nil {
		return 0, fmt.Errorf("header of %s: %w", path, err)
	}
	return int64(binary.BigEndian.Uint32(header[8:])), nil
}

// connectAgain repeats the check of connected against the packs of the present
// generation.
func (q *quarantine) connectAgain(ctx context.Context, push *gitserver.Push) error {
	now, _, err := q.store.state(ctx, q.store.DB, q.repo.ID)
	if err != nil {
		return err
	}
	if _, err := q.store.Mirror(ctx, q.repo); err != nil {
		return err
	}
	q.generation = now.generation
	var ids []plumbing.Hash
	for _, u := range push.Updates {
		if u.Refused == "" && !u.Deletes() {
			ids = append(ids, u.New)
		}
	}
	return q.connected(ctx, ids)
}

func (q *quarantine) open() (*tree.Objects, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.objects != nil {
		return q.objects, nil
	}
	q.mirror.mu.Lock() // packs come as two files
	defer q.mirror.mu.Unlock()
	// The database may have moved since the quarantine was made, and whoever
	// asks may have read a ref there.
	if err := q.store.current(context.Background(), q.mirror, q.repo); err != nil {
		return nil, err
	}
	var err error
	q.objects, err = tree.Open(q.dir, q.mirror.dir)
	return q.objects, err
}

// closeObjects closes the objects, which know only the packs that they found when
// they were opened.
func (q *quarantine) closeObjects() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.objects != nil {
		q.objects.Close()
		q.objects = nil
	}
}

func (q *quarantine) Peel(id plumbing.Hash) (plumbing.Hash, plumbing.ObjectType, error) {
	objects, err := q.open()
	if err != nil {
		return id, plumbing.InvalidObject, err
	}
	return objects.Peel(id)
}

func (q *quarantine) Tree(commit plumbing.Hash) (fs.FS, error) {
	objects, err := q.open()
	if err != nil {
		return nil, err
	}
	fsys, err := objects.Commit(commit)
	if err != nil {
		return nil, err
	}
	return q.store.Viewed(q.repo.ID, fsys), nil
}

func (q *quarantine) Close() error {
	defer q.store.live.Delete(q.dir) // what cannot be removed now is swept later
	q.closeObjects()
	return os.RemoveAll(q.dir)
}
