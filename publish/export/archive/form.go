package archive

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/publish/export/content"
	"github.com/rhaptos/rhaptos/publish/messages"
	"github.com/rhaptos/rhaptos/publish/release"
)

// inArchive is a release in the archive's form.
type inArchive struct {
	*content.Edition
	uuid string
	sums map[blobstore.Digest]string
	ids  map[string]string // of pages, by their slugs
}

func (x *Archive) inArchive(ctx context.Context, r *release.Release) (*inArchive, error) {
	m, err := x.releases.Manifest(ctx, r.Manifest)
	if err != nil {
		return nil, err
	}
	sums, err := x.sums(ctx, r.RepositoryID)
	if err != nil {
		return nil, err
	}
	address, err := x.address(ctx, r)
	a := &inArchive{&content.Edition{RepositoryID: r.RepositoryID, Number: r.Number, Commit: r.Commit, Published: r.Published, Manifest: m, Blobs: x.blobs,
		Address: address}, content.BookUUID(r.RepositoryID, m.Book), sums, map[string]string{}}
	for _, p := range a.Pages() {
		a.ids[p.Slug] = content.PageUUID(a.uuid, p)
	}
	return a, err
}

// ArchiveBook is a release's book in the archive's form.
func (x *Archive) ArchiveBook(ctx context.Context, r *release.Release) (*Book, error) {
	a, err := x.inArchive(ctx, r)
	if err != nil {
		return nil, err
	}
	book := a.Manifest.Book
	b := &Book{
		Title: book.Title, ID: a.uuid, Version: a.Number.String(), SchemaVersion: 1, Revised: a.revised(), Language: a.Language(),
		License: License{book.LicenseURL, book.License}, Slug: book.Slug, StyleName: "rhaptos", StyleHref: a.style(),
		Tree: Node{ID: a.versioned(a.uuid), Title: content.Quote(book.Title), Slug: book.Slug, Type: "book", Contents: a.nodes(a.Manifest.Contents, "")},
	}
	var nav bytes.Buffer
	a.begin(&nav, book.Title)
	nav.WriteString(`<nav id="toc">`)
	a.list(&nav, a.Manifest.Contents)
	nav.WriteString("</nav></body></html>\n")
	b.Content = nav.String()
	return b, nil
}

func (a *inArchive) revised() string {
	return a.Published.UTC().Truncate(time.Second).Format(time.RFC3339)
}

func (a *inArchive) style() string {
	if f, ok := a.Manifest.File(stylePath); ok && a.sums[f.Digest] != "" {
		return "../resources/" + a.sums[f.Digest]
	}
	return ""
}

// archivePage is the toc_type of a page.
const archivePage = "book-content"

// nodes are the lines of the tree. To a reader whatever has contents is no page,
// and whatever has none is one: a page with others below it becomes the first
// of them, and a heading of nothing is left out.
func (a *inArchive) nodes(entries []release.Entry, above string) []Node {
	var list []Node
	for i, e := range entries {
		at := fmt.Sprintf("%s/%d", above, i+1)
		page := Node{ID: a.versioned(a.ids[e.Slug]), Title: titleHTML(e), Slug: e.Slug, Type: archivePage}
		if strings.Contains(e.Number, ".") {
			page.Target = "numbered-section"
		}
		below := a.nodes(e.Children, at)
		if e.Slug != "" && len(below) > 0 {
			below = append([]Node{page}, below...)
		}
		switch {
		case len(below) > 0:
			list = append(list, a.part(e, at, below))
		case e.Slug != "":
			list = append(list, page)
		}
	}
	return list
}

// part is a chapter, or a unit of chapters.
func (a *inArchive) part(e release.Entry, at string, contents []Node) Node {
	kind := "unit"
	if slices.ContainsFunc(contents, func(n Node) bool { return n.Type == archivePage }) {
		kind = "chapter"
	}
	return Node{ID: a.versioned(uuid.NewSHA1(uuid.MustParse(a.uuid), []byte("part:"+at)).String()), Title: titleHTML(e),
		Slug: strings.ToLower(content.SafeName(strings.TrimSpace(e.Number + " " + e.Plain))), Type: kind, Contents: contents}
}

func (a *inArchive) versioned(id string) string { return id + "@" + a.Number.String() }

// titleHTML is a title in the parts that OpenStax's readers look for.
func titleHTML(e release.Entry) string {
	title := `<span class="os-text">` + content.Phrase(e.Title) + `</span>`
	if e.Number != "" {
		title = `<span class="os-number">` + content.Quote(e.Number) + `</span><span class="os-divider"> </span>` + title
	}
	return title
}

func (a *inArchive) list(b *bytes.Buffer, entries []release.Entry) {
	b.WriteString("<ol>")
	for _, e := range entries {
		b.WriteString("<li>")
		if e.Slug != "" {
			fmt.Fprintf(b, `<a href="%s">%s</a>`, content.Quote(a.pageAddress(e.Slug)), titleHTML(e))
		} else {
			b.WriteString(titleHTML(e))
		}
		if len(e.Children) > 0 {
			a.list(b, e.Children)
		}
		b.WriteString("</li>")
	}
	b.WriteString("</ol>")
}

// pageAddress is the address of a page, relative to contents/.
func (a *inArchive) pageAddress(slug string) string {
	return "./" + a.uuid + "@" + a.Number.String() + ":" + a.ids[slug] + ".xhtml"
}

func (a *inArchive) begin(b *bytes.Buffer, title string) {
	lang := content.Quote(a.Language())
	fmt.Fprintf(b, `<html xmlns="%s" lang="%s" xml:lang="%s"><head><meta charset="utf-8"/><title>%s</title></head><body>`, content.HTMLSpace, lang, lang, content.Quote(title))
}

// ArchivePage is the page with the UUID in the archive's form; nil if the
// release has none.
func (x *Archive) ArchivePage(ctx context.Context, r *release.Release, id string) (*Page, error) {
	a, err := x.inArchive(ctx, r)
	if err != nil {
		return nil, err
	}
	for _, p := range a.Pages() {
		if a.ids[p.Slug] == id {
			return a.page(ctx, x, p)
		}
	}
	return nil, nil
}

func (a *inArchive) page(ctx context.Context, x *Archive, p release.Entry) (*Page, error) {
	article, err := a.Article(ctx, p.Slug)
	if err != nil {
		return nil, err
	}
	if err := a.mark(ctx, x, article, p.Slug); err != nil {
		return nil, err
	}
	c := &content.Cleaner{Slug: p.Slug, Messages: &messages.For(a.Language()).Export, Addresses: a.addresses(), Picture: func(path string) (string, bool) {
		f, ok := a.Manifest.File(path)
		return "../resources/" + a.sums[f.Digest], ok && a.sums[f.Digest] != ""
	}}
	c.Clean(article)
	page := &Page{ID: a.ids[p.Slug], Title: titleHTML(p), Slug: p.Slug, Revised: a.revised()}
	for n := range article.Descendants() {
		if n.Type == html.ElementNode && content.HasClass(n, "abstract") {
			var b bytes.Buffer
			content.WriteXML(&b, n, "")
			s := strings.TrimSpace(b.String())
			page.Abstract = &s
			break
		}
	}
	var b bytes.Buffer
	a.begin(&b, p.Plain)
	fmt.Fprintf(&b, `<main data-book-uuid="%s" data-page-uuid="%s">`, a.uuid, page.ID)
	content.WriteXML(&b, article, "")
	b.WriteString("</main></body></html>\n")
	page.Content = b.String()
	return page, nil
}

func (a *inArchive) addresses() *content.Addresses {
	to := content.NewAddresses(a.Edition)
	for _, p := range a.Pages() {
		to.Files[p.Slug] = a.pageAddress(p.Slug)
	}
	to.Files[""] = "./" + a.uuid + "@" + a.Number.String() + ".xhtml"
	for _, f := range a.Manifest.Files {
		if sum := a.sums[f.Digest]; sum != "" && strings.HasPrefix(f.Path, "media/") {
			to.Files[f.Path] = "../resources/" + sum
		}
	}
	return to
}

// mark tells a reader in attributes which page of which book a link leads to.
func (a *inArchive) mark(ctx context.Context, x *Archive, article *html.Node, slug string) error {
	others := map[string]string{}
	for n := range article.Descendants() {
		if n.DataAtom != atom.A || n.Type != html.ElementNode {
			continue
		}
		path, fragment, _ := strings.Cut(content.Attribute(n, "href"), "#")
		path = content.Unescape(path)
		set := func(name, value string) {
			if value != "" {
				n.Attr = append(n.Attr, html.Attribute{Key: name, Val: value})
			}
		}
		if id, ok := a.ids[path]; ok {
			set("data-page-uuid", id)
			set("data-page-slug", path)
			set("data-page-fragment", content.Unescape(fragment))
			continue
		}
		book, page, ok := strings.Cut(strings.TrimPrefix(path, "../"), "/")
		if !strings.HasPrefix(path, "../") || !ok || strings.HasPrefix(book, ".") {
			continue
		}
		if _, asked := others[book]; !asked {
			var id string
			err := x.db.QueryRowContext(ctx, `SELECT uuid FROM archive_book WHERE repository_id = $1 AND book = $2`, a.RepositoryID, book).Scan(&id)
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return fmt.Errorf("find book %s: %w", book, err)
			}
			others[book] = id
		}
		if others[book] != "" {
			set("data-book-uuid", others[book])
			set("data-book-slug", book)
			set("data-page-slug", page)
			set("data-page-fragment", content.Unescape(fragment))
		}
	}
	return nil
}
