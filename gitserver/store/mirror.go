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

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/tree"
)

// mirror is a bare repository on this machine's disk.
type mirror struct {
	mu      sync.Mutex
	dir     string
	version int64 // of the refs in its packed-refs; -1: not known
}

func (s *Store) mirror(repositoryID string) *mirror {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, ok := s.mirrors[repositoryID]
	if !ok {
		m = &mirror{dir: filepath.Join(s.cache, repositoryID+".git"), version: -1}
		s.mirrors[repositoryID] = m
	}
	return m
}

// Mirror implements gitserver.Storage.
func (s *Store) Mirror(ctx context.Context, repo *gitserver.Repository) (string, error) {
	m := s.mirror(repo.ID)
	m.mu.Lock()
	defer m.mu.Unlock()
	return s.current(ctx, m, repo)
}

// Objects opens the objects of a repository for reading in this process.
func (s *Store) Objects(ctx context.Context, repo *gitserver.Repository) (*tree.Objects, error) {
	m := s.mirror(repo.ID)
	m.mu.Lock() // packs come as two files
	defer m.mu.Unlock()
	dir, err := s.current(ctx, m, repo)
	if err != nil {
		return nil, err
	}
	return tree.Open(dir)
}

// current brings the mirror up to date; its lock must be held.
func (s *Store) current(ctx context.Context, m *mirror, repo *gitserver.Repository) (string, error) {
	now, err := s.ByID(ctx, s.DB, repo.ID)
	if err != nil {
		return "", err
	}
	if now.Version == m.version && m.there() {
		return m.dir, nil
	}
	if err := s.update(ctx, m, repo.ID); err != nil {
		return "", fmt.Errorf("update the mirror of %s: %w", repo.Path(), err)
	}
	return m.dir, nil
}

// there reports whether nobody has removed the mirror.
func (m *mirror) there() bool {
	_, err := os.Stat(filepath.Join(m.dir, "HEAD"))
	return err == nil
}

// update brings packs first and refs after, so that whoever reads meanwhile
// finds every object that a ref names.
func (s *Store) update(ctx context.Context, m *mirror, repositoryID string) error {
	for _, dir := range []string{"objects/pack", "objects/info", "refs"} {
		if err := os.MkdirAll(filepath.Join(m.dir, dir), 0o700); err != nil {
			return err
		}
	}
	repo, refs, err := s.Refs(ctx, repositoryID)
	if err != nil {
		return err
	}
	// Read after the refs: every pack that they need is there by now.
	if err := s.linkPacks(ctx, m.dir, repositoryID); err != nil {
		return err
	}
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
	m.version = repo.Version
	return nil
}

func (s *Store) linkPacks(ctx context.Context, dir, repositoryID string) error {
	rows, err := s.DB.QueryContext(ctx, "SELECT name, digest, index_digest FROM pack WHERE repository_id = $1 AND retired_at IS NULL", repositoryID)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name, pack, index string
		if err := rows.Scan(&name, &pack, &index); err != nil {
			return err
		}
		base := filepath.Join(dir, "objects", "pack", "pack-"+name)
		// git looks for .idx files, so a pack comes to be with its index.
		if err := s.fetch(ctx, blobstore.Digest(pack), base+".pack"); err != nil {
			return fmt.Errorf("pack %s: %w", name, err)
		}
		if err := s.fetch(ctx, blobstore.Digest(index), base+".idx"); err != nil {
			return fmt.Errorf("index of pack %s: %w", name, err)
		}
	}
	return rows.Err()
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
	return write(path, r)
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
	return write(path, bytes.NewReader(data))
}

func write(path string, r io.Reader) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".tmp-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if _, err := io.Copy(f, r); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
