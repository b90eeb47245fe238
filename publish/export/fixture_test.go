package export

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/riverqueue/river"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/database/databasetest"
	"github.com/rhaptos/rhaptos/publish"
	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/collection/realbook"
	"github.com/rhaptos/rhaptos/publish/export/content"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/theme"
)

const repository = "r1"

// shelf is a publisher with the exports of what it publishes.
type shelf struct {
	testing.TB
	*Exports
	publisher *publish.Publisher
	source    *trees
}

// trees has a tree for each commit.
type trees struct {
	mu   sync.Mutex
	tree map[string]fs.FS
	down bool
}

func (s *trees) Tree(_ context.Context, _, commit string) (fs.FS, func() error, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down || s.tree[commit] == nil {
		return nil, nil, errors.New("the mirror is being repaired")
	}
	return s.tree[commit], func() error { return nil }, nil
}

func (s *trees) put(commit string, tree fs.FS) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tree[commit] = tree
}

func TestMain(m *testing.M) { databasetest.Brief(m) }

func newShelf(t testing.TB) *shelf { return openShelf(t, true) }

// openShelf opens a shelf, on which releases have exports from the beginning if early.
func openShelf(t testing.TB, early bool) *shelf {
	t.Helper()
	db := databasetest.Open(t)
	if _, err := db.ExecContext(t.Context(), `INSERT INTO repository (id, owner, name, head, private, version, created_at)
		VALUES ($1, 'ann', 'sea', $2, false, 1, 0)`, repository, []byte("refs/heads/main")); err != nil {
		t.Fatal(err)
	}
	look, err := theme.New()
	if err != nil {
		t.Fatal(err)
	}
	blobs := blobstore.NewMemory()
	releases := release.NewStore(db, blobs)
	source := &trees{tree: map[string]fs.FS{}}
	log := slog.New(slog.DiscardHandler)
	x := New(Config{DB: db, Releases: releases, Blobs: blobs, Source: source, BaseURL: "https://books.example", Log: log})
	c := publish.Config{DB: db, Releases: releases, Blobs: blobs, Source: source, Theme: look, Analysis: analysis.NewMemory(1 << 20), BaseURL: "https://books.example", Log: log}
	if early {
		c.Announcers = []publish.Announcer{x}
	}
	p := publish.New(c)
	return &shelf{t, x, p, source}
}

// start runs workers until the test ends.
func (s *shelf) start() {
	s.Helper()
	workers := river.NewWorkers()
	s.publisher.AddWorker(workers)
	s.AddWorker(workers)
	stop, err := s.DB.Work(context.WithoutCancel(s.Context()), workers, 2)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() {
		if err := stop(context.Background()); err != nil {
			s.Error(err)
		}
	})
}

// publish publishes a tree as the commit and returns the releases, by their
// books' slugs.
func (s *shelf) publish(commit string, tree fs.FS) []*release.Release {
	s.Helper()
	s.source.put(commit, tree)
	var n int64
	if err := s.DB.Write(s.Context(), func(ctx context.Context, tx database.Tx) (err error) {
		n, err = publish.Request(ctx, tx, publish.Publication{RepositoryID: repository, Ref: "refs/heads/main", Commit: commit, Kind: publish.Release})
		return err
	}); err != nil {
		s.Fatal(err)
	}
	var status *publish.Status
	s.until("the publication to end", func() (bool, error) {
		var err error
		status, err = publish.Find(s.Context(), s.DB, repository, n)
		return err == nil && status.State != publish.Pending, err
	})
	if status.State != publish.Published {
		s.Fatalf("publication of %s: %s\n%s", commit, status.State, status.Report)
	}
	all, err := s.Releases.Releases(s.Context(), repository)
	if err != nil {
		s.Fatal(err)
	}
	all = slices.DeleteFunc(all, func(r *release.Release) bool { return r.Commit != commit })
	slices.SortFunc(all, func(a, b *release.Release) int { return strings.Compare(a.Book, b.Book) })
	return all
}

// until waits for something.
func (s *shelf) until(what string, f func() (bool, error)) {
	s.Helper()
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(5 * time.Millisecond) {
		ok, err := f()
		if err != nil {
			s.Fatal(err)
		}
		if ok {
			return
		}
		if time.Now().After(deadline) {
			s.Fatalf("waited in vain for %s", what)
		}
	}
}

// states are what became of the exports of a release: "epub made".
func (s *shelf) states(r *release.Release) []string {
	s.Helper()
	all, err := s.Of(s.Context(), r)
	if err != nil {
		s.Fatal(err)
	}
	var list []string
	for _, e := range all {
		list = append(list, e.Format+" "+string(e.State))
	}
	return list
}

// open is the release as exports are made of it.
func (s *shelf) open(r *release.Release) *content.Edition {
	s.Helper()
	e, closeTree, err := s.edition(s.Context(), r)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { closeTree() })
	return e
}

// write makes a file of the format in a folder.
func (s *shelf) save(f Format, r *release.Release) string {
	s.Helper()
	name := filepath.Join(s.TempDir(), f.FileName(r.Book, r.Number.String()))
	out, err := os.Create(name)
	if err != nil {
		s.Fatal(err)
	}
	defer out.Close()
	if err := s.write(s.Context(), out, f, s.open(r)); err != nil {
		s.Fatal(err)
	}
	return name
}

func read(t testing.TB, r io.Reader) string {
	t.Helper()
	var b bytes.Buffer
	if _, err := b.ReadFrom(r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

// sample is a book that comes with the program.
func sample(name string) fs.FS {
	return os.DirFS(filepath.Join("..", "..", "cmd", "rhaptos", "sample", name))
}

// realTree is the tree of a real book, or leaves the test out.
func realTree(t testing.TB, name string) fs.FS { return os.DirFS(realbook.Clone(t, name)) }

const hostileSVG = `<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x "y">]><svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="9" onload="alert(1)">
<script>alert(2)</script><style>@import url(https://evil.example/a.css);</style><a xlink:href="javascript:alert(3)"><rect id="r" width="9" height="9" fill="url(https://evil.example/x)"/></a>
<foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml" src="https://evil.example/"/></foreignObject><use xlink:href="#r"/></svg>`

// hostile is a library whose names and texts are meant to break what is made of
// them; its two books share a page and link to each other.
func hostile() fstest.MapFS {
	png := "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\rIDATx\xdac\xfc\xcf\xc0P\x0f\x00\x04\x85\x01\x80\x84\xa9\x8c!\x00\x00\x00\x00IEND\xaeB`\x82"
	tree := fstest.MapFS{
		"META-INF/books.xml": file(`<container xmlns="https://openstax.org/namespaces/book-container" version="1">
<book slug="con" style="x" href="../collections/con.collection.xml"/>
<book slug="cálculo-łódź" style="x" href="../collections/cálculo-łódź.collection.xml"/>
</container>`),
		"collections/con.collection.xml":          file(hostileCollection("con", "4a1b2c3d-0000-4000-8000-000000000001", "en", "m1", "m2")),
		"collections/cálculo-łódź.collection.xml": file(hostileCollection("cálculo-łódź", "4a1b2c3d-0000-4000-8000-000000000002", "pl", "m2", "m3")),
		"media/sum.png":         file(png),
		"media/other/SUM.png":   file(png + "x"),
		"media/ha ha & <b>.svg": file(hostileSVG),
		"media/wrong.gif":       file(png + "y"),
		"media/app.html":        file("<script>alert(4)</script>"),
		"LICENSE":               file("do what you like"),
	}
	bodies := []string{
		`<para id="p">Żółć &amp; 東京都の天気 <link document="m3" target-id="f"/> and <link document="m2"/>, <link url="https://example.org/a?b=c&amp;d"/>.</para>
<note id="page-break-1"><para id="q">x<footnote id="fn">A foot.</footnote></para></note>
<figure id="f"><media id="x" alt="a &quot;sum&quot;"><image mime-type="image/png" src="../../media/sum.png"/></media></figure>
<para id="w"><media id="y" alt=""><image mime-type="image/gif" src="../../media/wrong.gif"/></media></para>
<media id="z" alt="drawing"><image mime-type="image/svg+xml" src="../../media/ha ha &amp; &lt;b&gt;.svg"/></media>
<media id="i" alt="app"><iframe width="3" height="3" src="../../media/app.html"/></media>
<media id="j" alt="remote"><iframe width="3" height="3" src="https://player.example/1"/></media>`,
		`<section id="s"><title>S <m:math xmlns:m="http://www.w3.org/1998/Math/MathML"><m:mfenced><m:mi mathvariant="bold">x</m:mi></m:mfenced></m:math></title><para id="p">Circles, <term id="el">ellipses</term> and 東京.</para></section>
<exercise id="e"><problem id="ep"><para id="epp">Why?</para></problem><solution id="es"><para id="esp">Because.</para></solution></exercise>`,
		`<figure id="f"><media id="x" alt="a sum"><image mime-type="image/png" src="../../media/other/SUM.png"/></media></figure>`,
	}
	for i, body := range bodies {
		id := fmt.Sprintf("m%d", i+1)
		tree["modules/"+id+"/index.cnxml"] = file(`<document xmlns="http://cnx.rice.edu/cnxml" id="` + id + `" cnxml-version="0.7"><title>Page &lt;script&gt;alert(6)&lt;/script&gt; "` + id + `" ../../x</title>
<metadata xmlns:md="http://cnx.rice.edu/mdml" mdml-version="0.5"><md:content-id>` + id + `</md:content-id><md:title>Page</md:title>
<md:uuid>5a1b2c3d-0000-4000-8000-00000000000` + fmt.Sprint(i+1) + `</md:uuid></metadata><content>` + body + `</content>
<glossary><definition id="d` + id + `"><term>sum</term><meaning id="dm` + id + `">What is added.</meaning></definition></glossary></document>`)
	}
	return tree
}

func hostileCollection(slug, uuid, language string, modules ...string) string {
	s := `<col:collection xmlns:col="http://cnx.rice.edu/collxml" xmlns:md="http://cnx.rice.edu/mdml" xmlns="http://cnx.rice.edu/collxml">
<col:metadata><md:title>&lt;/title&gt;&lt;script&gt;alert(7)&lt;/script&gt; ../../` + slug + `</md:title><md:slug>` + slug + `</md:slug><md:language>` + language + `</md:language><md:uuid>` + uuid + `</md:uuid>
<md:license url="https://creativecommons.org/licenses/by/4.0/">CC BY</md:license></col:metadata><col:content>`
	for _, m := range modules {
		s += `<col:module document="` + m + `"/>`
	}
	return s + `</col:content></col:collection>`
}
