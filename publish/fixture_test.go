package publish

import (
	"context"
	"crypto/sha1"
	"database/sql"
	"errors"
	"fmt"
	"html"
	"io"
	"io/fs"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/riverqueue/river"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/database/databasetest"
	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/edition"
	"github.com/rhaptos/rhaptos/publish/release"
)

const repository = "r1"

// mdBook is a small book in mdBook's layout; text goes into its first chapter.
func mdBook(text string) fstest.MapFS {
	return fstest.MapFS{
		"book.toml":      file("[book]\ntitle = \"Tides\"\nauthors = [\"Ann\"]\nlanguage = \"en\"\n"),
		"src/SUMMARY.md": file("# Summary\n\n- [Ebb](ebb.md)\n- [Flood](flood.md)\n"),
		"src/ebb.md":     file("# Ebb\n\n" + text + "\n\n![the shore](shore.png)\n"),
		"src/flood.md":   file("# Flood\n\nAnd up.\n"),
		"src/shore.png":  file("\x89PNG\r\n\x1a\nshore"),
	}
}

// openStax is a library of two small books in OpenStax's layout that share a page.
func openStax(text string) fstest.MapFS {
	tree := fstest.MapFS{
		"META-INF/books.xml": file(`<container xmlns="https://openstax.org/namespaces/book-container" version="1">
<book slug="algebra" style="statistics" href="../collections/algebra.collection.xml"/>
<book slug="geometry" style="statistics" href="../collections/geometry.collection.xml"/>
</container>`),
		"collections/algebra.collection.xml":  file(collectionXML("algebra", "4a1b2c3d-0000-4000-8000-000000000001", "m1", "m2")),
		"collections/geometry.collection.xml": file(collectionXML("geometry", "4a1b2c3d-0000-4000-8000-000000000002", "m2", "m3")),
		"media/sum.png":                       file("\x89PNG\r\n\x1a\nsum"),
	}
	for i, body := range []string{text, `<figure id="f"><media id="x" alt="a sum"><image mime-type="image/png" src="../../media/sum.png"/></media></figure>`, `<para id="p">Circles.</para>`} {
		id := fmt.Sprintf("m%d", i+1)
		tree["modules/"+id+"/index.cnxml"] = file(moduleXML(id, i+1, body))
	}
	return tree
}

func collectionXML(slug, uuid string, modules ...string) string {
	s := `<col:collection xmlns:col="http://cnx.rice.edu/collxml" xmlns:md="http://cnx.rice.edu/mdml" xmlns="http://cnx.rice.edu/collxml">
<col:metadata><md:title>` + slug + `</md:title><md:slug>` + slug + `</md:slug><md:language>en</md:language><md:uuid>` + uuid + `</md:uuid>
<md:license url="https://creativecommons.org/licenses/by/4.0/">CC BY</md:license></col:metadata><col:content>`
	for _, m := range modules {
		s += `<col:module document="` + m + `"/>`
	}
	return s + `</col:content></col:collection>`
}

func moduleXML(id string, n int, body string) string {
	return `<document xmlns="http://cnx.rice.edu/cnxml" id="` + id + `" cnxml-version="0.7"><title>Page ` + id + `</title>
<metadata xmlns:md="http://cnx.rice.edu/mdml" mdml-version="0.5"><md:content-id>` + id + `</md:content-id><md:title>Page ` + id + `</md:title>
<md:uuid>5a1b2c3d-0000-4000-8000-00000000000` + fmt.Sprint(n) + `</md:uuid></metadata>
<content>` + body + `</content></document>`
}

func file(text string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte(text), Sys: blobID(fmt.Sprintf("%x", sha1.Sum([]byte(text))))}
}

// blobID stands for git's object id, as the Sys of a file in a commit's tree.
type blobID string

func (b blobID) BlobID() string { return string(b) }

// source has a tree for each commit, and may be told to hold it back.
type source struct {
	trees map[string]fs.FS
	asked func(commit string) // may block

	mu     sync.Mutex
	opened []string
}

func (s *source) Tree(_ context.Context, _, commit string) (fs.FS, func() error, error) {
	if s.asked != nil {
		s.asked(commit)
	}
	tree := s.trees[commit]
	if tree == nil {
		return nil, nil, errors.New("the mirror is being repaired")
	}
	return watched{tree, s}, func() error { return nil }, nil
}

// watched notes which files are opened.
type watched struct {
	fs.FS
	s *source
}

func (w watched) Stat(name string) (fs.FileInfo, error) { return fs.Stat(w.FS, name) }

func (w watched) Open(name string) (fs.File, error) {
	w.s.mu.Lock()
	w.s.opened = append(w.s.opened, name)
	w.s.mu.Unlock()
	return w.FS.Open(name)
}

func (s *source) hasOpened(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Contains(s.opened, name)
}

// plainTheme writes the least that a page can be.
type plainTheme struct{ poison string }

func (t plainTheme) Page(w io.Writer, v *edition.PageView) error {
	if t.poison != "" && v.PlainTitle == t.poison {
		panic("poisoned page")
	}
	_, err := fmt.Fprintf(w, "<!DOCTYPE html><title>%s</title><h1>%s</h1>%s", html.EscapeString(v.PlainTitle), v.Title, v.Body)
	return err
}

func (plainTheme) EditionStyle(_ *collection.Book, draft string) []byte { return []byte(draft) }

func (plainTheme) Assets() fs.FS { return fstest.MapFS{"style.css": {Data: []byte("p{}")}} }

// announcements notes what has been announced; they are kept in the database,
// so that a transaction that is rolled back announces nothing.
type announcements struct{}

func (announcements) Announce(ctx context.Context, tx database.Tx, e Event) error {
	name := e.Data.URL // of a release only one may be told
	if e.Type != ReleasePublished {
		name = fmt.Sprintf("%s %d %s %s", e.Type, e.Data.Publication, e.Data.Book, e.Data.Ref)
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO setting (name, value) VALUES ($1, $2)`, name, e.Type)
	return err
}

// bench is a publisher with all that it needs.
type bench struct {
	*testing.T
	*Publisher
	source *source
}

func TestMain(m *testing.M) { databasetest.Brief(m) }

func newBench(t *testing.T) *bench {
	t.Helper()
	db := databasetest.Open(t)
	_, err := db.ExecContext(t.Context(), `INSERT INTO repository (id, owner, name, head, private, version, created_at)
		VALUES ($1, 'ann', 'sea', $2, false, 1, 0)`, repository, []byte("refs/heads/main"))
	if err != nil {
		t.Fatal(err)
	}
	blobs := blobstore.NewMemory()
	s := &source{trees: map[string]fs.FS{}}
	return &bench{t, New(Config{DB: db, Releases: release.NewStore(db, blobs), Blobs: blobs, Source: s, Theme: plainTheme{}, Analysis: analysis.NewMemory(1 << 20),
		Announcers: []Announcer{announcements{}}, BaseURL: "https://books.example/", Version: "test", Log: slog.New(slog.DiscardHandler)}), s}
}

// request asks for a publication of the tree as if it had been pushed to ref.
func (b *bench) request(kind Kind, ref, commit string, tree fs.FS) int64 {
	b.Helper()
	if tree != nil {
		b.source.trees[commit] = tree
	}
	var n int64
	err := b.DB.Write(b.Context(), func(ctx context.Context, tx database.Tx) (err error) {
		n, err = Request(ctx, tx, Publication{RepositoryID: repository, Ref: ref, Commit: commit, Kind: kind})
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// do works the publication's job once, here.
func (b *bench) do(n int64) {
	b.Helper()
	if err := b.work(b.Context(), job{repository, n}); err != nil {
		b.Fatal(err)
	}
}

// publishRef is request and do.
func (b *bench) publishRef(kind Kind, ref, commit string, tree fs.FS) *Status {
	b.Helper()
	n := b.request(kind, ref, commit, tree)
	b.do(n)
	return b.status(n)
}

func (b *bench) status(n int64) *Status {
	b.Helper()
	s, err := Find(b.Context(), b.DB, repository, n)
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// start runs real workers until the test ends.
func (b *bench) start(concurrency int) {
	b.Helper()
	workers := river.NewWorkers()
	b.AddWorker(workers)
	stop, err := b.DB.Work(b.Context(), workers, concurrency)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := stop(context.Background()); err != nil {
			b.Error(err)
		}
	})
}

// await waits until a publication has ended.
func (b *bench) await(n int64) *Status {
	b.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(30 * time.Second)
	for {
		if s := b.status(n); s.State != Pending {
			return s
		}
		select {
		case <-tick.C:
		case <-deadline:
			b.Fatalf("publication %d has not ended: %+v", n, b.status(n))
		}
	}
}

// releases are "book number commit", oldest first.
func (b *bench) releases() []string {
	b.Helper()
	all, err := b.Releases.Releases(b.Context(), repository)
	if err != nil {
		b.Fatal(err)
	}
	var out []string
	for _, r := range slices.Backward(all) {
		out = append(out, fmt.Sprintf("%s %s %s", r.Book, r.Number, r.Commit))
	}
	return out
}

// drafts are "branch book commit".
func (b *bench) drafts() []string {
	b.Helper()
	all, err := b.Releases.Drafts(b.Context(), repository)
	if err != nil {
		b.Fatal(err)
	}
	var out []string
	for _, d := range all {
		out = append(out, fmt.Sprintf("%s %s %s", d.Branch, d.Book, d.Commit))
	}
	return out
}

func (b *bench) announced() int { return b.events(ReleasePublished) }

// events returns how many events of the type were announced.
func (b *bench) events(eventType string) int {
	b.Helper()
	var n sql.NullInt64
	if err := b.DB.QueryRowContext(b.Context(), `SELECT count(*) FROM setting WHERE value = $1`, eventType).Scan(&n); err != nil {
		b.Fatal(err)
	}
	return int(n.Int64)
}

// read is a file of a release or draft.
func (b *bench) read(manifest blobstore.Digest, path string) string {
	b.Helper()
	m, err := b.Releases.Manifest(b.Context(), manifest)
	if err != nil {
		b.Fatal(err)
	}
	f, ok := m.File(path)
	if !ok {
		b.Fatalf("%s is not in the manifest: %+v", path, m.Files)
	}
	r, err := b.Blobs.Open(b.Context(), f.Digest)
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil || int64(len(data)) != f.Size {
		b.Fatalf("%s: %d bytes, %v; the manifest says %d", path, len(data), err, f.Size)
	}
	return string(data)
}

func equal(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}
