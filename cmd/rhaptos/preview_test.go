package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// lockedBuffer may be written and read at once.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// startPreview shows the books of a folder and returns where.
func startPreview(t *testing.T, args ...string) (url string, out *lockedBuffer) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out = &lockedBuffer{}
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, append([]string{"build", "--serve=127.0.0.1:0"}, args...), console{in: strings.NewReader(""), out: out, err: out})
	}()
	t.Cleanup(func() {
		cancel()
		if code := <-ended; code != 0 {
			t.Errorf("the preview ends with status %d:\n%s", code, out)
		}
	})
	for range 600 {
		if found := regexp.MustCompile(`http://[0-9.:]+`).FindString(out.String()); found != "" {
			return found, out
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("the preview does not start:\n%s", out)
	return "", nil
}

// What is saved in the folder is seen in a browser that has the page open; a
// page that has not changed is not loaded anew.
func TestPreview(t *testing.T) {
	program := browserProgram(t)
	dir := filepath.Join(t.TempDir(), "Field Notes")
	if err := os.CopyFS(dir, os.DirFS(sample(t, "handbook"))); err != nil {
		t.Fatal(err)
	}
	git(t, dir, "init", "-q", "-b", "main")
	git(t, dir, "add", ".")
	git(t, dir, "commit", "-q", "-m", "First")
	url, out := startPreview(t, dir, "--base", "HEAD")
	b := newBrowser(t, program)
	b.t = t
	b.open(url + "/")
	if at := b.location(); at != url+"/local/field-notes/a-handbook-for-authors@preview" {
		t.Errorf("the preview begins at %s", at)
	}
	b.open(url + "/local/field-notes/a-handbook-for-authors@preview/drafts")
	waitFor(b, `document.querySelector("#rhaptos-live a") !== null`)
	evaluate[int](b, `window.kept = 1`)

	// another page changes, and this one stays as it is
	edit(t, filepath.Join(dir, "src", "welcome.md"), "\n\n", "\n\nNobody has said hello.\n\n")
	eventually(t, out, "pages that changed: 1,")
	if evaluate[int](b, `window.kept || 0`) != 1 {
		t.Error("a page that has not changed was loaded anew")
	}

	// this one changes
	edit(t, filepath.Join(dir, "src", "drafts.md"), "can be read by everybody", "can be seen by everybody")
	waitFor(b, `!window.kept && document.querySelector("main")?.textContent.includes("can be seen by everybody")`)

	// an error is told in the page, which stays
	edit(t, filepath.Join(dir, "src", "drafts.md"), "# Drafts", "# Drafts\n\n![gone](gone.png)")
	waitFor(b, `document.querySelector("#rhaptos-live details[open] pre")?.textContent.includes("resource-missing")`)
	edit(t, filepath.Join(dir, "src", "drafts.md"), "![gone](gone.png)", "Found.")
	waitFor(b, `document.readyState === "complete" && document.querySelector("article").textContent.includes("Found.") &&
		document.querySelector("#rhaptos-live a") && !document.querySelector("#rhaptos-live details")`)
	b.checkPage()

	// and what has changed since the commit is marked
	b.follow("#rhaptos-live a")
	b.follow(`main a[href$="/drafts"]`)
	if marks := evaluate[string](b, `[...document.querySelectorAll("article :is(ins, del)")].map(e => e.textContent).join("|")`); marks != "added Found.|removed read |added seen " {
		t.Errorf("the marks are %q", marks)
	}
	b.checkPage()
	b.conclude()
}

func waitFor(b *browser, condition string) {
	b.t.Helper()
	for range 200 {
		if evaluate[bool](b, "!!("+condition+")") {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	b.t.Fatalf("%s never holds at %s", condition, b.location())
}

func eventually(t *testing.T, out *lockedBuffer, want string) {
	t.Helper()
	for range 200 {
		if strings.Contains(out.String(), want) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%q was never said:\n%s", want, out)
}
