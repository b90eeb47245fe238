package smarthttp_test

import (
	"bytes"
	"crypto/rand"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// git runs the real client in dir and returns all that it says.
func git(t *testing.T, dir string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0", "HOME="+dir,
		"GIT_AUTHOR_NAME=Ann", "GIT_AUTHOR_EMAIL=ann@example.org", "GIT_COMMITTER_NAME=Ann", "GIT_COMMITTER_EMAIL=ann@example.org")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func mustGit(t *testing.T, dir string, args ...string) string {
	t.Helper()
	out, err := git(t, dir, args...)
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(out)
}

// as is the address of a repository with the credentials of an account.
func (s *site) as(account, path string) string {
	u, _ := url.Parse(s.URL + path)
	if account != "" {
		u.User = url.UserPassword(account, s.tokens[account])
	}
	return u.String()
}

// The real client clones and pushes, with native git behind the handler.
func TestRealGit(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("git"); err != nil {
		t.Fatal("git is not installed: ", err)
	}
	store, dir := t.TempDir(), t.TempDir()
	for _, name := range []string{"ann/open", "ann/secret"} {
		mustGit(t, store, "init", "-q", "--bare", "-b", "main", filepath.Join(store, name))
	}
	s := newSite(t, native{store})
	mustGit(t, dir, "init", "-q", "-b", "main", "work")
	work := filepath.Join(dir, "work")
	picture := make([]byte, 3<<20) // larger than http.postBuffer: a probe, then chunks
	rand.Read(picture)
	if err := os.WriteFile(filepath.Join(work, "picture"), picture, 0o600); err != nil {
		t.Fatal(err)
	}
	mustGit(t, work, "add", ".")
	mustGit(t, work, "commit", "-q", "-m", "one")
	mustGit(t, work, "push", "-q", s.as("ann", "/ann/secret"), "main")
	mustGit(t, work, "push", "-q", s.as("ann", "/ann/open.git"), "main")

	for _, version := range []string{"0", "1", "2"} {
		copied := filepath.Join(dir, "clone"+version)
		mustGit(t, dir, "-c", "protocol.version="+version, "clone", "-q", s.as("reader", "/ann/secret.git"), copied)
		if got, err := os.ReadFile(filepath.Join(copied, "picture")); err != nil || !bytes.Equal(got, picture) {
			t.Errorf("version %s: the clone differs (%v)", version, err)
		}
		if out := mustGit(t, copied, "fsck", "--strict"); strings.Contains(out, "error") {
			t.Error(out)
		}
	}
	mustGit(t, dir, "clone", "-q", "--depth=1", s.as("", "/ann/open"), "shallow")
	mustGit(t, work, "commit", "-q", "--allow-empty", "-m", "two")
	mustGit(t, work, "push", "-q", s.as("ann", "/ann/open"), "main", "main:draft")
	mustGit(t, filepath.Join(dir, "shallow"), "pull", "-q")
	if a, b := mustGit(t, work, "rev-parse", "main"), mustGit(t, filepath.Join(dir, "shallow"), "rev-parse", "main"); a != b {
		t.Errorf("pulled %s, pushed %s", b, a)
	}
	for _, c := range []struct{ what, want, account, path string }{
		{"clone", "could not read Username", "", "/ann/secret"},
		{"clone", "could not read Username", "", "/ann/none"},
		{"clone", "not found", "stranger", "/ann/secret"},
		{"clone", "not found", "ann", "/ann/none"},
		{"clone", "Authentication failed", "nobody", "/ann/secret"},
		{"push", "not found", "stranger", "/ann/secret"},
		{"push", "could not read Username", "", "/ann/open"},
	} {
		args := []string{"clone", s.as(c.account, c.path), filepath.Join(dir, "refused")}
		if c.what == "push" {
			args = []string{"push", s.as(c.account, c.path), "main:other"}
		}
		if out, err := git(t, work, args...); err == nil || !strings.Contains(out, c.want) {
			t.Errorf("%s %s by %q: %v\n%s; want %q", c.what, c.path, c.account, err, out, c.want)
		}
	}
}
