package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/publish/export"
	exported "github.com/rhaptos/rhaptos/publish/export/archive"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/web/archive"
	"github.com/rhaptos/rhaptos/web/resource"
)

// What the server passes in fits.
var (
	_ Exports         = (*export.Exports)(nil)
	_ archive.Archive = (*export.Exports)(nil)
)

// exportsInMemory has an EPUB, is busy with a zip, has failed with the sources,
// and makes no PDF.
type exportsInMemory struct{ made export.Export }

func (x *exportsInMemory) Export(_ context.Context, r *release.Release, f export.Format) (*export.Export, time.Duration, error) {
	e := x.made
	e.Key = export.Key{RepositoryID: r.RepositoryID, Book: r.Book, Number: r.Number, Format: f.Name}
	switch f.Name {
	case "epub":
		return &e, 0, nil
	case "zip":
		return &export.Export{State: export.Pending}, 10 * time.Second, nil
	case "source":
		return &export.Export{State: export.Failed}, 90 * time.Second, nil
	}
	return nil, 0, fmt.Errorf("%w: this server has no Chromium", export.ErrUnavailable)
}

func (x *exportsInMemory) Of(context.Context, *release.Release) ([]*export.Export, error) {
	e := x.made
	e.Format = "epub"
	return []*export.Export{&e}, nil
}

func (x *exportsInMemory) Possible() []export.Format {
	return []export.Format{export.EPUBFormat, export.SourceFormat, export.ZipFormat}
}

const epubContent = "PK, as far as this test knows"

func newExportBench(t *testing.T) *bench {
	return newBench(t, func(c *Config) {
		info, err := c.Blobs.(blobstore.Store).Put(t.Context(), strings.NewReader(epubContent))
		if err != nil {
			t.Fatal(err)
		}
		c.Exports = &exportsInMemory{export.Export{State: export.Ready, Digest: info.Digest, Size: info.Size}}
	})
}

func TestExports(t *testing.T) {
	b := newExportBench(t)
	const book = "/ann/geometry/shapes"
	for _, test := range []struct {
		method, target string
		fields         []string
		status         int
		have           []string // name, value
		says           string
	}{
		{"GET", book + "@1.10.epub", nil, 200, []string{"Content-Type", "application/epub+zip", "Cache-Control", immutable,
			"Content-Disposition", "attachment; filename=shapes-1.10.epub", "Content-Length", "29"}, epubContent},
		{"HEAD", book + "@1.10.epub", nil, 200, []string{"Content-Type", "application/epub+zip"}, ""},
		{"GET", book + "@1.10.epub", []string{"Range", "bytes=0-1"}, 206, []string{"Content-Range", "bytes 0-1/29"}, "PK"},
		{"GET", book + "@1.10", []string{"Accept", "application/epub+zip"}, 200,
			[]string{"Content-Type", "application/epub+zip", "Content-Location", book + "@1.10.epub", "Vary", "Accept", "Cache-Control", "public, max-age=300, s-maxage=0"}, epubContent},
		{"GET", book + "@1.10", []string{"Accept", "text/html, application/epub+zip;q=0.5"}, 200, []string{"Content-Type", resource.TypeHTML}, `href="/ann/geometry/shapes@1.10.epub"`},
		{"GET", book + "@1.10", []string{"Accept", "application/pdf"}, 406, nil, ""},
		{"GET", book + "@1.10", []string{"Accept", "application/zip;q=1, text/html;q=0.1"}, 503, []string{"Retry-After", "90"}, "failed"},
		{"GET", book + "@1.10.zip", nil, 503, []string{"Retry-After", "10", "Cache-Control", "no-store"}, "is being built"},
		{"GET", book + "@1.10.source.zip", nil, 503, []string{"Retry-After", "90"}, "failed"},
		{"GET", book + "@1.10.pdf", nil, 404, nil, "There is no PDF of this book: this server has no Chromium."},
		{"GET", book + "@1.10.docx", nil, 404, nil, ""},
		{"DELETE", book + "@1.10.epub", nil, 405, nil, ""},
		{"OPTIONS", book + "@1.10.zip", nil, 204, nil, ""},
		{"GET", book + ".epub", nil, 307, []string{"Location", book + "@1.10.epub"}, ""},
		{"GET", book + ".source.zip", nil, 307, []string{"Location", book + "@1.10.source.zip"}, ""},
		{"GET", book + "@1.12.epub", nil, 410, nil, "An image was not ours."},
		{"GET", book + "@1.12.zip", nil, 410, nil, "An image was not ours."},
		{"GET", book + "@1.2.epub", nil, 451, nil, "A court says so."},
		{"GET", book + "@next.epub", nil, 404, nil, "A draft has no files to download"},
		{"GET", book + "@1.1.epub", nil, 404, nil, ""},
		{"GET", "/ann/secret/shapes@1.1.zip", nil, 404, nil, ""},
		{"GET", "/ann/secret/shapes@1.1.zip", []string{"User", "bob"}, 404, nil, ""},
		{"GET", "/ann/secret/shapes@1.1.epub", []string{"User", "ann"}, 200, []string{"Cache-Control", "private, max-age=31536000, immutable"}, ""},
	} {
		r := b.do(test.method, test.target, test.fields...)
		if r.StatusCode != test.status {
			t.Errorf("%s %s %v: status %d, want %d", test.method, test.target, test.fields, r.StatusCode, test.status)
		}
		for i := 0; i+1 < len(test.have); i += 2 {
			if got := r.Header.Get(test.have[i]); got != test.have[i+1] {
				t.Errorf("%s %s %v: %s: %s, want %s", test.method, test.target, test.fields, test.have[i], got, test.have[i+1])
			}
		}
		if said := body(t, r); !strings.Contains(said, test.says) {
			t.Errorf("%s %s %v: it says %q, want %q", test.method, test.target, test.fields, said, test.says)
		}
	}
	r := b.do("GET", book+"@1.10")
	if links := strings.Join(r.Header["Link"], ","); !strings.Contains(links, "<"+book+`@1.10.source.zip>; rel="alternate"; type="application/zip"`) {
		t.Errorf("Link: %s", links)
	}
	if page := body(t, r); !strings.Contains(page, "(29 B)") || strings.Contains(page, "1.10.pdf") {
		t.Error("the contents do not list the files with their sizes, or one that cannot be made")
	}
}

// archiveInMemory has one book, in a private and in a public repository.
type archiveInMemory struct{ planned bool }

const (
	bookID = "4a1b2c3d-0000-4000-8000-000000000001"
	pageID = "5a1b2c3d-0000-4000-8000-000000000001"
	sumOf  = "0123456789012345678901234567890123456789"
)

func (a *archiveInMemory) Places(_ context.Context, uuid string) ([]exported.Place, error) {
	if uuid != bookID {
		return nil, nil
	}
	return []exported.Place{{Owner: "ann", Name: "secret", Book: "shapes"}, {Owner: "ann", Name: "geometry", Book: "shapes"}}, nil
}

func (a *archiveInMemory) Resources(_ context.Context, sum string) ([]exported.Resource, error) {
	if sum != sumOf {
		return nil, nil
	}
	return []exported.Resource{{Place: exported.Place{Owner: "ann", Name: "geometry", Book: "shapes"}, Number: release.Number{Major: 1, Minor: 10},
		Digest: "d", Type: "image/svg+xml", Size: 3}}, nil
}

func (a *archiveInMemory) Planned(context.Context, *release.Release) (bool, error) {
	return a.planned, nil
}

func (a *archiveInMemory) ArchiveBook(_ context.Context, r *release.Release) (*exported.Book, error) {
	return &exported.Book{Title: r.RepositoryID, Content: "<html/>"}, nil
}

func (a *archiveInMemory) ArchivePage(_ context.Context, _ *release.Release, uuid string) (*exported.Page, error) {
	if uuid != pageID {
		return nil, nil
	}
	return &exported.Page{Title: "Angles", Content: "<html><p/></html>"}, nil
}

func TestArchive(t *testing.T) {
	archive := &archiveInMemory{planned: true}
	b := newBench(t, func(c *Config) { c.Archive = archive })
	for _, test := range []struct {
		target string
		user   string
		status int
		says   string
	}{
		{"/contents/" + bookID + "@1.10.json", "", 200, `"title":"1"`},
		{"/apps/archive/20260604.144757/contents/" + bookID + "@1.10.json", "", 200, `"title":"1"`},
		{"/apps/archive-preview/x/contents/" + bookID + "@1.10.json", "", 200, `"title":"1"`},
		{"/contents/" + bookID + "@1.10.xhtml", "", 200, "<html/>"},
		{"/contents/" + bookID + "@1.10:" + pageID + ".json", "", 200, `"title":"Angles"`},
		{"/contents/" + bookID + "@1.10:" + pageID + ".xhtml", "", 200, "<p/>"},
		{"/contents/" + bookID + "@1.10:" + bookID + ".json", "", 404, ""},
		{"/contents/" + bookID + "@1.1.json", "", 404, ""}, // only in the private one
		{"/contents/" + bookID + "@1.1.json", "ann", 200, `"title":"2"`},
		{"/contents/" + bookID + "@1.12.json", "", 410, "An image was not ours."},
		{"/contents/" + bookID + "@1.2.json", "", 451, ""},
		{"/contents/" + pageID + "@1.1.json", "", 404, ""},
		{"/contents/" + bookID + "@1.10.pdf", "", 404, ""},
		{"/resources/" + strings.Repeat("a", 40), "", 404, ""},
	} {
		r := b.do("GET", test.target, "User", test.user)
		if test.user == "" {
			r = b.do("GET", test.target)
		}
		if said := body(t, r); r.StatusCode != test.status || !strings.Contains(said, test.says) {
			t.Errorf("%s by %q: %d %s, want %d %s", test.target, test.user, r.StatusCode, said, test.status, test.says)
		}
	}
	r := b.do(http.MethodHead, "/resources/"+sumOf)
	if r.StatusCode != 200 || r.Header.Get("Content-Security-Policy") != resource.DrawingPolicy || r.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("a drawing: %d %v", r.StatusCode, r.Header)
	}
	archive.planned = false
	if r := b.do("GET", "/contents/"+bookID+"@1.10.json"); r.StatusCode != 503 || r.Header.Get("Retry-After") == "" {
		t.Errorf("a release that is not planned yet: %d", r.StatusCode)
	}
}
