package site

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/publish/release"
)

// folder is the folder that a site is written to.
type folder struct {
	root   *os.Root
	blobs  blobstore.Store
	prefix string
	names  map[string]bool
	count  Written
}

// Put implements [offline.Folder].
func (s *folder) Put(name string, data []byte) error {
	name = s.prefix + name
	s.names[name] = true
	if old, err := s.root.ReadFile(name); err == nil && bytes.Equal(old, data) {
		s.count.Unchanged++
		return nil
	}
	return s.replace(name, bytes.NewReader(data))
}

// Copy implements [offline.Folder].
func (s *folder) Copy(ctx context.Context, name string, f release.File) error {
	full := s.prefix + name
	s.names[full] = true
	r, err := s.blobs.Open(ctx, f.Digest)
	if err != nil {
		return err
	}
	defer r.Close()
	if old, err := s.root.Open(full); err == nil {
		same := equal(old, r)
		old.Close()
		if same {
			s.count.Unchanged++
			return nil
		}
		if _, err := r.Seek(0, io.SeekStart); err != nil {
			return err
		}
	}
	return s.replace(full, r)
}

// equal reports whether two readers give the same bytes.
func equal(a, b io.Reader) bool {
	x, y := make([]byte, 64<<10), make([]byte, 64<<10)
	for {
		n, errA := io.ReadFull(a, x)
		m, errB := io.ReadFull(b, y)
		if !bytes.Equal(x[:n], y[:m]) {
			return false
		}
		if errA != nil || errB != nil {
			return (errors.Is(errA, io.EOF) || errors.Is(errA, io.ErrUnexpectedEOF)) && (errors.Is(errB, io.EOF) || errors.Is(errB, io.ErrUnexpectedEOF))
		}
	}
}

// replace writes a file aside and gives it its name, so that a browser never
// sees half of it.
func (s *folder) replace(name string, r io.Reader) error {
	s.count.New++
	if dir := filepath.Dir(name); dir != "." {
		if err := s.root.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	aside := name + ".new"
	f, err := s.root.OpenFile(aside, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return s.root.Rename(aside, name)
}

// remove removes a file, and folders that it leaves empty.
func (s *folder) remove(name string) {
	for s.root.Remove(name) == nil {
		i := strings.LastIndexByte(name, '/')
		if i < 0 {
			return
		}
		name = name[:i]
	}
}
