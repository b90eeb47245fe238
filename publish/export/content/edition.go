package content

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/release"
)

// maxPage bounds a stored page, in bytes; one is parsed at a time.
const maxPage = 64 << 20

// Blobs opens the files of releases: a [blobstore.Store].
type Blobs interface {
	Open(ctx context.Context, d blobstore.Digest) (io.ReadSeekCloser, error)
}

// Edition is a release with all that its downloads are written from.
type Edition struct {
	RepositoryID string
	Number       release.Number
	Commit       string
	Published    time.Time
	Manifest     *release.Manifest
	Blobs        Blobs

	// Address is where readers find the release, such as
	// https://books.example.org/ann/tides/tides@1.4; empty if that is unknown.
	Address string

	// Tree is the tree of the release's commit; nil if nothing needs it. Analysis
	// is the analysis cache of its files; it may be nil.
	Tree     fs.FS
	Analysis analysis.Cache
}

// Name returns the name of files of the edition, without their extension: "tides-1.4".
func (e *Edition) Name() string {
	return SafeName(e.Manifest.Book.Slug) + "-" + e.Number.String()
}

// Language is that of the book; English where it says none.
func (e *Edition) Language() string {
	if e.Manifest.Book.Language == "" {
		return "en"
	}
	return e.Manifest.Book.Language
}

// BookUUID returns the id of a book in all of its releases: the author's UUID,
// or for a book without one a UUID of version 5 (RFC 9562) made of the
// repository's id and the book's slug.
func BookUUID(repositoryID string, book release.Book) string {
	if id, err := uuid.Parse(book.UUID); err == nil {
		return id.String()
	}
	repository := uuid.NewSHA1(uuid.NameSpaceURL, []byte("urn:rhaptos:repository:"+repositoryID))
	return uuid.NewSHA1(repository, []byte(book.Slug)).String()
}

// PageUUID identifies a page of the book with the UUID: the author's, or one of
// version 5 made of the book's and the name of the module, or of the slug of a
// page that no author wrote.
func PageUUID(bookUUID string, page release.Entry) string {
	if id, err := uuid.Parse(page.UUID); err == nil {
		return id.String()
	}
	name := "module:" + page.Module
	if page.Module == "" || page.Kind != "" {
		name = "page:" + page.Slug
	}
	return uuid.NewSHA1(uuid.MustParse(bookUUID), []byte(name)).String()
}

// Pages are the pages in reading order.
func (e *Edition) Pages() []release.Entry {
	var list []release.Entry
	e.Manifest.Pages(func(p release.Entry) bool {
		list = append(list, p)
		return true
	})
	return list
}

// Media are the files that pages show, in the order of their paths.
func (e *Edition) Media() []release.File {
	var list []release.File
	for _, f := range e.Manifest.Files {
		if strings.HasPrefix(f.Path, "media/") {
			list = append(list, f)
		}
	}
	return list
}

// ErrNoArticle says that a stored page does not have the form of one.
var ErrNoArticle = errors.New("the stored page has no article")

// Article is the author's content of a stored page.
func (e *Edition) Article(ctx context.Context, slug string) (*html.Node, error) {
	document, err := e.Document(ctx, slug)
	if err != nil {
		return nil, err
	}
	if article := Find(document, atom.Article); article != nil {
		return article, nil
	}
	return nil, fmt.Errorf("page %s: %w", slug, ErrNoArticle)
}

// Document is a stored page, parsed.
func (e *Edition) Document(ctx context.Context, slug string) (*html.Node, error) {
	f, ok := e.Manifest.File(slug)
	if !ok {
		return nil, fmt.Errorf("page %s is in the contents and not among the files", slug)
	}
	r, err := e.Blobs.Open(ctx, f.Digest)
	if err != nil {
		return nil, fmt.Errorf("open page %s: %w", slug, err)
	}
	defer r.Close()
	if f.Size > maxPage {
		return nil, fmt.Errorf("page %s has %d bytes, more than %d", slug, f.Size, maxPage)
	}
	document, err := html.Parse(r)
	if err != nil {
		return nil, fmt.Errorf("parse page %s: %w", slug, err)
	}
	return document, nil
}

// base is the edition's address as that of a folder; nil if it is unknown.
func (e *Edition) base() *url.URL {
	u, err := url.Parse(e.Address)
	if e.Address == "" || err != nil || u.Host == "" {
		return nil
	}
	u.Path, u.RawPath = u.Path+"/", ""
	return u
}
