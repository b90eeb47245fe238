package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/transport/http"

	"github.com/rhaptos/rhaptos/gitserver/testenv"
)

// Programs that share no code with git clone, push and fetch, one after the
// other, in one repository; git itself has the last word.
func TestForeignClients(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := start(t, data)
	rhaptos(t, data, "user", "add", "ann")
	token := rhaptos(t, data, "token", "create", "ann")
	pushSample(t, s, data, token, "stitching")
	url := s.url + "/ann/stitching.git"
	work := filepath.Join(t.TempDir(), "work")
	git(t, t.TempDir(), "clone", "-q", s.remote("ann", token, "ann/stitching"), work)
	writeFiles(t, work, map[string]string{"README": "a second commit\n"})
	git(t, work, "add", ".")
	git(t, work, "commit", "-q", "-m", "Second")
	git(t, work, "push", "-q", "origin", "main")

	for _, client := range []struct {
		name string
		run  func(t *testing.T) (head string)
	}{
		{"go-git", func(t *testing.T) string { return goGitClient(t, url, "ann", token) }},
		{"dulwich", func(t *testing.T) string {
			return foreignClient(t, debianPython, "dulwich_client.py", url, "ann", token, t.TempDir())
		}},
		{"libgit2", func(t *testing.T) string {
			return foreignClient(t, debianPython, "pygit2_client.py", url, "ann", token, t.TempDir())
		}},
		{"isomorphic-git", func(t *testing.T) string {
			return foreignClient(t, "node", "isomorphic.mjs", url, "ann", token, t.TempDir(), nodeModules(t))
		}},
	} {
		t.Run(client.name, func(t *testing.T) {
			head := client.run(t)
			git(t, work, "pull", "-q", "--ff-only", "origin", "main")
			if got := git(t, work, "rev-parse", "HEAD"); got != head {
				t.Errorf("main is at %s; the client left it at %s", got, head)
			}
			git(t, work, "fsck", "--strict")
		})
	}
}

// debianPython sees the modules that Debian's packages bring; another Python
// that comes first on the PATH does not.
const debianPython = "/usr/bin/python3"

// foreignClient runs one of the clients in testdata; it prints the commit at
// which it leaves main.
func foreignClient(t *testing.T, program, script string, args ...string) (head string) {
	t.Helper()
	cmd := exec.Command(program, append([]string{filepath.Join("testdata", "clients", script)}, args...)...)
	cmd.Env = append(os.Environ(), gitEnvironment()...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v (make test installs what it needs)\n%s", script, err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[len(lines)-1]
}

// nodeModules is where make installs what the tests take from npm.
func nodeModules(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../../../bin/npm/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); err != nil {
		testenv.Missing(t, dir, "run make npm")
	}
	return dir
}

// goGitClient clones, shallow-clones, pushes and fetches with go-git.
func goGitClient(t *testing.T, url, name, token string) (head string) {
	t.Helper()
	access := &http.BasicAuth{Username: name, Password: token}
	clone := func(depth int) *gogit.Repository {
		repo, err := gogit.PlainClone(t.TempDir(), false, &gogit.CloneOptions{URL: url, Auth: access, Depth: depth})
		if err != nil {
			t.Fatal(err)
		}
		return repo
	}
	full, shallow := clone(0), clone(1)
	if n := countCommits(t, full); n < 2 {
		t.Errorf("a full clone has %d commits", n)
	}
	if cut, err := shallow.Storer.Shallow(); err != nil || len(cut) != 1 {
		t.Errorf("a clone of depth 1 is cut at %v, %v", cut, err)
	}
	first := goGitCommit(t, full, "go-git.txt")
	push := func(specs ...config.RefSpec) {
		if err := full.Push(&gogit.PushOptions{Auth: access, RefSpecs: specs}); err != nil {
			t.Fatal(err)
		}
	}
	push("refs/heads/main:refs/heads/main", "refs/heads/main:refs/heads/gg")
	if err := shallow.Fetch(&gogit.FetchOptions{Auth: access, RefSpecs: []config.RefSpec{"refs/heads/*:refs/remotes/origin/*"}}); err != nil {
		t.Fatal(err)
	}
	for _, branch := range []string{"main", "gg"} {
		ref, err := shallow.Reference(plumbing.NewRemoteReferenceName("origin", branch), true)
		if err != nil || ref.Hash() != first {
			t.Errorf("%s was fetched as %v, %v; want %s", branch, ref, err, first)
		}
	}
	push(":refs/heads/gg")
	return first.String()
}

func countCommits(t *testing.T, repo *gogit.Repository) int {
	t.Helper()
	log, err := repo.Log(&gogit.LogOptions{})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	if err := log.ForEach(func(*object.Commit) error { n++; return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}

func goGitCommit(t *testing.T, repo *gogit.Repository, file string) plumbing.Hash {
	t.Helper()
	tree, err := repo.Worktree()
	if err != nil {
		t.Fatal(err)
	}
	writeFiles(t, tree.Filesystem.Root(), map[string]string{file: "from go-git\n"})
	if _, err := tree.Add(file); err != nil {
		t.Fatal(err)
	}
	id, err := tree.Commit("From go-git", &gogit.CommitOptions{Author: &object.Signature{Name: "Gog", Email: "gog@example.org", When: time.Unix(1e9, 0)}})
	if err != nil {
		t.Fatal(err)
	}
	return id
}
