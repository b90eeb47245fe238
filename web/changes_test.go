package web

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/web/changes"
	"github.com/rhaptos/rhaptos/web/resource"
)

// edit gives the draft "next" of the fixture another text on its first page, a
// new page and one page less.
func (b *bench) edit(text string) {
	b.t.Helper()
	put := func(path, text string) release.File {
		info, err := b.config.Blobs.(blobstore.Store).Put(context.Background(), strings.NewReader(text))
		if err != nil {
			b.t.Fatal(err)
		}
		return release.File{Path: path, Type: resource.TypeHTML, Size: info.Size, Digest: info.Digest}
	}
	m := *b.store.manifests["m"]
	m.Contents = []release.Entry{
		{Number: "1", Title: "Angles", Plain: "Angles", Slug: "1-corners", Module: "m10001"},
		{Number: "2", Title: "New", Plain: "New", Slug: "2-new", Module: "m10009"},
	}
	m.Files = []release.File{put("1-corners", text), put("2-new", "<main><article><p>All new.</p></article></main>")}
	b.store.manifests["edited"] = &m
	for _, d := range b.store.drafts {
		if d.Branch == "next" {
			d.Manifest = "edited"
		}
	}
}

func TestChanges(t *testing.T) {
	b := newBench(t, nil)
	b.edit(`<main><article><p>An angle is an <a href="2-new">edge</a>.</p></article></main>`)
	r := b.do(http.MethodGet, "/ann/geometry/shapes@1.10...next.json")
	if r.StatusCode != 200 || r.Header.Get("Cache-Control") != "no-store" || r.Header.Get("X-Robots-Tag") != "noindex" {
		t.Fatal(r.Status, r.Header)
	}
	var got changes.JSON
	decode(t, r, &got)
	if len(got.Pages) != 3 || got.Old.Number != "1.10" || got.New.Branch != "next" || len(got.Headings) != 1 || len(got.Media) != 5 {
		t.Fatalf("got %+v", got)
	}
	changed := got.Pages[0]
	if changed.Change != "changed" || changed.Old.Slug != "1-angles" || changed.URL != "/ann/geometry/shapes@1.10...next/1-corners" || changed.Added != 2 || changed.Removed != 3 {
		t.Errorf("got %+v, %+v", changed, changed.Old) // the title of the old page's document counts
	}
	if got.Pages[1].Change != "added" || got.Pages[2].Change != "removed" || got.Pages[2].New != nil {
		t.Errorf("got %+v", got.Pages)
	}
	list := body(t, b.do(http.MethodGet, "/ann/geometry/shapes@1.10...next"))
	for _, want := range []string{`href="/ann/geometry/shapes@1.10...next/2-new"`, "Größe", "media/what is this", `src="/ann/geometry/shapes@1.10/media/a%20b.png"`} {
		if !strings.Contains(list, want) {
			t.Errorf("the list has no %s", want)
		}
	}
	for _, slug := range []string{"1-corners", "2-new", "ch01%2Fgr%C3%B6%C3%9Fe"} {
		if slug = strings.ReplaceAll(slug, "%2F", "/"); b.do(http.MethodGet, "/ann/geometry/shapes@1.10...next/"+slug).StatusCode != 200 {
			t.Errorf("%s: %s", slug, b.trace())
		}
	}
	page := body(t, b.do(http.MethodGet, "/ann/geometry/shapes@1.10...next/1-corners"))
	for _, want := range []string{`<html lang="en"`, `<a href="/ann/geometry/shapes@next/2-new"><ins>`, "<ins>", `href="/ann/geometry/shapes@1.10/1-angles"`, `rel="next" href="/ann/geometry/shapes@1.10...next/2-new"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s:\n%s", want, page)
		}
	}
}

func TestChangesAnswers(t *testing.T) {
	b := newBench(t, nil)
	b.edit("<main><article><p>x</p></article></main>")
	for _, one := range []struct {
		path, user string
		status     int
		field      string
		want       string
	}{
		{"shapes@1.9...1.10", "", 200, "Cache-Control", immutable},
		{"shapes@1.9...1.10/1-angles", "", 200, "Cache-Control", immutable},
		{"shapes@1.9...1.10/1-angles", "", 200, "X-Robots-Tag", "noindex"},
		{"shapes@1.10...next/1-angles", "", 307, "Location", "/ann/geometry/shapes@1.10...next/1-corners"},
		{"shapes@1.10...next/", "", 308, "Location", "/ann/geometry/shapes@1.10...next"},
		{"shapes@1.10...fix~figures", "", 200, "Cache-Control", "no-store"},
		{"shapes@1.10...odd.json", "", 200, "Content-Type", resource.TypeHTML},
		{"shapes@1.10...odd.json.json", "", 200, "Content-Type", resource.TypeJSON},
		{"shapes@1.10...1.11", "", 404, "", ""},
		{"shapes@...1.10", "", 404, "", ""},
		{"shapes@1.10...", "", 404, "", ""},
		{"shapes@1.10...1.9...next", "", 404, "", ""},
		{"shapes@1.9...1.10/none", "", 404, "", ""},
		{"shapes@1.9...1.10/media/a%20b.png", "", 404, "", ""},
		{"shapes@1.9...1.12", "", 410, "", ""},
		{"shapes@1.12...1.9/1-angles", "", 410, "", ""},
		{"shapes@1.2...1.9", "", 451, "", ""},
		{"../secret/shapes@1.1...1.1", "", 404, "", ""},
		{"../secret/shapes@1.1...1.1", "bob", 404, "", ""},
		{"../secret/shapes@1.1...1.1", "ann", 200, "Cache-Control", "private, max-age=31536000, immutable"},
	} {
		path := "/ann/geometry/" + one.path
		if rest, ok := strings.CutPrefix(one.path, "../"); ok {
			path = "/ann/" + rest
		}
		var fields []string
		if one.user != "" {
			fields = []string{"User", one.user}
		}
		r := b.do(http.MethodGet, path, fields...)
		if r.StatusCode != one.status || one.field != "" && r.Header.Get(one.field) != one.want {
			t.Errorf("%s: status %d, %s %q; want %d, %q", path, r.StatusCode, one.field, r.Header.Get(one.field), one.status, one.want)
		}
	}
}

func TestChangesAreLinked(t *testing.T) {
	b := newBench(t, nil)
	for path, want := range map[string]string{
		"/ann/geometry/shapes@next":     `href="/ann/geometry/shapes@1.10...next"`,
		"/ann/geometry/shapes@1.10":     `href="/ann/geometry/shapes@1.9...1.10"`,
		"/ann/geometry/-/releases":      `href="/ann/geometry/shapes@1.9...1.10"`,
		"/ann/geometry":                 `href="/ann/geometry/shapes@1.9...1.10"`,
		"/ann/geometry/-/releases.json": `"changes":"/ann/geometry/shapes@1.9...1.10"`,
	} {
		if page := body(t, b.do(http.MethodGet, path)); !strings.Contains(page, want) {
			t.Errorf("%s has no %s", path, want)
		}
	}
	if page := body(t, b.do(http.MethodGet, "/ann/geometry/shapes@1.9")); strings.Contains(page, `...1.9"`) {
		t.Error("the first release that can be read is compared with another")
	}
}
