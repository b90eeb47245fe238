package openstax

import (
	"context"
	"errors"
	"io/fs"
	"net/url"
	"path"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// fileBytes is the most that one XML file may hold.
const fileBytes = 8 << 20

// parse reads an XML file and reports what is wrong with it as XML. The root
// is nil if it cannot be read; found says whether there is such a file.
func parse(files *collection.Files, name string, report *collection.Report) (root *cnxml.Node, found bool, err error) {
	data, err := files.Read(name, fileBytes)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, false, nil
	case errors.Is(err, collection.ErrTooLarge):
		report.Error(cnxml.Pos{}, "file-too-large", "the file is larger than 8 MiB; divide it")
		return nil, true, nil
	case err != nil:
		return nil, false, err
	}
	root, faults := cnxml.Parse(data, cnxml.Limits{Bytes: fileBytes})
	report.Faults(faults)
	return root, true, nil
}

// readBooks reads the list of books and every collection on it.
func (r *reader) readBooks(ctx context.Context) error {
	report := r.report(containerPath)
	root, found, err := parse(r.files, containerPath, report)
	if err != nil {
		return err
	}
	if !found {
		report.Error(cnxml.Pos{}, "books-missing", "the list of books is missing; add the file META-INF/books.xml")
		return nil
	}
	if root == nil {
		return nil
	}
	r.root = pagesRoot(root)
	taken := taken{slugs: map[string]bool{}, paths: map[string]bool{}}
	listed := 0
	for _, n := range root.Children {
		if n.Name != "book" {
			continue
		}
		listed++
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := r.readListed(n, report, taken); err != nil {
			return err
		}
	}
	if listed == 0 {
		report.Error(root.Pos, "no-books", `the list names no book; add <book slug="..." href="../collections/....collection.xml"/>`)
	}
	return nil
}

// pagesRoot is the folder of the modules. The variables that move other
// folders need no heed: media are found relative to the module that shows
// them, and collections relative to the list.
func pagesRoot(container *cnxml.Node) string {
	root := "modules"
	for _, n := range container.Children {
		value := n.Attr("value")
		if n.Name == "var" && strings.EqualFold(n.Attr("name"), "PAGES_ROOT") && value != "" {
			root = strings.TrimPrefix(path.Clean("/"+value), "/")
		}
	}
	return root
}

// taken is what earlier books of the list have.
type taken struct {
	slugs map[string]bool
	paths map[string]bool // of collections
}

// readListed reads the book that one line of the list names. A book whose slug
// cannot be a name, or is taken, is left out.
func (r *reader) readListed(n *cnxml.Node, report *collection.Report, taken taken) error {
	href := n.Attr("href")
	name, err := locate(r.files, path.Dir(containerPath), href)
	if err != nil {
		return err
	}
	if name == "" {
		report.Error(attrPos(n, "href"), "book-missing",
			"href=%s leads to no file; add the collection or correct the path, which is relative to META-INF", cnxml.Quote(href))
		return nil
	}
	if taken.paths[name] {
		report.Error(attrPos(n, "href"), "duplicate-slug", "the collection %s is listed already; remove one of the two", cnxml.Quote(name))
		return nil
	}
	taken.paths[name] = true
	source := &bookSource{listed: n, list: report, report: r.report(name), path: name}
	root, _, err := parse(r.files, name, source.report)
	if err != nil {
		return err
	}
	if root == nil {
		return nil
	}
	book := source.book(root)
	switch {
	case book.Slug == "":
		return nil
	case !collection.ValidSlug(book.Slug):
		report.Error(attrPos(n, "slug"), "slug-malformed",
			"the slug %s cannot be part of an address; use letters, digits and hyphens", cnxml.Quote(book.Slug))
		return nil
	case taken.slugs[book.Slug]:
		report.Error(attrPos(n, "slug"), "duplicate-slug",
			"another book has the slug %s already; give each its own", cnxml.Quote(book.Slug))
		return nil
	}
	taken.slugs[book.Slug] = true
	r.lib.Books = append(r.lib.Books, book)
	return r.readContents(book, root, source.report)
}

// locate finds the file that a reference in a file of the folder means: as it
// is written, or else with its escapes resolved. It is empty if there is none.
func locate(files *collection.Files, dir, reference string) (string, error) {
	for _, candidate := range candidates(reference) {
		name := path.Join(dir, candidate)
		if candidate == "" || strings.HasPrefix(candidate, "/") || !fs.ValidPath(name) {
			continue
		}
		if ok, err := files.Exists(name); ok || err != nil {
			return name, err
		}
	}
	return "", nil
}

// candidates are the ways to read a relative reference: file names may hold
// what is special in a URL.
func candidates(reference string) []string {
	all := []string{reference}
	if bare, _, ok := strings.Cut(reference, "#"); ok {
		all = append(all, bare)
	}
	last := all[len(all)-1]
	if bare, _, ok := strings.Cut(last, "?"); ok {
		all = append(all, bare)
	}
	if plain, err := url.PathUnescape(all[len(all)-1]); err == nil && plain != all[len(all)-1] {
		all = append(all, plain)
	}
	return all
}

// attrPos is the place of an attribute, or of its element where it is absent.
func attrPos(n *cnxml.Node, name string) cnxml.Pos {
	for _, a := range n.Attrs {
		if a.Space == "" && a.Name == name {
			return a.Pos
		}
	}
	return n.Pos
}
