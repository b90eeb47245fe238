package search_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/database/databasetest"
	"github.com/rhaptos/rhaptos/gitserver/testenv"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/search"
)

// stack is a library of stored pages without a publisher.
type stack struct {
	db    database.DB
	blobs *blobstore.Memory
	index *search.Index
	text  int64 // bytes of the pages' text

	manifests []blobstore.Digest
	pages     [][]byte
}

func newStack(b testing.TB) *stack {
	b.Helper()
	log := slog.New(slog.DiscardHandler)
	db := databasetest.Open(b)
	_, err := db.ExecContext(b.Context(), `INSERT INTO repository (id, owner, name, head, private, version, created_at)
		VALUES ('r', 'ann', 'r', $1, false, 1, 0)`, []byte("refs/heads/main"))
	if err != nil {
		b.Fatal(err)
	}
	s := &stack{db: db, blobs: blobstore.NewMemory()}
	if s.index, err = search.Open(b.Context(), db, release.NewStore(db, s.blobs), s.blobs, log); err != nil {
		b.Fatal(err)
	}
	return s
}

// add releases a book with the pages.
func (s *stack) add(b testing.TB, slug string, pages [][]byte) {
	b.Helper()
	m := &release.Manifest{Book: release.Book{Slug: slug, Title: slug, Language: "en"}}
	for i, page := range pages {
		info, err := s.blobs.Put(b.Context(), bytes.NewReader(page))
		if err != nil {
			b.Fatal(err)
		}
		name := fmt.Sprintf("p%05d", i)
		m.Files = append(m.Files, release.File{Path: name, Type: "text/html; charset=utf-8", Size: info.Size, Digest: info.Digest})
		m.Contents = append(m.Contents, release.Entry{Title: name, Plain: name, Slug: name})
		d, err := search.ReadDocument(bytes.NewReader(page))
		if err != nil {
			b.Fatal(err)
		}
		for _, section := range d.Sections {
			s.text += int64(len(section.Text))
		}
	}
	store := release.NewStore(s.db, s.blobs)
	d, err := store.PutManifest(b.Context(), m)
	if err != nil {
		b.Fatal(err)
	}
	err = s.db.Write(b.Context(), func(ctx context.Context, tx database.Tx) error {
		return store.Insert(ctx, tx, &release.Release{RepositoryID: "r", Book: slug, Number: release.Number{Major: 1, Minor: 1}, Title: slug, Manifest: d, State: release.Current})
	})
	if err != nil {
		b.Fatal(err)
	}
	s.manifests, s.pages = append(s.manifests, d), append(s.pages, pages...)
}

// size is how many bytes the database has.
func (s *stack) size(b testing.TB) int64 {
	b.Helper()
	var pages, size int64
	if err := s.db.QueryRowContext(b.Context(), "PRAGMA page_count").Scan(&pages); err != nil {
		b.Fatal(err)
	}
	if err := s.db.QueryRowContext(b.Context(), "PRAGMA page_size").Scan(&size); err != nil {
		b.Fatal(err)
	}
	return pages * size
}

// scan looks for a word in the bytes of all pages: what a search is measured
// against.
func (s *stack) scan(word string) int {
	n := 0
	for _, page := range s.pages {
		if bytes.Contains(bytes.ToLower(page), []byte(word)) {
			n++
		}
	}
	return n
}

// measure reports how long the index takes to be made and to be asked.
func (s *stack) measure(b *testing.B, queries []string) {
	before, at, busy := s.size(b), time.Now(), testenv.ProcessorTime(b)
	if _, err := s.index.Update(b.Context()); err != nil {
		b.Fatal(err)
	}
	made, busyMaking := time.Since(at), testenv.ProcessorTime(b)-busy
	grown := s.size(b) - before
	var asked, scanned []time.Duration
	busy = testenv.ProcessorTime(b)
	for b.Loop() {
		for _, q := range queries {
			at := time.Now()
			if _, err := s.index.Search(b.Context(), search.ParseQuery(q), s.manifests, 0, 20); err != nil {
				b.Fatal(err)
			}
			asked = append(asked, time.Since(at))
		}
	}
	busyAsked := (testenv.ProcessorTime(b) - busy) / time.Duration(len(asked))
	busy = testenv.ProcessorTime(b)
	for _, q := range queries {
		at := time.Now()
		s.scan(strings.Fields(q)[0])
		scanned = append(scanned, time.Since(at))
	}
	busyScanned := (testenv.ProcessorTime(b) - busy) / time.Duration(len(scanned))
	slices.Sort(asked)
	slices.Sort(scanned)
	b.ReportMetric(made.Seconds()*1000, "ms-to-index")
	b.ReportMetric(float64(len(s.pages))/made.Seconds(), "pages/s")
	b.ReportMetric(float64(grown)/float64(s.text), "index/text")
	b.ReportMetric(float64(s.text)/1e6, "MB-text")
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(ms(asked[len(asked)/2]), "ms-p50")
	b.ReportMetric(ms(asked[len(asked)*99/100]), "ms-p99")
	b.ReportMetric(ms(scanned[len(scanned)/2]), "ms-scan")
	b.ReportMetric(ms(busyMaking), "cpu-ms-to-index")
	b.ReportMetric(ms(busyAsked), "cpu-ms/query")
	b.ReportMetric(ms(busyScanned), "cpu-ms/scan")
	b.ReportMetric(0, "ns/op")
}

// The four real books, as they are published.
func BenchmarkRealBooks(b *testing.B) {
	shelf := newShelf(b)
	s := newStack(b)
	for name := range realQueries {
		shelf.publish(name, "", name, realTree(b, name))
		for i, d := range shelf.latest(name) {
			m, err := shelf.releases.Manifest(b.Context(), d)
			if err != nil {
				b.Fatal(err)
			}
			var pages [][]byte
			m.Pages(func(e release.Entry) bool {
				f, _ := m.File(e.Slug)
				r, err := shelf.blobs.Open(b.Context(), f.Digest)
				if err != nil {
					b.Fatal(err)
				}
				defer r.Close()
				data, err := io.ReadAll(r)
				if err != nil {
					b.Fatal(err)
				}
				pages = append(pages, data)
				return true
			})
			s.add(b, fmt.Sprintf("%s-%d", name, i), pages)
		}
	}
	var queries []string
	for _, list := range realQueries {
		for _, q := range list {
			queries = append(queries, q.query)
		}
	}
	s.measure(b, queries)
}

// A library of 10,000 pages in 100 books, of words as common and as rare as those
// of real texts are (by Zipf's law).
func BenchmarkLibrary(b *testing.B) {
	s := newStack(b)
	random := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(random, 1.1, 4, 50_000)
	word := func() string { return fmt.Sprintf("w%x", zipf.Uint64()) }
	for book := range 100 {
		var pages [][]byte
		for range 100 {
			var page bytes.Buffer
			fmt.Fprintf(&page, `<html lang="en"><article><header class="heading"><h1>%s %s</h1></header>`, word(), word())
			for section := range 5 {
				fmt.Fprintf(&page, `<section id="s%d"><h2>%s</h2><p>`, section, word())
				for range 100 {
					page.WriteString(word() + " ")
				}
				page.WriteString("</p></section>")
			}
			page.WriteString("</article></html>")
			pages = append(pages, page.Bytes())
		}
		s.add(b, fmt.Sprintf("book-%d", book), pages)
	}
	s.measure(b, []string{"w0", "w1 w2", "w10 w20", "w100", "w3e8 w10", "w2710", `"w1 w2"`, "w5 -w6", "w3a*", "wffff w0"})
}
