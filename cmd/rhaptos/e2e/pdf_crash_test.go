package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// A server is killed while a PDF is being printed. What prints ends with it, the
// next one sweeps what it has left, prints the book again, and once.
func TestPrintKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data, slow, runs := filepath.Join(dir, "data"), filepath.Join(dir, "slow"), filepath.Join(dir, "runs")
	program := filepath.Join(dir, "chromium")
	script := fmt.Sprintf(`#!/bin/sh
for a; do case "$a" in --print-to-pdf=*) out=${a#--print-to-pdf=} ;; esac; done
echo $$ >> '%s'
[ -e '%s' ] && exec sleep 600
echo '%%PDF-1.4 of a test' > "$out"
`, runs, slow)
	writeFiles(t, dir, map[string]string{"slow": "", "runs": "", "chromium": script,
		"work/book.toml": "[book]\ntitle = \"Book\"\n", "work/src/SUMMARY.md": "- [One](one.md)\n", "work/src/one.md": "# One\n"})
	if err := os.Chmod(program, 0o700); err != nil {
		t.Fatal(err)
	}
	rhaptos(t, data, "user", "add", "ann")
	token := rhaptos(t, data, "token", "create", "ann")
	rhaptos(t, data, "repo", "create", "ann/book")
	s, err := serve("rhaptos", data, nil, "--chromium", program)
	if err != nil {
		t.Fatal(err)
	}
	work := filepath.Join(dir, "work")
	git(t, work, "init", "-q", "-b", "main")
	git(t, work, "add", ".")
	git(t, work, "commit", "-q", "-m", "one")
	git(t, work, "push", s.remote("ann", token, "ann/book"), "main")
	const page = "/ann/book/book@1.1"
	if _, err := await(t.Context(), s.url+page); err != nil {
		t.Fatal(err)
	}

	ask := func() (status int, tag string, body string) {
		t.Helper()
		r, err := http.Get(s.url + page + ".pdf")
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		b := make([]byte, 100)
		n, _ := r.Body.Read(b)
		if wait, err := strconv.Atoi(r.Header.Get("Retry-After")); r.StatusCode == http.StatusServiceUnavailable && (err != nil || wait < 1) {
			t.Errorf("503 without when to come back: %v", r.Header)
		}
		return r.StatusCode, r.Header.Get("ETag"), string(b[:n])
	}
	pids := func() []string {
		b, err := os.ReadFile(runs)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Fields(string(b))
	}
	left := func() []string {
		all, _ := filepath.Glob(filepath.Join(data, "cache", "print", "*"))
		return all
	}
	if status, _, _ := ask(); status != http.StatusServiceUnavailable {
		t.Fatalf("a PDF that nobody has asked for before: %d", status)
	}
	within(t, "it is printed", func() bool { return len(pids()) == 1 })
	if status, _, _ := ask(); status != http.StatusServiceUnavailable {
		t.Errorf("a PDF that is being printed: %d", status)
	}
	s.kill()
	if len(left()) == 0 {
		t.Error("the kill came too late: nothing is left of the printing")
	}
	pid, _ := strconv.Atoi(pids()[0])
	within(t, "what prints ends with the server", func() bool { return syscall.Kill(pid, 0) != nil })

	if err := os.Remove(slow); err != nil {
		t.Fatal(err)
	}
	s = start(t, data, "--chromium", program)
	if _, err := await(t.Context(), s.url+page+".pdf"); err != nil {
		t.Fatal(err)
	}
	printings := len(pids())
	_, first, _ := ask()
	for range 3 {
		if status, tag, body := ask(); status != http.StatusOK || tag != first || !strings.HasPrefix(body, "%PDF-") {
			t.Errorf("got %d %s %q", status, tag, body)
		}
	}
	if n := len(pids()); n != printings || n != 3 { // the one that was killed, and two of one PDF
		t.Errorf("printed %d times, and %d times when it was asked for again", printings, n)
	}
	if all := left(); len(all) != 0 {
		t.Errorf("left of the printings: %v", all)
	}
}
