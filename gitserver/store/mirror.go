package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/tree"
)

// mirror is a bare repository on this machine's disk. Its lock is held while
// its files change, all but the auxiliary files.
type mirror struct {
	mu           sync.Mutex
	dir          string
	state        state           // what of the database it shows; version -1: not known
	packs        map[string]bool // that are linked, by name; nil: not known
	stamp        time.Time       // of the folder of packs, when it was last looked at
	covered      int64           // objects in the packs that the auxiliary files cover; 0: there are none
	suspect      bool            // its packs must be verified before it is used again
	suspectSince time.Time       // when it was last marked suspect
	uses         int             // contexts that have not ended, see use
	last         time.Time       // when it was last used; zero: not since the start, or since it was trimmed
}

func (m *mirror) packDir() string { return filepath.Join(m.dir, "objects", "pack") }

func (m *mirror) path(pack, suffix string) string {
	return filepath.Join(m.packDir(), "pack-"+pack+suffix)
}

func (s *Store) mirror(repositoryID string) *mirror {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, ok := s.mirrors[repositoryID]
	if !ok {
		m = &mirror{dir: filepath.Join(s.cache, repositoryID+".git"), state: state{version: -1}}
		s.mirrors[repositoryID] = m
	}
	return m
}

// Mirror implements gitserver.Storage.
func (s *Store) Mirror(ctx context.Context, repo *gitserver.Repository) (string, error) {
	m := s.mirror(repo.ID)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.use(ctx)
	return m.dir, s.current(ctx, m, repo)
}

// Objects opens the objects of a repository for reading in this process.
func (s *Store) Objects(ctx context.Context, repo *gitserver.Repository) (*tree.Objects, error) {
	m := s.mirror(repo.ID)
	m.mu.Lock() // packs come, and go, as two files
	defer m.mu.Unlock()
	m.last = time.Now()
	if err := s.current(ctx, m, repo); err != nil {
		return nil, err
	}
	return tree.Open(m.dir) // which has all files open then
}

// MarkSuspect notes that git has failed on the mirror of a repository. Before the
// mirror is used again its packs are verified, and damaged ones are fetched from
// the blob store. It does nothing within a minute of the last time, since git fails
// mostly because of the request, and reports whether a retry is worth while.
func (s *Store) MarkSuspect(repo *gitserver.Repository) bool {
	m := s.mirror(repo.ID)
	m.mu.Lock()
	defer m.mu.Unlock()
	if time.Since(m.suspectSince) < time.Minute {
		return false
	}
	m.suspect, m.suspectSince = true, time.Now()
	return true
}

// current brings the mirror up to date; its lock must be held.
func (s *Store) current(ctx context.Context, m *mirror, repo *gitserver.Repository) error {
	now, _, err := s.state(ctx, s.DB, repo.ID)
	if err != nil {
		return err
	}
	if now == m.state && m.intact() && !m.suspect {
		return nil
	}
	if err := s.update(ctx, m, repo.ID); err != nil {
		return fmt.Errorf("update the mirror of %s: %w", repo.Path(), err)
	}
	return nil
}

// intact reports whether nobody has changed or removed the mirror's files since
// it was last brought up to date.
func (m *mirror) intact() bool {
	for _, name := range []string{"HEAD", "config", "packed-refs", "refs"} {
		if _, err := os.Stat(filepath.Join(m.dir, name)); err != nil {
			return false
		}
	}
	fi, err := os.Stat(m.packDir())
	return err == nil && fi.ModTime().Equal(m.stamp)
}

// look notes the time of the folder of packs.
func (m *mirror) look() error {
	fi, err := os.Stat(m.packDir())
	if err == nil {
		m.stamp = fi.ModTime()
	}
	return err
}

// update brings new packs first, then the refs, and takes retired packs away
// last, so that whoever reads meanwhile finds every object that a ref names.
func (s *Store) update(ctx context.Context, m *mirror, repositoryID string) error {
	if !m.intact() {
		m.packs, m.state, m.covered = nil, state{version: -1}, 0
		for _, dir := range []string{"objects/pack", "objects/info", "refs"} {
			if err := os.MkdirAll(filepath.Join(m.dir, dir), 0o700); err != nil {
				return err
			}
		}
	}
	repo, refs, packs, now, err := s.present(ctx, repositoryID)
	if err != nil {
		return err
	}
	if m.suspect {
		if err := s.repair(ctx, m, packs); err != nil {
			return err
		}
		m.suspect = false
	}
	linked, err := s.linkPacks(ctx, m, packs)
	if err != nil {
		return err
	}
	if now.version != m.state.version {
		if err := m.writeRefs(repo, refs); err != nil {
			return err
		}
	}
	if err := m.drop(linked); err != nil {
		return err
	}
	m.packs, m.state = linked, now
	return m.look()
}

// present reads refs and packs that belong together.
func (s *Store) present(ctx context.Context, repositoryID string) (*gitserver.Repository, []gitserver.Ref, []pack, state, error) {
	for {
		before, _, err := s.state(ctx, s.DB, repositoryID)
		if err != nil {
			return nil, nil, nil, before, err
		}
		repo, refs, err := s.Refs(ctx, repositoryID)
		if err != nil {
			return nil, nil, nil, before, err
		}
		packs, err := livePacks(ctx, s.DB, repositoryID)
		if err != nil {
			return nil, nil, nil, before, err
		}
		after, _, err := s.state(ctx, s.DB, repositoryID)
		if err != nil || after == before && after.version == repo.Version {
			return repo, refs, packs, after, err
		}
	}
}

func (m *mirror) writeRefs(repo *gitserver.Repository, refs []gitserver.Ref) error {
	for _, f := range []struct {
		name string
		data []byte
	}{
		{"config", []byte("[core]\n\trepositoryformatversion = 0\n\tbare = true\n")},
		{"packed-refs", packedRefs(refs)},
		{"HEAD", []byte("ref: " + repo.Head + "\n")},
	} {
		if err := replace(filepath.Join(m.dir, f.name), f.data); err != nil {
			return err
		}
	}
	return nil
}

// linkPacks makes the packs that are not there yet appear, and returns the
// names of all.
func (s *Store) linkPacks(ctx context.Context, m *mirror, packs []pack) (map[string]bool, error) {
	linked := map[string]bool{}
	for _, p := range packs {
		linked[p.name] = true
		if m.packs[p.name] {
			continue
		}
		// git looks for .idx files, so a pack comes to be with its index.
		if err := s.fetch(ctx, p.digest, m.path(p.name, ".pack")); err != nil {
			return nil, fmt.Errorf("pack %s: %w", p.name, err)
		}
		if err := s.fetch(ctx, p.index, m.path(p.name, ".idx")); err != nil {
			return nil, fmt.Errorf("index of pack %s: %w", p.name, err)
		}
	}
	return linked, nil
}

// drop takes away all packs but the live ones.
//
// Readers do not notice. Who has a pack open keeps it: its files are unlinked,
// never written to. A git process that has listed the packs and comes too late
// to open one lists them again, and finds the object in the pack that took its
// place, which was linked before (see reprepare_packed_git in git's packfile.c;
// a multi-pack-index that a process has read already does not hide packs that
// it does not name). The tree package opens every pack as soon as it lists them.
func (m *mirror) drop(live map[string]bool) error {
	gone, err := m.surplus(live)
	if err != nil || len(gone) == 0 {
		return err
	}
	// Before the packs, what is derived from them.
	if err := m.dropAuxiliary(); err != nil {
		return err
	}
	for _, name := range gone {
		// The index first, as git does: nobody finds the pack without it.
		for _, suffix := range []string{".idx", ".pack"} {
			if err := os.Remove(m.path(name, suffix)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// surplus are the packs in the mirror that are not live.
func (m *mirror) surplus(live map[string]bool) ([]string, error) {
	there := m.packs
	if there == nil {
		there = map[string]bool{}
		files, err := os.ReadDir(m.packDir())
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			if name := packFile.FindStringSubmatch(f.Name()); name != nil {
				there[name[1]] = true
			}
		}
	}
	var gone []string
	for name := range there {
		if !live[name] {
			gone = append(gone, name)
		}
	}
	return gone, nil
}

// fetch makes the blob appear at path, unless a file of its size is there.
func (s *Store) fetch(ctx context.Context, d blobstore.Digest, path string) error {
	want, err := s.blobs.Stat(ctx, d)
	if err != nil {
		return err
	}
	if fi, err := os.Stat(path); err == nil {
		if fi.Size() == want.Size {
			return nil
		}
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	if files, ok := s.blobs.(blobstore.FileStore); ok {
		err := files.LinkFile(ctx, d, path)
		if errors.Is(err, fs.ErrExist) {
			return nil
		}
		return err
	}
	r, err := s.blobs.Open(ctx, d)
	if err != nil {
		return err
	}
	defer r.Close()
	return write(path, func(w io.Writer) error { return blobstore.CheckBytes(io.TeeReader(r, w), d) })
}

// packedRefs is the content of a packed-refs file (see gitrepository-layout(5)).
func packedRefs(refs []gitserver.Ref) []byte {
	var b bytes.Buffer
	b.WriteString("# pack-refs with: peeled fully-peeled sorted \n")
	for _, r := range refs {
		fmt.Fprintf(&b, "%s %s\n", r.Target, r.Name)
		if !r.Peeled.IsZero() {
			fmt.Fprintf(&b, "^%s\n", r.Peeled)
		}
	}
	return b.Bytes()
}

// replace gives the file at path new content at once. Nothing is synced: the
// mirror is rebuilt after a restart.
func replace(path string, data []byte) error {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, data) {
		return nil
	}
	return write(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// write fills a file aside and then gives it its name.
func write(path string, fill func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".tmp-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := errors.Join(fill(f), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
