package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/git"
	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/theme"
)

// What the server passes in fits.
var (
	_ resource.Releases = (*release.Store)(nil)
	_ resource.Blobs    = blobstore.Store(nil)
)

// repositoriesInMemory knows who may see what by the user's name alone: "ann"
// owns everything that is private, "bob" is a stranger with an account, "eve"
// is shut out by name, wrongUser has the wrong password.
type repositoriesInMemory []*resource.Repository

func (m repositoriesInMemory) Find(_ context.Context, r *http.Request, owner, name string) (*resource.Repository, error) {
	user, _, _ := r.BasicAuth()
	i := slices.IndexFunc(m, func(x *resource.Repository) bool { return x.Owner == owner && x.Name == name })
	switch {
	case user == wrongUser:
		return nil, resource.ErrUnauthorized
	case owner == "broken":
		return nil, errors.New("password=tiger")
	case user == "eve":
		return nil, resource.ErrForbidden
	case i >= 0 && (!m[i].Private || user == "ann"):
		return m[i], nil
	case user == "":
		return nil, resource.ErrUnauthorized
	}
	return nil, resource.ErrNotFound
}

func (m repositoriesInMemory) Authenticate(_ context.Context, r *http.Request) error {
	if user, _, _ := r.BasicAuth(); user == wrongUser {
		return resource.ErrUnauthorized
	}
	return nil
}

func (m repositoriesInMemory) List(ctx context.Context, r *http.Request) ([]*resource.Repository, error) {
	if err := m.Authenticate(ctx, r); err != nil {
		return nil, err
	}
	var list []*resource.Repository
	for _, x := range m {
		if _, err := m.Find(ctx, r, x.Owner, x.Name); err == nil {
			list = append(list, x)
		}
	}
	return list, nil
}

const wrongUser = "mallory"

// releasesInMemory is the store of releases without a database.
type releasesInMemory struct {
	whereabouts release.Location   // of every page that an edition does not have
	releases    []*release.Release // newest first
	drafts      []*release.Draft
	manifests   map[blobstore.Digest]*release.Manifest
}

func (m *releasesInMemory) Release(_ context.Context, id, book string, n release.Number) (*release.Release, error) {
	for _, r := range m.releases {
		if r.RepositoryID == id && r.Book == book && r.Number == n {
			return r, nil
		}
	}
	return nil, release.ErrNotFound
}

func (m *releasesInMemory) Latest(_ context.Context, id, book string) (*release.Release, error) {
	var latest *release.Release
	for _, r := range m.releases {
		if r.RepositoryID == id && r.Book == book && r.State == release.Current &&
			(latest == nil || r.Number.Compare(latest.Number) > 0) {
			latest = r
		}
	}
	if latest == nil {
		return nil, release.ErrNotFound
	}
	return latest, nil
}

func (m *releasesInMemory) Releases(_ context.Context, id string) ([]*release.Release, error) {
	var list []*release.Release
	for _, r := range m.releases {
		if r.RepositoryID == id {
			list = append(list, r)
		}
	}
	return list, nil
}

func (m *releasesInMemory) Draft(_ context.Context, id, branch, book string) (*release.Draft, error) {
	for _, d := range m.drafts {
		if d.RepositoryID == id && d.Branch == branch && d.Book == book {
			return d, nil
		}
	}
	return nil, release.ErrNotFound
}

func (m *releasesInMemory) Drafts(_ context.Context, id string) ([]*release.Draft, error) {
	var list []*release.Draft
	for _, d := range m.drafts {
		if d.RepositoryID == id {
			list = append(list, d)
		}
	}
	return list, nil
}

// Locate knows no other places than the present ones.
func (m *releasesInMemory) Locate(context.Context, string, string, *release.Manifest, string) (release.Location, error) {
	return m.whereabouts, nil
}

func (m *releasesInMemory) Manifest(_ context.Context, d blobstore.Digest) (*release.Manifest, error) {
	if found, ok := m.manifests[d]; ok {
		return found, nil
	}
	return nil, errors.New("manifest lost")
}

var published = time.Date(2025, 2, 3, 4, 5, 6, 700, time.UTC)

// The files of the one book that all editions of the fixture hold.
var files = map[string]struct{ mediaType, content string }{
	"1-angles":           {"text/html; charset=utf-8", "<!DOCTYPE html><title>Angles</title><p>An angle is a corner.</p>"},
	"ch01/größe":         {"text/html; charset=utf-8", "<!DOCTYPE html><title>Größe</title>"},
	"-/style.css":        {"text/css; charset=utf-8", "p{margin:0}"},
	"media/a b.png":      {"image/png", "\x89PNG\r\n\x1a\n0123456789"},
	"media/drawing.svg":  {"image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg'/>"},
	"2-coded":            {"text/html; charset=utf-8", "<!DOCTYPE html><title>Coded</title>" + strings.Repeat("<p>Again.</p>", 100)},
	"media/evil.html":    {"text/html", "<script>alert(1)</script>"},
	"media/lost.png":     {"image/png", "never stored"},
	"media/what is this": {"?", "unknown"},
}

// bench is a server over what is in memory.
type bench struct {
	http.Handler
	t      *testing.T
	config Config
	traces []string
	store  *releasesInMemory
}

func newBench(t *testing.T, change func(*Config)) *bench {
	t.Helper()
	drawn, err := theme.New()
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, store: &releasesInMemory{manifests: map[blobstore.Digest]*release.Manifest{}}}
	blobs := blobstore.NewMemory()
	b.fill(blobs)
	b.config = Config{
		Site: resource.Site{
			Repositories: repositoriesInMemory{
				{ID: "1", Owner: "ann", Name: "geometry", DefaultBranch: "main", Version: 7},
				{ID: "2", Owner: "ann", Name: "secret", DefaultBranch: "main", Private: true, Version: 1},
			},
			Releases: b.store, Blobs: blobs, Theme: drawn,
			URL: "https://books.example/", SSH: "ssh://git@books.example:2222",
		},
		Content: Content{
			Pushes: recordedPushes(), Rules: fstest.MapFS{
				"README.md":   {Data: []byte("# Rules\n\n[one](one-rule.md#why) [out](https://example.org/x.md)\n")},
				"one-rule.md": {Data: []byte("# one-rule\n\nBad: `<a>`, see [all](README.md). <script>alert(1)</script>\n")}},
		},
		Protocols:  Protocols{Git: func(owner, name string) git.Request { return &echo{owner: owner, name: name} }},
		Operations: Operations{Observe: func(_ *http.Request, trace *decision.Trace) { b.traces = append(b.traces, trace.String()) }},
	}
	if change != nil {
		change(&b.config)
	}
	if b.Handler, err = New(b.config); err != nil {
		t.Fatal(err)
	}
	return b
}

// echo is git's side: it answers with what the router found.
type echo struct{ owner, name, verb string }

func (e *echo) Authorize(_ *http.Request, verb string) error {
	e.verb = verb
	return nil
}

func (e *echo) Advertise(_ context.Context, w io.Writer) error {
	_, err := fmt.Fprintf(w, "refs of %s/%s for %s", e.owner, e.name, e.verb)
	return err
}

func (e *echo) Exchange(w http.ResponseWriter, _ *http.Request) error {
	_, err := fmt.Fprintf(w, "%s of %s/%s", e.verb, e.owner, e.name)
	return err
}

func (e *echo) Bundle(_ context.Context, name string) (io.ReadSeekCloser, int64, string, bool, error) {
	content := "bundle " + name + " of " + e.owner + "/" + e.name
	return nopCloser{strings.NewReader(content)}, int64(len(content)), `"b"`, false, nil
}

// nopCloser is a file in memory.
type nopCloser struct{ io.ReadSeeker }

func (nopCloser) Close() error { return nil }

func (b *bench) fill(blobs blobstore.Store) {
	m := &release.Manifest{
		Format: 1,
		Book:   release.Book{Slug: "shapes", Title: "Shapes & Sizes", Language: "en", Authors: []string{"Ann Author"}},
		Contents: []release.Entry{{Title: "Part <em>one</em>", Plain: "Part one", Children: []release.Entry{
			{Number: "1", Title: "Angles", Plain: "Angles", Slug: "1-angles", Module: "m10001"},
			{Number: "2", Title: "Größe", Plain: "Größe", Slug: "ch01/größe", Module: "ch01/size"},
		}}},
	}
	for path, f := range files {
		info := blobstore.Info{Digest: blobstore.Digest(strings.Repeat("0", 64)), Size: int64(len(f.content))}
		if path != "media/lost.png" {
			var err error
			if info, err = blobs.Put(context.Background(), strings.NewReader(f.content)); err != nil {
				b.t.Fatal(err)
			}
		}
		of := release.File{Path: path, Type: f.mediaType, Size: info.Size, Digest: info.Digest}
		if path == "2-coded" {
			of.Variants = b.variants(blobs, f.content)
		}
		m.Files = append(m.Files, of)
	}
	slices.SortFunc(m.Files, func(x, y release.File) int { return strings.Compare(x.Path, y.Path) })
	b.store.manifests["m"] = m
	add := func(id, book string, minor int, state release.State, reason string) {
		b.store.releases = append(b.store.releases, &release.Release{
			RepositoryID: id, Book: book, Number: release.Number{Major: 1, Minor: minor}, Title: "Shapes & Sizes", Commit: strings.Repeat("a", 40),
			Ref: "refs/heads/main", Manifest: "m", State: state, Reason: reason, Published: published.AddDate(0, 0, minor),
		})
	}
	add("1", "shapes", 12, release.Withdrawn, "An image was not ours.")
	add("1", "shapes", 10, release.Current, "")
	add("1", "shapes", 9, release.Current, "")
	add("1", "shapes", 2, release.Blocked, "A court says so.")
	add("1", "größen", 1, release.Current, "")
	add("1", "withdrawn", 2, release.Withdrawn, "Wrong throughout.")
	add("1", "withdrawn", 1, release.Blocked, "")
	add("1", "blocked", 1, release.Blocked, "A court says so.")
	add("2", "shapes", 1, release.Current, "")
	for _, branch := range []string{"next", "fix/figures", "1.9", "1.77", "odd.json"} {
		b.store.drafts = append(b.store.drafts, &release.Draft{
			RepositoryID: "1", Branch: branch, Book: "shapes", Title: "Shapes & Sizes", Commit: strings.Repeat("b", 40),
			Manifest: "m", Problems: 3, Updated: published,
		})
	}
}

// do sends a request; fields are name, value, name, value.
func (b *bench) do(method, target string, fields ...string) *http.Response {
	b.t.Helper()
	r := httptest.NewRequest(http.MethodGet, "http://books.example"+target, nil)
	r.Method = method
	for i := 0; i+1 < len(fields); i += 2 {
		if fields[i] == "User" {
			r.SetBasicAuth(fields[i+1], "x")
			continue
		}
		r.Header.Add(fields[i], fields[i+1])
	}
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	return w.Result()
}

// trace is the way of the last request.
func (b *bench) trace() string {
	if len(b.traces) == 0 {
		return ""
	}
	return b.traces[len(b.traces)-1]
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	content, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// decode reads an answer's JSON and fails for fields that v does not have.
func decode(t *testing.T, r *http.Response, v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader([]byte(body(t, r))))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		t.Fatal(err)
	}
}
