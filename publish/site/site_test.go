package site

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/publish/theme"
)

// What a book was made of is kept while it cannot be found.
func TestBuilderKeeps(t *testing.T) {
	dir := t.TempDir()
	book := fstest.MapFS{
		"book.toml":      {Data: []byte("[book]\ntitle = \"Tides\"\n")},
		"src/SUMMARY.md": {Data: []byte("- [Ebb](ebb.md)\n")},
		"src/ebb.md":     {Data: []byte("# Ebb\n")},
	}
	if err := os.CopyFS(dir, book); err != nil {
		t.Fatal(err)
	}
	look, err := theme.New()
	if err != nil {
		t.Fatal(err)
	}
	b, err := Open(Config{Dir: dir, Theme: look, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	build := func() {
		t.Helper()
		if _, err := b.Build(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	build()
	page, _ := b.latest["tides"].File("ebb")
	for _, name := range []string{"book.toml", "src/SUMMARY.md"} {
		file := filepath.Join(dir, name)
		if err := os.Rename(file, file+".away"); err != nil {
			t.Fatal(err)
		}
		build()
		if m := b.latest["tides"]; m != nil && len(m.Contents) > 0 {
			t.Errorf("without %s there are pages", name)
		}
		if _, _, err := blobstore.Sweep(t.Context(), b.blobs.(blobstore.Sweepable), time.Now().Add(time.Hour), b.references); err != nil {
			t.Fatal(err)
		}
		if _, err := b.blobs.Stat(t.Context(), page.Digest); err != nil {
			t.Errorf("without %s the page is dropped: %v", name, err)
		}
		if err := os.Rename(file+".away", file); err != nil {
			t.Fatal(err)
		}
		build()
	}
	if m := b.latest["tides"]; m == nil || len(m.Contents) == 0 {
		t.Error("the book is not back")
	}
}
