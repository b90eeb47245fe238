package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
)

// That a folder cannot be read is told once.
func TestPreviewOfUnreadable(t *testing.T) {
	out := &bytes.Buffer{}
	p := &previewer{con: console{out: out, err: out}, live: newLive()}
	for range 3 {
		p.failed(errors.New("open src: permission denied"))
	}
	if got := out.String(); got != "open src: permission denied\n" {
		t.Errorf("printed %q", got)
	}
	if got := string(p.live.last); p.live.count != 1 || !strings.Contains(got, `"pages":[],"errors":1,"said":"the books cannot be read","problems":"open src: permission denied\n"`) {
		t.Errorf("told %d times, at last %s", p.live.count, got)
	}
}

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
	b, err := (&buildCmd{Dir: dir, Serve: defaultPreview}).open()
	if err != nil {
		t.Fatal(err)
	}
	defer b.close()
	build := func() {
		t.Helper()
		if _, err := b.build(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	build()
	page, _ := b.kept["tides"].File("ebb")
	for _, name := range []string{"book.toml", "src/SUMMARY.md"} {
		file := filepath.Join(dir, name)
		if err := os.Rename(file, file+".away"); err != nil {
			t.Fatal(err)
		}
		build()
		if m := b.kept["tides"]; m != nil && len(m.Contents) > 0 {
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
	if m := b.kept["tides"]; m == nil || len(m.Contents) == 0 {
		t.Error("the book is not back")
	}
}
