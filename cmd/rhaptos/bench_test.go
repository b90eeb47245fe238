package main

import (
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sosedoff/gitkit"
)

// The benchmarks run real git against this server and against gitkit's, over
// the same repository in the same run; compare the two. `make bench` runs them.

// peers starts both servers with one repository and returns its addresses.
func peers(b *testing.B) map[string]string {
	b.Helper()
	work := filepath.Join(b.TempDir(), "work")
	git(b, "", "clone", "-q", bundle(b, "osbooks-introductory-statistics-bundle"), work)

	data := filepath.Join(b.TempDir(), "data")
	s := start(b, data)
	rhaptos(b, data, "user", "add", "ann")
	token := rhaptos(b, data, "token", "create", "ann")
	rhaptos(b, data, "repo", "create", "ann/book")
	ours := s.remote("ann", token, "ann/book")
	git(b, work, "push", "-q", ours, "main")
	if _, err := await(b.Context(), s.url+"/ann/book/introductory-business-statistics-2e@1.1"); err != nil {
		b.Fatal(err)
	}

	log.SetOutput(io.Discard) // gitkit writes a line there for every request
	dir := b.TempDir()
	git(b, dir, "init", "-q", "--bare", "-b", "main", "book.git")
	git(b, filepath.Join(dir, "book.git"), "config", "http.receivepack", "true")
	kit := gitkit.New(gitkit.Config{Dir: dir})
	if err := kit.Setup(); err != nil {
		b.Fatal(err)
	}
	web := httptest.NewServer(kit)
	b.Cleanup(web.Close)
	git(b, work, "push", "-q", web.URL+"/book.git", "main")
	return map[string]string{"rhaptos": ours, "gitkit": web.URL + "/book.git"}
}

func each(b *testing.B, f func(b *testing.B, remote string)) {
	remotes := peers(b)
	for _, name := range []string{"rhaptos", "gitkit"} {
		b.Run(name, func(b *testing.B) { f(b, remotes[name]) })
	}
}

func BenchmarkLsRemote(b *testing.B) {
	each(b, func(b *testing.B, remote string) {
		for b.Loop() {
			git(b, "", "ls-remote", remote)
		}
	})
}

func BenchmarkClone(b *testing.B) {
	each(b, func(b *testing.B, remote string) {
		for b.Loop() {
			dir := filepath.Join(b.TempDir(), "clone")
			git(b, "", "clone", "-q", "--bare", remote, dir)
			os.RemoveAll(dir)
		}
	})
}

// A push of one changed page. Ours is judged, recorded, durable and queued for
// publication; gitkit's is not.
func BenchmarkPush(b *testing.B) {
	each(b, func(b *testing.B, remote string) {
		work := filepath.Join(b.TempDir(), "work")
		git(b, "", "clone", "-q", remote, work)
		page, err := filepath.Glob(filepath.Join(work, "modules", "*", "index.cnxml"))
		if err != nil || len(page) == 0 {
			b.Fatal("no pages")
		}
		text, err := os.ReadFile(page[0])
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			b.StopTimer()
			// An id of its own: another run may have left its paragraph there.
			changed := strings.Replace(string(text), "<content>", fmt.Sprintf("<content><para id=\"bench-%d\">new</para>", time.Now().UnixNano()), 1)
			if err := os.WriteFile(page[0], []byte(changed), 0o600); err != nil {
				b.Fatal(err)
			}
			git(b, work, "commit", "-q", "-a", "-m", "change")
			b.StartTimer()
			git(b, work, "push", "-q", remote, "main")
		}
	})
}
