package export

import (
	"bytes"
	"context"
	"crypto/sha1"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/publish/messages"
	"github.com/rhaptos/rhaptos/publish/release"
)

// ArchiveBook is a book as OpenStax's readers fetch it: contents/UUID@NUMBER.json.
type ArchiveBook struct {
	Title         string         `json:"title"`
	ID            string         `json:"id"`
	Version       string         `json:"version"`
	SchemaVersion int            `json:"repo_schema_version"`
	Revised       string         `json:"revised"` // RFC 3339
	Language      string         `json:"language"`
	License       ArchiveLicense `json:"license"`
	Slug          string         `json:"slug"`
	Tree          ArchiveNode    `json:"tree"`
	Content       string         `json:"content"` // an XHTML document, the table of contents
	StyleName     string         `json:"style_name"`
	StyleHref     string         `json:"style_href"` // relative to contents/
}

// ArchiveLicense is the licence of a book.
type ArchiveLicense struct {
	URL  string `json:"url"`
	Name string `json:"name"`
}

// ArchiveNode is a line of a book's tree.
type ArchiveNode struct {
	ID       string        `json:"id"`    // UUID@NUMBER; readers keep trees by the whole of it
	Title    string        `json:"title"` // HTML
	Slug     string        `json:"slug"`
	Type     string        `json:"toc_type,omitempty"` // book, unit, chapter; book-content for a page
	Target   string        `json:"toc_target_type,omitempty"`
	Contents []ArchiveNode `json:"contents,omitempty"` // of all but pages, which have none
}

// ArchivePage is a page in that form: contents/UUID@NUMBER:UUID.json.
type ArchivePage struct {
	ID       string  `json:"id"`
	Title    string  `json:"title"` // HTML
	Slug     string  `json:"slug"`
	Abstract *string `json:"abstract"` // HTML
	Revised  string  `json:"revised"`
	Content  string  `json:"content"` // an XHTML document
	NoIndex  bool    `json:"noindex"`
}

// Place is a book of a repository.
type Place struct {
	Owner, Name string // of the repository
	Book        string // slug
}

// Resource is a file that pages in the archive's form refer to, by its SHA-1.
type Resource struct {
	Place
	Number release.Number // the latest release that is known to have it
	Digest blobstore.Digest
	Type   string
	Size   int64
}

// Places are the books with the UUID, the oldest repository first: copies of a
// repository have books of the same UUID.
func (x *Exports) Places(ctx context.Context, id string) ([]Place, error) {
	rows, err := x.DB.QueryContext(ctx, `SELECT repository.owner, repository.name, archive_book.book FROM archive_book
		JOIN repository ON repository.id = archive_book.repository_id WHERE archive_book.uuid = $1
		ORDER BY repository.created_at, repository.id LIMIT 50`, id)
	if err != nil {
		return nil, fmt.Errorf("find book %s: %w", id, err)
	}
	return database.Collect(rows, func(row database.Row) (p Place, err error) {
		return p, row.Scan(&p.Owner, &p.Name, &p.Book)
	})
}

// Resources are the files with the SHA-1, in hexadecimal: one for each
// repository that has it.
func (x *Exports) Resources(ctx context.Context, sum string) ([]Resource, error) {
	rows, err := x.DB.QueryContext(ctx, `SELECT repository.owner, repository.name, r.book, r.major, r.minor, r.digest, r.type, r.size
		FROM archive_resource AS r JOIN repository ON repository.id = r.repository_id WHERE r.sha1 = $1
		ORDER BY repository.created_at, repository.id LIMIT 50`, sum)
	if err != nil {
		return nil, fmt.Errorf("find resource %s: %w", sum, err)
	}
	return database.Collect(rows, func(row database.Row) (r Resource, err error) {
		return r, row.Scan(&r.Owner, &r.Name, &r.Book, &r.Number.Major, &r.Number.Minor, &r.Digest, &r.Type, &r.Size)
	})
}

// Planned reports whether it is known what the archive's addresses of a release
// lead to; it is found out if it is not.
func (x *Exports) Planned(ctx context.Context, r *release.Release) (bool, error) {
	k := Key{r.RepositoryID, r.Book, r.Number, plan}
	e, err := load(ctx, x.DB, k)
	if err != nil || e != nil && e.State == Made {
		return err == nil, err
	}
	if err := x.DB.Write(ctx, func(ctx context.Context, tx database.Tx) error { return want(ctx, tx, k) }); err != nil {
		return false, err
	}
	e, _, err = x.waitFor(ctx, k)
	return err == nil && e.State == Made, err
}

// resources are the sums of the files that pages of a release refer to. Those
// that the repository has had before are not read again.
func (x *Exports) resources(ctx context.Context, r *release.Release, m *release.Manifest) (map[string]release.File, error) {
	known, err := x.sums(ctx, r.RepositoryID)
	if err != nil {
		return nil, err
	}
	found := map[string]release.File{}
	for _, f := range m.Files {
		if !strings.HasPrefix(f.Path, "media/") && f.Path != stylePath {
			continue
		}
		sum := known[f.Digest]
		if sum == "" {
			if sum, err = x.sum(ctx, f); err != nil {
				return nil, err
			}
			known[f.Digest] = sum
		}
		found[sum] = f
	}
	return found, nil
}

const stylePath = "-/style.css"

func (x *Exports) sum(ctx context.Context, f release.File) (string, error) {
	b, err := x.Blobs.Open(ctx, f.Digest)
	if err != nil {
		return "", fmt.Errorf("open %s: %w", f.Path, err)
	}
	defer b.Close()
	h := sha1.New()
	if _, err := io.Copy(h, reader{ctx, b}); err != nil {
		return "", fmt.Errorf("read %s: %w", f.Path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// sums are the SHA-1s of a repository's files by their digests.
func (x *Exports) sums(ctx context.Context, repositoryID string) (map[blobstore.Digest]string, error) {
	rows, err := x.DB.QueryContext(ctx, `SELECT digest, sha1 FROM archive_resource WHERE repository_id = $1`, repositoryID)
	if err != nil {
		return nil, fmt.Errorf("list resources: %w", err)
	}
	type pair struct {
		digest blobstore.Digest
		sum    string
	}
	pairs, err := database.Collect(rows, func(row database.Row) (p pair, err error) { return p, row.Scan(&p.digest, &p.sum) })
	sums := map[blobstore.Digest]string{}
	for _, p := range pairs {
		sums[p.digest] = p.sum
	}
	return sums, err
}

// register records what the archive's addresses of a release lead to.
func register(ctx context.Context, tx database.Tx, r *release.Release, book release.Book, files map[string]release.File) error {
	if _, err := tx.ExecContext(ctx, `INSERT INTO archive_book (repository_id, book, uuid) VALUES ($1, $2, $3)
		ON CONFLICT (repository_id, book) DO UPDATE SET uuid = excluded.uuid`,
		r.RepositoryID, r.Book, BookUUID(r.RepositoryID, book)); err != nil {
		return fmt.Errorf("register %s: %w", r.Book, err)
	}
	for sum, f := range files {
		if _, err := tx.ExecContext(ctx, `INSERT INTO archive_resource (repository_id, sha1, digest, type, size, book, major, minor)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (repository_id, sha1) DO UPDATE SET type = excluded.type, book = excluded.book, major = excluded.major, minor = excluded.minor`,
			r.RepositoryID, sum, string(f.Digest), f.Type, f.Size, r.Book, r.Number.Major, r.Number.Minor); err != nil {
			return fmt.Errorf("register %s: %w", f.Path, err)
		}
	}
	return nil
}

// inArchive is a release in the archive's form.
type inArchive struct {
	*Edition
	uuid string
	sums map[blobstore.Digest]string
	ids  map[string]string // of pages, by their slugs
}

func (x *Exports) inArchive(ctx context.Context, r *release.Release) (*inArchive, error) {
	m, err := x.Releases.Manifest(ctx, r.Manifest)
	if err != nil {
		return nil, err
	}
	sums, err := x.sums(ctx, r.RepositoryID)
	if err != nil {
		return nil, err
	}
	address, err := x.address(ctx, r)
	a := &inArchive{&Edition{RepositoryID: r.RepositoryID, Number: r.Number, Commit: r.Commit, Published: r.Published, Manifest: m, Blobs: x.Blobs,
		Address: address}, BookUUID(r.RepositoryID, m.Book), sums, map[string]string{}}
	for _, p := range a.pages() {
		a.ids[p.Slug] = PageUUID(a.uuid, p)
	}
	return a, err
}

// ArchiveBook is a release's book in the archive's form.
func (x *Exports) ArchiveBook(ctx context.Context, r *release.Release) (*ArchiveBook, error) {
	a, err := x.inArchive(ctx, r)
	if err != nil {
		return nil, err
	}
	book := a.Manifest.Book
	b := &ArchiveBook{
		Title: book.Title, ID: a.uuid, Version: a.Number.String(), SchemaVersion: 1, Revised: a.revised(), Language: a.language(),
		License: ArchiveLicense{book.LicenseURL, book.License}, Slug: book.Slug, StyleName: "rhaptos", StyleHref: a.style(),
		Tree: ArchiveNode{ID: a.versioned(a.uuid), Title: quoted(book.Title), Slug: book.Slug, Type: "book", Contents: a.nodes(a.Manifest.Contents, "")},
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
func (a *inArchive) nodes(entries []release.Entry, above string) []ArchiveNode {
	var list []ArchiveNode
	for i, e := range entries {
		at := fmt.Sprintf("%s/%d", above, i+1)
		page := ArchiveNode{ID: a.versioned(a.ids[e.Slug]), Title: titleHTML(e), Slug: e.Slug, Type: archivePage}
		if strings.Contains(e.Number, ".") {
			page.Target = "numbered-section"
		}
		below := a.nodes(e.Children, at)
		if e.Slug != "" && len(below) > 0 {
			below = append([]ArchiveNode{page}, below...)
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
func (a *inArchive) part(e release.Entry, at string, contents []ArchiveNode) ArchiveNode {
	kind := "unit"
	if slices.ContainsFunc(contents, func(n ArchiveNode) bool { return n.Type == archivePage }) {
		kind = "chapter"
	}
	return ArchiveNode{ID: a.versioned(uuid.NewSHA1(uuid.MustParse(a.uuid), []byte("part:"+at)).String()), Title: titleHTML(e),
		Slug: strings.ToLower(safeName(strings.TrimSpace(e.Number + " " + e.Plain))), Type: kind, Contents: contents}
}

func (a *inArchive) versioned(id string) string { return id + "@" + a.Number.String() }

// titleHTML is a title in the parts that OpenStax's readers look for.
func titleHTML(e release.Entry) string {
	title := `<span class="os-text">` + phrase(e.Title) + `</span>`
	if e.Number != "" {
		title = `<span class="os-number">` + quoted(e.Number) + `</span><span class="os-divider"> </span>` + title
	}
	return title
}

func (a *inArchive) list(b *bytes.Buffer, entries []release.Entry) {
	b.WriteString("<ol>")
	for _, e := range entries {
		b.WriteString("<li>")
		if e.Slug != "" {
			fmt.Fprintf(b, `<a href="%s">%s</a>`, quoted(a.pageAddress(e.Slug)), titleHTML(e))
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
	lang := quoted(a.language())
	fmt.Fprintf(b, `<html xmlns="%s" lang="%s" xml:lang="%s"><head><meta charset="utf-8"/><title>%s</title></head><body>`, htmlSpace, lang, lang, quoted(title))
}

// ArchivePage is the page with the UUID in the archive's form; nil if the
// release has none.
func (x *Exports) ArchivePage(ctx context.Context, r *release.Release, id string) (*ArchivePage, error) {
	a, err := x.inArchive(ctx, r)
	if err != nil {
		return nil, err
	}
	for _, p := range a.pages() {
		if a.ids[p.Slug] == id {
			return a.page(ctx, x, p)
		}
	}
	return nil, nil
}

func (a *inArchive) page(ctx context.Context, x *Exports, p release.Entry) (*ArchivePage, error) {
	article, err := a.article(ctx, p.Slug)
	if err != nil {
		return nil, err
	}
	if err := a.mark(ctx, x, article, p.Slug); err != nil {
		return nil, err
	}
	c := &cleaner{slug: p.Slug, messages: &messages.For(a.language()).Export, addresses: a.addresses(), picture: func(path string) (string, bool) {
		f, ok := a.Manifest.File(path)
		return "../resources/" + a.sums[f.Digest], ok && a.sums[f.Digest] != ""
	}}
	c.clean(article)
	page := &ArchivePage{ID: a.ids[p.Slug], Title: titleHTML(p), Slug: p.Slug, Revised: a.revised()}
	for n := range article.Descendants() {
		if n.Type == html.ElementNode && hasClass(n, "abstract") {
			var b bytes.Buffer
			writeChildren(&b, n, "")
			s := strings.TrimSpace(b.String())
			page.Abstract = &s
			break
		}
	}
	var b bytes.Buffer
	a.begin(&b, p.Plain)
	fmt.Fprintf(&b, `<main data-book-uuid="%s" data-page-uuid="%s">`, a.uuid, page.ID)
	writeChildren(&b, article, "")
	b.WriteString("</main></body></html>\n")
	page.Content = b.String()
	return page, nil
}

func (a *inArchive) addresses() *addresses {
	to := newAddresses(a.Edition)
	for _, p := range a.pages() {
		to.files[p.Slug] = a.pageAddress(p.Slug)
	}
	to.files[""] = "./" + a.uuid + "@" + a.Number.String() + ".xhtml"
	for _, f := range a.Manifest.Files {
		if sum := a.sums[f.Digest]; sum != "" && strings.HasPrefix(f.Path, "media/") {
			to.files[f.Path] = "../resources/" + sum
		}
	}
	return to
}

// mark tells a reader in attributes which page of which book a link leads to.
func (a *inArchive) mark(ctx context.Context, x *Exports, article *html.Node, slug string) error {
	others := map[string]string{}
	for n := range article.Descendants() {
		if n.DataAtom != atom.A || n.Type != html.ElementNode {
			continue
		}
		path, fragment, _ := strings.Cut(attribute(n, "href"), "#")
		path = unescaped(path)
		set := func(name, value string) {
			if value != "" {
				n.Attr = append(n.Attr, html.Attribute{Key: name, Val: value})
			}
		}
		if id, ok := a.ids[path]; ok {
			set("data-page-uuid", id)
			set("data-page-slug", path)
			set("data-page-fragment", unescaped(fragment))
			continue
		}
		book, page, ok := strings.Cut(strings.TrimPrefix(path, "../"), "/")
		if !strings.HasPrefix(path, "../") || !ok || strings.HasPrefix(book, ".") {
			continue
		}
		if _, asked := others[book]; !asked {
			var id string
			err := x.DB.QueryRowContext(ctx, `SELECT uuid FROM archive_book WHERE repository_id = $1 AND book = $2`, a.RepositoryID, book).Scan(&id)
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return fmt.Errorf("find book %s: %w", book, err)
			}
			others[book] = id
		}
		if others[book] != "" {
			set("data-book-uuid", others[book])
			set("data-book-slug", book)
			set("data-page-slug", page)
			set("data-page-fragment", unescaped(fragment))
		}
	}
	return nil
}
