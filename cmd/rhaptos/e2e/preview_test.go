package e2e

import (
	"bufio"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// startPreview shows the books of a folder and returns where.
func startPreview(t *testing.T, args ...string) (url string, out *record) {
	t.Helper()
	out = &record{}
	cmd := exec.Command("rhaptos", append([]string{"build", "--serve=127.0.0.1:0"}, args...)...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(cmd.Process.Signal(syscall.SIGTERM), cmd.Wait()); err != nil {
			t.Errorf("the preview ends: %v\n%s", err, out)
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
	edit(t, filepath.Join(dir, "src", "drafts.md"), "open to everyone who", "visible to everyone who")
	waitFor(b, `!window.kept && document.querySelector("main")?.textContent.includes("visible to everyone who")`)

	// an error is told in the page, which stays
	edit(t, filepath.Join(dir, "src", "drafts.md"), "# Drafts", "# Drafts\n\n![gone](gone.png)")
	waitFor(b, `document.querySelector("#rhaptos-live details[open] pre")?.textContent.includes("resource-missing")`)
	eventually(t, out, "this cannot be published\npages that changed: 1,")
	edit(t, filepath.Join(dir, "src", "drafts.md"), "![gone](gone.png)", "Found.")
	waitFor(b, `document.readyState === "complete" && document.querySelector("article").textContent.includes("Found.") &&
		document.querySelector("#rhaptos-live a") && !document.querySelector("#rhaptos-live details")`)
	b.checkPage()

	// and what has changed since the commit is marked
	b.follow("#rhaptos-live a")
	b.follow(`main a[href$="/drafts"]`)
	if marks := evaluate[string](b, `[...document.querySelectorAll("article :is(ins, del)")].map(e => e.textContent).join("|")`); marks != "added Found.|removed open |added visible " {
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

func eventually(t *testing.T, out *record, want string) {
	t.Helper()
	for range 200 {
		if strings.Contains(out.String(), want) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%q was never said:\n%s", want, out)
}

// A folder whose files are gone for a while, or cannot be read, is shown again
// when they are back; meanwhile its browsers are told.
func TestPreviewOfBroken(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "book")
	writeFiles(t, dir, map[string]string{
		"README.md":      "# Read me\n",
		"book.toml":      "[book]\ntitle = \"Tides\"\n",
		".rhaptos.toml":  "[[redirect]]\nfrom = \"neap\"\nto = \"ebb\"\n",
		"src/SUMMARY.md": "# Summary\n\n- [Ebb](ebb.md)\n- [Flood](flood.md)\n",
		"src/ebb.md":     "# Ebb\n\n![wave](gone.png) [out](../README.md)\n",
		"src/flood.md":   "# Flood\n",
	})
	url, out := startPreview(t, dir)
	at := url + "/local/book/tides@preview"
	if !strings.Contains(out.String(), "this cannot be published\nserving") {
		t.Errorf("said at first:\n%s", out)
	}
	if status, where := look(t, at+"/neap", ""); status != 307 || where != "/local/book/tides@preview/ebb" {
		t.Errorf("a [[redirect]] of the settings: %d, to %s", status, where)
	}
	told := follow(t, url+"/-/live")

	// a page goes: who has it open is told
	edit(t, filepath.Join(dir, "src", "SUMMARY.md"), "- [Flood](flood.md)\n", "")
	told(`"/local/book/tides@preview/flood"`)
	eventually(t, out, "; there are 1 error, 1 note")
	if n := strings.Count(out.String(), "resource-missing"); n != 1 {
		t.Errorf("a problem that is not new was told %d times:\n%s", n, out)
	}

	// the contents file goes and comes back
	summary := filepath.Join(dir, "src", "SUMMARY.md")
	if err := os.Rename(summary, summary+".away"); err != nil {
		t.Fatal(err)
	}
	told("[summary-missing]")
	if status, _ := look(t, at+"/ebb", ""); status != 404 {
		t.Errorf("without its contents file the book answers %d", status)
	}
	if err := os.Rename(summary+".away", summary); err != nil {
		t.Fatal(err)
	}
	told(`"/local/book/tides@preview/ebb"`)
	if status, _ := look(t, at+"/ebb", ""); status != 200 {
		t.Errorf("with its contents file again the book answers %d", status)
	}
	if said := out.String(); strings.Count(said, "[link-outside]") != 1 || strings.Count(said, "[resource-missing]") != 2 {
		t.Errorf("said:\n%s", said)
	}

	for host, want := range map[string]int{"localhost:4000": 200, "[::1]": 200, "books.example": 421, "books.example:4000": 421} {
		if status, _ := look(t, at+"/ebb", host); status != want {
			t.Errorf("the host %s: %d, want %d", host, status, want)
		}
		if status, _ := look(t, url+"/-/live.js", host); status != want {
			t.Errorf("the script at the host %s: %d, want %d", host, status, want)
		}
	}
}

// look asks for a page, and for a host by another name if one is given.
func look(t *testing.T, url, host string) (status int, location string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if host != "" {
		r.Host = host
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	return answer.StatusCode, answer.Header.Get("Location")
}

// follow reads the states that browsers are told; the function waits for one
// that holds a text.
func follow(t *testing.T, url string) func(want string) {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { answer.Body.Close() })
	lines := make(chan string, 100)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(answer.Body); s.Scan(); {
			lines <- s.Text()
		}
	}()
	return func(want string) {
		t.Helper()
		after := time.After(20 * time.Second)
		for {
			select {
			case line := <-lines:
				if strings.Contains(line, want) {
					return
				}
			case <-after:
				t.Fatalf("browsers were never told %q", want)
			}
		}
	}
}
