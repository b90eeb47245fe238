package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/publish/export"
	"github.com/rhaptos/rhaptos/publish/release"
)

// stateName is the folder, in the one that is written to, with what the next
// build wants to know.
const stateName = ".rhaptos"

func (b *builder) state(name string) string { return filepath.Join(b.Out, stateName, name) }

// claim makes the folder that is written to. One in which somebody else's files
// are is left alone.
func (b *builder) claim() error {
	entries, err := os.ReadDir(b.Out)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	ours := slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == stateName })
	if len(entries) > 0 && !ours {
		return fmt.Errorf("%s is not empty, and not of an earlier build: give --out a new folder", b.Out)
	}
	return os.MkdirAll(filepath.Join(b.Out, stateName), 0o755)
}

// siteState is what is remembered of a build.
type siteState struct {
	Manifests []*release.Manifest `json:"manifests"`
	Files     []string            `json:"files"` // that were written, by path
}

// load reads the state. One that cannot be read is as good as none.
func (b *builder) load() {
	state := b.read()
	for _, m := range state.Manifests {
		b.last[m.Book.Slug] = m
	}
}

func (b *builder) read() siteState {
	var state siteState
	data, err := os.ReadFile(b.state("build.json"))
	if err != nil || json.Unmarshal(data, &state) != nil {
		return siteState{}
	}
	return state
}

// written counts files of a site.
type written struct{ new, old int }

// write writes the books into the folder: a folder for each, and a page that
// lists them. Files that are as they should be are left as they are; those of
// an earlier build that are no more are removed.
func (b *builder) write(ctx context.Context) (written, error) {
	root, err := os.OpenRoot(b.Out)
	if err != nil {
		return written{}, err
	}
	defer root.Close()
	site := &siteFolder{root: root, blobs: b.blobs, names: map[string]bool{}}
	for _, slug := range b.order {
		site.prefix = slug + "/"
		e := &export.Edition{RepositoryID: "folder", Manifest: b.kept[slug], Blobs: b.blobs}
		if err := export.Site(ctx, site, e); err != nil {
			return site.count, err
		}
	}
	site.prefix = ""
	if err := b.list(site); err != nil {
		return site.count, err
	}
	old := b.read()
	state := siteState{}
	for name := range site.names {
		state.Files = append(state.Files, name)
	}
	slices.Sort(state.Files)
	for _, slug := range b.order {
		state.Manifests = append(state.Manifests, b.kept[slug])
	}
	data, err := json.Marshal(state)
	if err != nil {
		return site.count, err
	}
	if err := os.WriteFile(b.state("build.json"), data, 0o644); err != nil {
		return site.count, err
	}
	for _, name := range old.Files {
		if !site.names[name] {
			site.remove(name)
		}
	}
	return site.count, b.sweep(ctx)
}

var siteList = template.Must(template.New("list").Parse(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Books</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="stylesheet" href="style.css">
</head>
<body class="site">
<main>
<h1>Books</h1>
<ul class="books">{{range .}}
<li{{with .Language}} lang="{{.}}"{{end}}><a class="title" href="{{.Slug}}/index.html">{{.Title}}</a></li>{{end}}
</ul>
</main>
</body>
</html>
`))

// list writes the page that lists the books.
func (b *builder) list(site *siteFolder) error {
	style, err := fs.ReadFile(b.theme.Assets(), "style.css")
	if err != nil {
		return err
	}
	var books []release.Book
	for _, slug := range b.order {
		books = append(books, b.kept[slug].Book)
	}
	var page bytes.Buffer
	return errors.Join(siteList.Execute(&page, books), site.Put("style.css", style), site.Put("index.html", page.Bytes()))
}

// siteFolder is the folder that a site is written to.
type siteFolder struct {
	root   *os.Root
	blobs  blobstore.Store
	prefix string
	names  map[string]bool
	count  written
}

// Put implements [export.Folder].
func (s *siteFolder) Put(name string, data []byte) error {
	name = s.prefix + name
	s.names[name] = true
	if old, err := s.root.ReadFile(name); err == nil && bytes.Equal(old, data) {
		s.count.old++
		return nil
	}
	return s.replace(name, bytes.NewReader(data))
}

// Copy implements [export.Folder].
func (s *siteFolder) Copy(ctx context.Context, name string, f release.File) error {
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
			s.count.old++
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
func (s *siteFolder) replace(name string, r io.Reader) error {
	s.count.new++
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
func (s *siteFolder) remove(name string) {
	for s.root.Remove(name) == nil {
		i := strings.LastIndexByte(name, '/')
		if i < 0 {
			return
		}
		name = name[:i]
	}
}
