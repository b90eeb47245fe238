// Package source writes the files that a book is made of, as they are in its
// commit.
package source

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/publish/check"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/export/content"
	"github.com/rhaptos/rhaptos/publish/settings"
)

// container is where OpenStax's layout lists the books of a repository.
const container = "META-INF/books.xml"

// maxContainer bounds it, in bytes.
const maxContainer = 1 << 20

// Write writes the files of the commit that a book is made of: its collection,
// modules and media, its cover, and what the repository says of itself; of a
// repository in a layout that holds one book, all files. The list of books
// names only this one, so that what is in the zip is a library again.
func Write(ctx context.Context, w io.Writer, e *content.Edition) error {
	if e.Tree == nil {
		return errors.New("make source zip: there is no tree")
	}
	files, err := sources(ctx, e)
	if err != nil {
		return fmt.Errorf("make source zip of %s: %w", e.Name(), err)
	}
	a := content.NewZip(w, e.Published)
	tree := collection.NewFiles(e.Tree)
	for _, name := range files {
		if err := addSource(ctx, e, tree, a, name); err != nil {
			return fmt.Errorf("make source zip of %s: %w", e.Name(), err)
		}
	}
	return a.Close()
}

// sources are the paths of the files, sorted.
func sources(ctx context.Context, e *content.Edition) ([]string, error) {
	checked, err := check.Tree(ctx, e.Tree, e.Analysis)
	if err != nil {
		return nil, err
	}
	lib := checked.Library
	i := slices.IndexFunc(lib.Books, func(b *collection.Book) bool { return b.Slug == e.Manifest.Book.Slug })
	if i < 0 {
		return nil, fmt.Errorf("the commit %s has no book %q", e.Commit, e.Manifest.Book.Slug)
	}
	tree := collection.NewFiles(e.Tree)
	files, err := about(tree)
	if err != nil {
		return nil, err
	}
	book := lib.Books[i]
	if book.Format != "openstax" {
		return all(tree)
	}
	files[book.Path], files[container] = true, true
	cover := "cover/" + book.Slug + "-cover.jpg"
	if _, err := tree.Stat(cover); err == nil {
		files[cover] = true
	}
	add := func(m *collection.Module) {
		if m == nil || m.Path == "" {
			return
		}
		files[m.Path] = true
		for _, media := range m.Media {
			if _, err := tree.Stat(media.Path); err == nil {
				files[media.Path] = true
			}
		}
	}
	walkModules(book.Collection.Entries, add)
	return slices.Sorted(maps.Keys(files)), nil
}

func walkModules(entries []collection.Entry, f func(*collection.Module)) {
	for _, entry := range entries {
		f(entry.Module)
		if entry.Subcollection != nil {
			walkModules(entry.Subcollection.Entries, f)
		}
		walkModules(entry.Children, f)
	}
}

// about are the files in the root that say what may be done with a repository,
// and how it is published.
func about(tree *collection.Files) (map[string]bool, error) {
	root, err := tree.Folder(".")
	if err != nil {
		return nil, err
	}
	files := map[string]bool{}
	for _, file := range root.Files {
		name := strings.ToUpper(file)
		for _, begins := range []string{"LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "README", "NOTICE", "AUTHORS", "CITATION"} {
			if strings.HasPrefix(name, begins) {
				files[file] = true
			}
		}
		if file == settings.File {
			files[file] = true
		}
	}
	return files, nil
}

// addSource adds one file. Paths are those of the tree, which git's rules and
// the server's have kept from leading out of a folder.
func addSource(ctx context.Context, e *content.Edition, tree *collection.Files, a *content.Zip, name string) error {
	f, err := tree.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	place := e.Name() + "-source/" + name
	if !fs.ValidPath(name) {
		return fmt.Errorf("%q is no path in a zip", name)
	}
	if name != container {
		return a.Stream(ctx, place, sourceType(name), f)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxContainer))
	if err != nil {
		return err
	}
	return a.Put(place, onlyBook(data, e.Manifest.Book.Slug))
}

// sourceType is the media type of what compresses by itself.
func sourceType(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".jpg", ".jpeg", ".png", ".gif", ".webp", ".zip", ".mp4", ".mp3":
		return "image/jpeg" // any that is stored as it is
	}
	return ""
}

// onlyBook is a list of books without those of other slugs. What cannot be read
// is left as it is.
func onlyBook(data []byte, slug string) []byte {
	d := xml.NewDecoder(bytes.NewReader(data))
	var kept bytes.Buffer
	from, begun, depth := int64(0), int64(-1), 0
	for {
		at := d.InputOffset()
		token, err := d.RawToken()
		if err == io.EOF {
			kept.Write(data[from:])
			return kept.Bytes()
		}
		if err != nil {
			return data
		}
		switch t := token.(type) {
		case xml.StartElement:
			depth++
			if t.Name.Local == "book" && depth == 2 && valueOf(t, "slug") != slug {
				begun = at
			}
		case xml.EndElement:
			depth--
			if depth == 1 && begun >= 0 {
				kept.Write(data[from:begun])
				from, begun = d.InputOffset(), -1
			}
		}
	}
}

func valueOf(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
