package tree

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-git/go-billy/v5"
	"github.com/go-git/go-billy/v5/osfs"
)

// pinned is a git directory whose packs are open from the start, so that they
// can be read also when maintenance has put others in their place. go-git opens
// packs late, and by name again for every large object.
type pinned struct {
	billy.Filesystem
	packs map[string]*os.File // by path below the directory
}

func pin(dir string) (*pinned, error) {
	p := &pinned{Filesystem: osfs.New(dir), packs: map[string]*os.File{}}
	folder := filepath.Join("objects", "pack")
	files, err := os.ReadDir(filepath.Join(dir, folder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), ".pack") {
			continue
		}
		path := filepath.Join(folder, file.Name())
		if p.packs[path], err = os.Open(filepath.Join(dir, path)); err != nil {
			p.close()
			return nil, err
		}
	}
	return p, nil
}

func (p *pinned) close() {
	for _, f := range p.packs {
		f.Close() // was only read
	}
}

// Open implements billy.Basic.
func (p *pinned) Open(name string) (billy.File, error) {
	f, ok := p.packs[filepath.Clean(name)]
	if !ok {
		return p.openUnpinned(name)
	}
	fi, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return packView{io.NewSectionReader(f, 0, fi.Size()), name}, nil
}

func (p *pinned) openUnpinned(name string) (billy.File, error) {
	f, err := p.Filesystem.Open(name)
	if err != nil || !strings.HasSuffix(name, ".idx") {
		return f, err
	}
	return &bufferedFile{f, bufio.NewReaderSize(f, 64<<10)}, nil
}

// bufferedFile reads ahead: go-git reads the 256 numbers at the beginning of a pack's
// index one by one, and a repository has many packs.
type bufferedFile struct {
	billy.File
	buffer *bufio.Reader
}

// Read implements [io.Reader].
func (f *bufferedFile) Read(b []byte) (int, error) { return f.buffer.Read(b) }

// Seek implements [io.Seeker].
func (f *bufferedFile) Seek(offset int64, whence int) (int64, error) {
	if whence == io.SeekCurrent {
		offset -= int64(f.buffer.Buffered())
	}
	at, err := f.File.Seek(offset, whence)
	f.buffer.Reset(f.File)
	return at, err
}

// packView reads a pinned pack, from a place of its own.
type packView struct {
	*io.SectionReader
	name string
}

// Name and the other methods implement billy.File for reading.
func (v packView) Name() string            { return v.name }
func (packView) Close() error              { return nil }
func (packView) Lock() error               { return nil }
func (packView) Unlock() error             { return nil }
func (packView) Write([]byte) (int, error) { return 0, os.ErrPermission }
func (packView) Truncate(int64) error      { return os.ErrPermission }
