package e2e

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// shelf starts a server with one repository of some size, and returns the
// server and the id of its main branch.
func shelf(t testing.TB, args ...string) (s *instance, data, head string) {
	t.Helper()
	data = filepath.Join(t.TempDir(), "data")
	s = start(t, data, args...)
	rhaptos(t, data, "user", "add", "ann")
	token := rhaptos(t, data, "token", "create", "ann")
	rhaptos(t, data, "repo", "create", "ann/book")
	work := filepath.Join(t.TempDir(), "work")
	noise := make([]byte, 2<<20) // does not compress
	for i := range noise {
		noise[i] = byte(rand.Uint32())
	}
	writeFiles(t, work, map[string]string{"README": "a book\n", "media/noise": string(noise)})
	git(t, work, "init", "-q", "-b", "main")
	git(t, work, "add", ".")
	git(t, work, "commit", "-q", "-m", "one")
	git(t, work, "push", "-q", s.remote("ann", token, "ann/book"), "main")
	return s, data, git(t, work, "rev-parse", "main")
}

// children are the processes that the server has under it.
func (s *instance) children(t testing.TB) (list []string) {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, stat := range stats {
		text, err := os.ReadFile(stat)
		if err != nil {
			continue // it has just ended
		}
		_, fields, _ := strings.Cut(string(text), ") ")
		if f := strings.Fields(fields); len(f) > 1 && f[1] == strconv.Itoa(s.cmd.Process.Pid) {
			list = append(list, strings.TrimSpace(string(text)))
		}
	}
	return list
}

// cloneRequest returns the request by which git clones a commit in protocol version 2.
func cloneRequest(host, id, agent string) string {
	var body strings.Builder
	for _, line := range []string{"command=fetch", "agent=" + agent, "object-format=sha1"} {
		fmt.Fprintf(&body, "%04x%s", len(line)+4, line)
	}
	body.WriteString("0001")
	for _, line := range []string{"ofs-delta", "want " + id, "done"} {
		fmt.Fprintf(&body, "%04x%s", len(line)+4, line)
	}
	body.WriteString("0000")
	return fmt.Sprintf("POST /ann/book.git/git-upload-pack HTTP/1.1\r\nHost: %s\r\nGit-Protocol: version=2\r\nConnection: close\r\n"+
		"Content-Type: application/x-git-upload-pack-request\r\nContent-Length: %d\r\n\r\n%s", host, body.Len(), body.String())
}

// Sixteen equal clones at once are all whole, and one answer on the disk; the
// next one is told its length.
func TestEqualClones(t *testing.T) {
	t.Parallel()
	s, data, head := shelf(t)
	var wg sync.WaitGroup
	errs := make([]error, 16)
	said := make([]string, len(errs))
	dirs := make([]string, len(errs))
	for i := range errs {
		dirs[i] = filepath.Join(t.TempDir(), "clone")
		wg.Go(func() { said[i], errs[i] = gitTry("", "clone", "-q", "--bare", s.url+"/ann/book.git", dirs[i]) })
	}
	wg.Wait()
	for i, err := range errs {
		if err != nil {
			t.Fatalf("clone %d: %v\n%s", i, err, said[i])
		}
		if got := git(t, dirs[i], "rev-parse", "main"); got != head {
			t.Errorf("clone %d is at %s, want %s", i, got, head)
		}
	}
	git(t, dirs[0], "fsck", "--strict")
	kept, err := os.ReadDir(filepath.Join(data, "cache", "fetch"))
	if err != nil || len(kept) != 1 {
		t.Errorf("%d responses are cached, want 1 (%v)", len(kept), err)
	}
	host := strings.TrimPrefix(s.url, "http://")
	ask := func(agent string) string {
		t.Helper()
		conn, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		io.WriteString(conn, cloneRequest(host, head, agent))
		answer, err := io.ReadAll(conn)
		if err != nil {
			t.Fatal(err)
		}
		return string(answer)
	}
	ask("first")
	if answer := ask("second"); !strings.Contains(answer, "\r\nContent-Length: ") || strings.Contains(answer, "\r\nTransfer-Encoding:") || !strings.HasSuffix(answer, "0000") {
		t.Errorf("an answer that is there has no length: %.300q", answer)
	}
}

// Clients that begin to clone and hang up leave no process behind, and the
// server in order.
func TestAbortedClones(t *testing.T) {
	t.Parallel()
	s, _, head := shelf(t, "--answer-cache", "0") // so that each begins anew
	host := strings.TrimPrefix(s.url, "http://")
	for i := range 100 {
		conn, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(conn, cloneRequest(host, head, "x"))
		if i%2 == 0 { // some wait for the beginning of the pack
			if _, err := io.CopyN(io.Discard, conn, 4<<10); err != nil {
				t.Fatal(err)
			}
		}
		conn.Close()
	}
	within(t, "no process is left", func() bool { return len(s.children(t)) == 0 })
	git(t, "", "clone", "-q", "--bare", s.url+"/ann/book.git", filepath.Join(t.TempDir(), "clone"))
}

// A server that may start no process does not start, nor one with a setting that
// means nothing.
func TestFetchFlags(t *testing.T) {
	t.Parallel()
	for _, flag := range []string{"--fetches", "--fetches-per-client"} {
		if _, err := serve("rhaptos", filepath.Join(t.TempDir(), "data"), nil, flag, "0"); err == nil || !strings.Contains(err.Error(), "must be at least 1") {
			t.Errorf("%s 0: %v", flag, err)
		}
	}
	if _, err := serve("rhaptos", filepath.Join(t.TempDir(), "data"), nil, "--trusted-proxies", "everybody"); err == nil {
		t.Error("a proxy without an address")
	}
}
