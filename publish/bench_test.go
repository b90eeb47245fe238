package publish

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/testenv"
	"github.com/rhaptos/rhaptos/gitserver/tree"
	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/collection/realbook"
	"github.com/rhaptos/rhaptos/publish/release"
)

// press is a publisher with a real blob store and database, for benchmarks.
type press struct {
	*Publisher
	trees map[string]fs.FS
}

// Tree implements Source.
func (p *press) Tree(_ context.Context, _, commit string) (fs.FS, func() error, error) {
	return p.trees[commit], func() error { return nil }, nil
}

func newPress(b *testing.B) *press {
	b.Helper()
	dir := b.TempDir()
	db, err := database.OpenSQLite(b.Context(), filepath.Join(dir, "db"), slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	_, err = db.ExecContext(b.Context(), `INSERT INTO repository (id, owner, name, head, private, version, created_at)
		VALUES ($1, 'ann', 'sea', $2, false, 1, 0)`, repository, []byte("refs/heads/main"))
	if err != nil {
		b.Fatal(err)
	}
	blobs, err := blobstore.OpenDir(filepath.Join(dir, "blobs"))
	if err != nil {
		b.Fatal(err)
	}
	p := &press{trees: map[string]fs.FS{}}
	p.Publisher = New(Config{DB: db, Releases: release.NewStore(db, blobs), Blobs: blobs, Source: p, Theme: plainTheme{},
		Analysis: analysis.NewMemory(128 << 20), Log: slog.New(slog.DiscardHandler), Version: "bench"})
	return p
}

// publish makes a release of the tree and fails if there is none.
func (p *press) publish(b *testing.B, commit string, tree fs.FS) {
	b.Helper()
	p.trees[commit] = tree
	var n int64
	err := p.DB.Write(b.Context(), func(ctx context.Context, tx database.Tx) (err error) {
		n, err = Request(ctx, tx, Publication{RepositoryID: repository, Ref: main, Commit: commit, Kind: Release})
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	if err := p.work(b.Context(), job{repository, n}); err != nil {
		b.Fatal(err)
	}
	s, err := Find(b.Context(), p.DB, repository, n)
	if err != nil || s.State != Published {
		b.Fatalf("%+v, %v", s, err)
	}
	delete(p.trees, commit)
}

// measured reports pages per second and the most memory that is in use while f
// runs, beyond what was before.
func measured(b *testing.B, pages int, f func()) {
	b.Helper()
	runtime.GC()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	var peak atomic.Uint64
	done, stopped := make(chan bool), make(chan bool)
	go func() {
		defer close(stopped)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				runtime.ReadMemStats(&now)
				peak.Store(max(peak.Load(), now.HeapInuse))
			}
		}
	}()
	start, used := time.Now(), testenv.ProcessorTime(b)
	f()
	spent := time.Since(start)
	b.ReportMetric((testenv.ProcessorTime(b)-used).Seconds()*1000, "cpu-ms")
	close(done)
	<-stopped
	b.ReportMetric(float64(pages)/spent.Seconds(), "pages/s")
	b.ReportMetric(float64(max(peak.Load(), before.HeapInuse)-before.HeapInuse)/(1<<20), "peak-MB")
}

// generated is a book with so many modules, a tenth of them to a chapter, each
// with a figure and a link to the one before it.
func generated(n int) fstest.MapFS {
	tree := fstest.MapFS{"META-INF/books.xml": file(`<container xmlns="https://openstax.org/namespaces/book-container" version="1">
<book slug="tides" style="x" href="../collections/tides.collection.xml"/></container>`)}
	text := strings.Repeat(`<para id="p%d">The water comes and goes, and with it the ships, <emphasis>twice a day</emphasis>, and some nights.</para>`, 20)
	var parts [][]string
	for i := range n {
		if i%20 == 0 {
			parts = append(parts, nil)
		}
		parts[i/20] = append(parts[i/20], fmt.Sprintf("m%d", i))
		tree[fmt.Sprintf("modules/m%d/index.cnxml", i)] = file(generatedModule(i, text))
	}
	tree["collections/tides.collection.xml"] = file(tideCollection(parts...))
	return tree
}

func generatedModule(n int, text string) string {
	ids := make([]any, strings.Count(text, "%d"))
	for i := range ids {
		ids[i] = i
	}
	body := fmt.Sprintf(text, ids...) + `<figure id="f"/>`
	if n > 0 {
		body += fmt.Sprintf(`<para id="link"><link document="m%d" target-id="f"/></para>`, n-1)
	}
	return strings.Replace(moduleXML(fmt.Sprintf("m%d", n), 0, body), "-000000000000", fmt.Sprintf("-%012d", n), 1)
}

// BenchmarkGrowth publishes generated books of growing size, cold, and then with
// one module changed.
func BenchmarkGrowth(b *testing.B) {
	for _, n := range []int{10, 100, 1_000, 10_000} {
		tree := generated(n)
		b.Run(fmt.Sprintf("cold/%d", n), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				p := newPress(b)
				b.StartTimer()
				measured(b, n, func() { p.publish(b, "c", tree) })
			}
		})
		b.Run(fmt.Sprintf("changed/%d", n), func(b *testing.B) {
			p := newPress(b)
			p.publish(b, "c", tree)
			round := 0
			for b.Loop() {
				round++
				used := testenv.ProcessorTime(b)
				tree["modules/m5/index.cnxml"] = file(generatedModule(5, fmt.Sprintf(`<para id="x">Round %d.</para>`, round)))
				p.publish(b, fmt.Sprint("c", round), tree)
				b.ReportMetric((testenv.ProcessorTime(b)-used).Seconds()*1000, "cpu-ms")
			}
		})
	}
}

// BenchmarkBooks publishes real repositories, cold, and then with one module
// changed.
func BenchmarkBooks(b *testing.B) {
	for _, book := range []struct {
		name, bundle string
		pages        int
	}{
		{"statistics", "osbooks-introductory-statistics-bundle", 373},
		{"python", "osbooks-introduction-python-programming", 175},
	} {
		from := realTree(b, book.bundle)
		b.Run(book.name+"/cold", func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				p := newPress(b)
				b.StartTimer()
				measured(b, book.pages, func() { p.publish(b, "c", from) })
			}
		})
		b.Run(book.name+"/changed", func(b *testing.B) { changed(b, from) })
	}
}

// realTree is what the main branch of a bundle of the shared data holds.
func realTree(b *testing.B, name string) fs.FS {
	b.Helper()
	dir := realbook.Clone(b, name, "--bare")
	head, err := exec.Command("git", "-C", dir, "rev-parse", "main").Output()
	if err != nil {
		b.Fatal(err)
	}
	objects, err := tree.Open(dir)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { objects.Close() })
	fsys, err := objects.Commit(plumbing.NewHash(strings.TrimSpace(string(head))))
	if err != nil {
		b.Fatal(err)
	}
	return fsys
}

// changed publishes the tree with one module changed again and again.
func changed(b *testing.B, from fs.FS) {
	tree := fstest.MapFS{}
	err := fs.WalkDir(from, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(from, name)
		tree[name] = &fstest.MapFile{Data: data, Sys: blobID(name)}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	p := newPress(b)
	p.publish(b, "c", tree)
	var paths []string
	for name := range tree {
		if strings.HasPrefix(name, "modules/") {
			paths = append(paths, name)
		}
	}
	path := slices.Sorted(slices.Values(paths))[len(paths)/2]
	before := tree[path]
	round := 0
	for b.Loop() {
		round++
		used := testenv.ProcessorTime(b)
		data := fmt.Appendf(before.Data[:len(before.Data):len(before.Data)], "<!-- %d -->", round)
		tree[path] = &fstest.MapFile{Data: data, Sys: blobID(fmt.Sprint("changed", round))}
		p.publish(b, fmt.Sprint("c", round), tree)
		b.ReportMetric((testenv.ProcessorTime(b)-used).Seconds()*1000, "cpu-ms")
	}
}
