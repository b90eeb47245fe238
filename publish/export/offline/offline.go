package offline

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"path"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/export/content"
	"github.com/rhaptos/rhaptos/publish/messages"
	"github.com/rhaptos/rhaptos/publish/release"
)

var (
	//go:embed assets/offline.html
	offlineSource string
	//go:embed assets/offline.css
	offlineStyle []byte
	//go:embed assets/search.js
	searchScript []byte

	offlineTemplate = template.Must(template.New("offline").Parse(offlineSource))
)

// offline is a site being written that is read without a server: a page of
// contents with a search, all pages in the look of the release, their media.
type offline struct {
	*content.Edition
	to        Folder
	messages  *messages.Export
	addresses *content.Addresses
	pages     []release.Entry
	files     map[string]string // from a page's slug to its name in pages/
	media     map[string]string // from a path of media to its name in media/
	assets    map[string]string // from an asset's path to its name in assets/
	index     index
}

// WriteZip writes the edition as a zip that a browser reads from a file system.
// It has one folder in it.
func WriteZip(ctx context.Context, w io.Writer, e *content.Edition) error {
	zip := content.NewZip(w, e.Published)
	if err := newOffline(e, zipFolder{zip, e.Name() + "/", e.Blobs}).write(ctx); err != nil {
		return fmt.Errorf("make zip of %s: %w", e.Name(), err)
	}
	return zip.Close()
}

// Folder takes the files of a site, by paths with slashes.
type Folder interface {
	Put(name string, data []byte) error
	Copy(ctx context.Context, name string, f release.File) error // of the edition
}

// WriteFolder writes what is in the zip that WriteZip makes into a folder. An
// edition without a number is one that nobody has published.
func WriteFolder(ctx context.Context, to Folder, e *content.Edition) error {
	if err := newOffline(e, to).write(ctx); err != nil {
		return fmt.Errorf("make site of %s: %w", e.Manifest.Book.Slug, err)
	}
	return nil
}

// zipFolder is a folder in a zip.
type zipFolder struct {
	zip   *content.Zip
	name  string // with a slash
	blobs content.Blobs
}

func (f zipFolder) Put(name string, data []byte) error { return f.zip.Put(f.name+name, data) }

func (f zipFolder) Copy(ctx context.Context, name string, file release.File) error {
	return f.zip.Copy(ctx, f.blobs, f.name+name, file)
}

func newOffline(e *content.Edition, to Folder) *offline {
	addresses := content.NewAddresses(e)
	addresses.Used = map[string]bool{}
	return &offline{Edition: e, to: to, messages: &messages.For(e.Language()).Export, addresses: addresses, pages: e.Pages(),
		files: map[string]string{}, media: map[string]string{}, assets: map[string]string{}, index: index{to: to}}
}

func (o *offline) write(ctx context.Context) error {
	for _, step := range []func(context.Context) error{o.names, o.content, o.carry, o.frame} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// names decides what every file is called. All pages lie in one folder, so an
// address is the same in each of them.
func (o *offline) names(ctx context.Context) error {
	pages, media, assets := content.NewNames(), content.NewNames(), content.NewNames("search.js", "offline.css")
	for _, p := range o.pages {
		o.files[p.Slug] = pages.Give(p.Slug, ".html")
		o.addresses.Files[p.Slug] = o.files[p.Slug]
	}
	o.addresses.Files[""] = "../index.html"
	for _, f := range o.Manifest.Files {
		base, end := content.SplitName(path.Base(f.Path))
		switch {
		case strings.HasPrefix(f.Path, "-/"):
			o.assets[f.Path] = assets.Give(base, end)
			o.addresses.Files[f.Path] = "../assets/" + o.assets[f.Path]
		case strings.HasPrefix(f.Path, "media/"):
			carried, err := o.carries(ctx, f)
			if err != nil {
				return err
			}
			if carried {
				o.media[f.Path] = media.Give(base, safeEnd(end, f.Type))
				o.addresses.Files[f.Path] = "../media/" + o.media[f.Path]
			}
		}
	}
	return nil
}

// carries reports whether media can be in the zip: a document that a browser would
// run with the rights of a file on the reader's disk cannot. Links to it lead to the
// server.
func (o *offline) carries(ctx context.Context, f release.File) (bool, error) {
	switch mediaType := essence(f.Type); mediaType {
	case content.DrawingType:
		_, ok, err := o.drawing(ctx, f)
		return ok, err
	case "text/html", "application/xhtml+xml":
		return false, nil
	}
	return true, nil
}

// drawing is an SVG that has been looked through; false if there is none.
func (o *offline) drawing(ctx context.Context, f release.File) ([]byte, bool, error) {
	r, err := o.Blobs.Open(ctx, f.Digest)
	if err != nil {
		return nil, false, fmt.Errorf("open %s: %w", f.Path, err)
	}
	defer r.Close()
	clean, ok := content.CleanDrawing(r)
	return clean, ok, nil
}

// content writes the pages, and notes what is in them for the search.
func (o *offline) content(ctx context.Context) error {
	for _, p := range o.pages {
		document, err := o.Document(ctx, p.Slug)
		if err != nil {
			return err
		}
		article := content.Find(document, atom.Article)
		if article == nil {
			return fmt.Errorf("page %s: %w", p.Slug, content.ErrNoArticle)
		}
		if err := o.index.add(indexed(p, "pages/"+o.files[p.Slug], article)); err != nil {
			return err
		}
		if err := o.page(document, p); err != nil {
			return err
		}
	}
	return o.index.flush()
}

func (o *offline) page(document *html.Node, p release.Entry) error {
	c := &content.Cleaner{Slug: p.Slug, Messages: o.messages, Addresses: o.addresses, KeepsLoading: true,
		Picture: func(path string) (string, bool) {
			name, ok := o.media[path]
			return "../media/" + name, ok
		}}
	if head := content.Find(document, atom.Head); head != nil {
		o.head(head, p.Slug)
	}
	if body := content.Find(document, atom.Body); body != nil {
		c.Clean(body)
	}
	var b bytes.Buffer
	if err := html.Render(&b, document); err != nil {
		return fmt.Errorf("write page %s: %w", p.Slug, err)
	}
	return o.to.Put("pages/"+o.files[p.Slug], b.Bytes())
}

// head keeps what the head of a page says and loads, at its new address.
func (o *offline) head(head *html.Node, slug string) {
	for n := head.FirstChild; n != nil; {
		next := n.NextSibling
		switch n.DataAtom {
		case atom.Script, atom.Base, atom.Style:
			head.RemoveChild(n)
		case atom.Link:
			to, ok := o.addresses.Of(slug, content.Attribute(n, "href"))
			if !ok || content.Attribute(n, "rel") == "canonical" {
				head.RemoveChild(n)
				break
			}
			for i := range n.Attr {
				if n.Attr[i].Key == "href" {
					n.Attr[i].Val = to
				}
			}
		}
		n = next
	}
}

// carry copies media and assets.
func (o *offline) carry(ctx context.Context) error {
	for _, f := range o.Manifest.Files {
		place := ""
		if name, ok := o.media[f.Path]; ok && (isShown(f.Type) || o.addresses.Used[f.Path]) {
			place = "media/" + name
		} else if name, ok := o.assets[f.Path]; ok {
			place = "assets/" + name
		}
		if place == "" {
			continue
		}
		if err := o.carryFile(ctx, place, f); err != nil {
			return err
		}
	}
	return nil
}

// carryFile copies a file of the release, or writes an author's SVG as it has
// been looked through.
func (o *offline) carryFile(ctx context.Context, place string, f release.File) error {
	if essence(f.Type) != content.DrawingType || o.assets[f.Path] != "" {
		return o.to.Copy(ctx, place, f)
	}
	drawing, _, err := o.drawing(ctx, f)
	if err != nil {
		return err
	}
	return o.to.Put(place, drawing)
}

// frame writes the page of contents and what its search needs.
func (o *offline) frame(context.Context) error {
	var page bytes.Buffer
	book := o.Manifest.Book
	err := offlineTemplate.Execute(&page, map[string]any{
		"Language": o.Language(), "Direction": collection.Direction(o.Language()), "Book": book, "Authors": strings.Join(book.Authors, ", "),
		"Number": o.number(), "Date": o.Published.UTC().Format("2006-01-02"), "Address": o.Address,
		"Style": o.assets["-/style.css"], "Index": o.index.files, "Entries": o.entries(o.Manifest.Contents),
		"Contents": o.messages.Contents, "Search": o.messages.Search, "Found": o.messages.Found, "Nothing": o.messages.Nothing, "NoScript": o.messages.NoScript,
		"Release": o.messages.Release, "License": o.messages.License, "Online": o.messages.Online,
	})
	return errors.Join(err,
		o.to.Put("assets/search.js", searchScript),
		o.to.Put("assets/offline.css", offlineStyle),
		o.to.Put("index.html", page.Bytes()))
}

// number is empty for what has not been published.
func (o *offline) number() string {
	if o.Number == (release.Number{}) {
		return ""
	}
	return o.Number.String()
}

// offlineEntry is a line of the contents.
type offlineEntry struct {
	Number, Address string
	Title           template.HTML
	Children        []offlineEntry
}

func (o *offline) entries(in []release.Entry) []offlineEntry {
	var list []offlineEntry
	for _, e := range in {
		line := offlineEntry{Number: e.Number, Title: template.HTML(e.Title), Children: o.entries(e.Children)}
		if e.Slug != "" {
			line.Address = "pages/" + o.files[e.Slug]
		}
		list = append(list, line)
	}
	return list
}
