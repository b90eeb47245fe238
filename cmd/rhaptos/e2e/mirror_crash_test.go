package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/testenv"
)

// A server that is killed at any step of a pull, and started again, has what its
// upstream has, files of Git LFS too, released once.
func TestPullKilled(t *testing.T) {
	t.Parallel()
	testenv.Program(t, "git-lfs")
	dir := t.TempDir()
	program := failpointProgram(t)
	upstreamData, work := filepath.Join(dir, "upstream"), filepath.Join(dir, "work")
	rhaptos(t, upstreamData, "user", "add", "ann")
	token := rhaptos(t, upstreamData, "token", "create", "ann")
	rhaptos(t, upstreamData, "repo", "create", "ann/book")
	upstream := start(t, upstreamData)
	data := filepath.Join(dir, "data")
	createLibrary(t, data, "--allow-private-mirrors")
	rhaptos(t, data, "repo", "create", "bob/book")
	rhaptos(t, data, "mirror", "add", "bob/book", upstream.url+"/ann/book")
	git(t, dir, "init", "-q", "-b", "main", work)
	git(t, work, "lfs", "install", "--local")
	git(t, work, "lfs", "track", "*.png")

	steps := []string{"pull-looked", "pull-fetching", "push-pack-indexed", "pull-file-kept", "push-judged", "push-pack-stored", "push-refs-written", "push-committed", "pull-pushed"}
	for i, step := range steps {
		picture := "\x89PNG\r\n\x1a\n" + step
		writeFiles(t, work, map[string]string{
			"book.toml":       "[book]\ntitle = \"Book\"\n",
			"src/SUMMARY.md":  "# Summary\n\n- [One](one.md)\n",
			"src/one.md":      fmt.Sprintf("# One\n\nAt %s.\n\n![a picture](picture.png)\n", step),
			"src/picture.png": picture,
		})
		git(t, work, "add", ".")
		git(t, work, "commit", "-q", "-m", step)
		git(t, work, "push", "-q", upstream.remote("ann", token, "ann/book"), "main")
		if i > 0 {
			rhaptos(t, data, "mirror", "pull", "bob/book")
		}
		killed, err := serve(program, data, []string{"RHAPTOS_FAILPOINT=" + step + ":1"}, "--allow-private-mirrors")
		if err == nil {
			select {
			case <-killed.done:
			case <-time.After(20 * time.Second):
				killed.kill()
				t.Fatalf("%s was not reached\n%s", step, killed.out)
			}
		} else if !strings.Contains(err.Error(), "signal: killed") {
			t.Fatal(err)
		}
		s, err := serve(program, data, nil, "--allow-private-mirrors")
		if err != nil {
			t.Fatal(err)
		}
		want := strings.TrimSpace(git(t, work, "rev-parse", "HEAD"))
		if _, err := await(t.Context(), fmt.Sprintf("%s/bob/book/book@1.%d", s.url, i+1)); err != nil {
			t.Errorf("%s: %v\n%s", step, err, s.out)
		}
		if status, body, err := get(t.Context(), fmt.Sprintf("%s/bob/book/book@1.%d/media/src/picture.png", s.url, i+1)); status != 200 || body != picture {
			t.Errorf("%s: the picture is %d %q, %v", step, status, body, err)
		}
		if got := git(t, dir, "ls-remote", s.url+"/bob/book.git", "refs/heads/main"); !strings.HasPrefix(got, want) {
			t.Errorf("%s: got %s, want %s", step, got, want)
		}
		if err := s.stop(); err != nil {
			t.Error(err)
		}
		if list := rhaptos(t, data, "release", "list", "bob/book"); strings.Count(list, "book@") != i+1 {
			t.Errorf("%s: %d releases are wanted, there are\n%s", step, i+1, list)
		}
		if t.Failed() {
			return
		}
	}
}
