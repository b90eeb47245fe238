package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/testenv"
)

// A library moves from a data folder to PostgreSQL and a bucket while it is read and
// pushed to, though the command is killed at each of its steps; then the old folder takes
// nothing any more, and the new place has all that was acknowledged.
func TestMigrate(t *testing.T) {
	t.Parallel()
	testenv.Slow(t, "starts PostgreSQL and an S3 server")
	m := newMigrating(t)
	stop := m.read()
	for _, step := range []string{"migrate-blob:3", "migrate-rows"} {
		out, err := m.migrate(step)
		if err == nil || !strings.Contains(err.Error(), "killed") {
			t.Fatalf("%s was not reached: %v\n%s", step, err, out)
		}
		m.refused("is being migrated to this database")
		if out, err := m.push(m.old, step); err != nil {
			t.Fatalf("%s: a push to the old server: %v\n%s", step, err, out)
		}
	}
	if out, err := m.migrate("migrate-switched"); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the last step was not reached: %v\n%s", err, out)
	}
	m.refused("is being migrated to this database")
	if out, err := m.push(m.old, "too late"); err == nil || !strings.Contains(out, "the library has moved to another server") {
		t.Errorf("a push to the old server after the switch: %v\n%s", err, out)
	}
	git(t, m.work, "reset", "-q", "--hard", "HEAD^")
	if out, err := m.migrate(""); err != nil || !strings.Contains(out, "start one there") {
		t.Fatalf("%v\n%s", err, out)
	}
	stop()
	if err := m.old.stop(); err != nil {
		t.Logf("stop the old server: %v", err) // its jobs could not end
	}
	m.moved()
}

// migrating is a library that is being moved.
type migrating struct {
	t         *testing.T
	dir, data string
	work      string
	token     string
	env       []string // names the new place
	old       *instance
	pushed    int
}

func newMigrating(t *testing.T) *migrating {
	t.Helper()
	m := &migrating{t: t, dir: t.TempDir()}
	m.data, m.work = filepath.Join(m.dir, "data"), filepath.Join(m.dir, "work")
	url, err := newPostgres(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	store := objectStore(t)
	credentials, err := store.credentials(m.dir)
	if err != nil {
		t.Fatal(err)
	}
	m.env = []string{"RHAPTOS_DATABASE=" + url, "RHAPTOS_BUCKET=" + store.url(), "RHAPTOS_BUCKET_CREDENTIALS=" + credentials}
	s, err := serve("rhaptos", m.data, nil)
	if err != nil {
		t.Fatal(err)
	}
	m.old = s
	t.Cleanup(func() { _ = s.stop() })
	rhaptos(t, m.data, "user", "add", "ann")
	m.token = rhaptos(t, m.data, "token", "create", "ann")
	pushSample(t, s, m.data, m.token, "stitching")
	rhaptos(t, m.data, "repo", "create", "ann/tides")
	rhaptos(t, m.data, "webhook", "add", "https://books.example/hook", "--repo", "ann/tides")
	writeFiles(t, m.work, map[string]string{"book.toml": "[book]\ntitle = \"Tides\"\nlanguage = \"en\"\nauthors = [\"Ann\"]\n", "src/SUMMARY.md": "# Summary\n\n- [The moon](moon.md)\n"})
	git(t, m.work, "init", "-q", "-b", "main")
	if out, err := m.push(s, "first"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, path := range []string{"/ann/tides/tides@1.1/moon", "/ann/stitching/stitching@1.1.epub"} {
		if _, err := await(t.Context(), s.url+path); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// push commits a page with the text and pushes it.
func (m *migrating) push(s *instance, text string) (string, error) {
	writeFiles(m.t, m.work, map[string]string{"src/moon.md": "# The moon\n\nThis is " + text + ".\n"})
	git(m.t, m.work, "add", ".")
	git(m.t, m.work, "commit", "-q", "-m", text)
	out, err := gitTry(m.work, "push", s.remote("ann", m.token, "ann/tides"), "main")
	if err == nil {
		m.pushed++
	}
	return out, err
}

// migrate runs the command, which is killed at the step, if one is given.
func (m *migrating) migrate(step string) (string, error) {
	cmd := exec.Command(failpointProgram(m.t), "--data", filepath.Join(m.dir, "other"), "migrate", "--from", m.data)
	cmd.Env = append(append(os.Environ(), m.env...), "RHAPTOS_FAILPOINT="+step)
	out, err := cmd.CombinedOutput()
	m.t.Logf("%s: %v\n%s", step, err, out)
	return string(out), err
}

// refused wants that no server starts on the new database.
func (m *migrating) refused(why string) {
	m.t.Helper()
	s, err := serve("rhaptos", filepath.Join(m.dir, "new"), m.env)
	if err == nil {
		s.kill()
	}
	if err == nil || !strings.Contains(err.Error(), why) {
		m.t.Errorf("a server on the new database: %v", err)
	}
}

// read reads from the old server until stop is called: every read must succeed.
func (m *migrating) read() (stop func()) {
	ctx, cancel := context.WithCancel(m.t.Context())
	var wg sync.WaitGroup
	for _, path := range []string{"/ann/tides/tides@1.1/moon", "/ann/tides", "/ann/tides.git/info/refs?service=git-upload-pack"} {
		wg.Go(func() {
			for ; ctx.Err() == nil; time.Sleep(20 * time.Millisecond) {
				if status, body, err := get(m.t.Context(), m.old.url+path); err != nil || status != 200 {
					m.t.Errorf("read %s: %d, %v\n%.300s", path, status, err, body)
				}
			}
		})
	}
	return func() { cancel(); wg.Wait() }
}

// moved wants the old folder closed, and everything in the new place.
func (m *migrating) moved() {
	m.t.Helper()
	for _, words := range [][]string{{"serve", "--http", "127.0.0.1:0", "--ssh", "127.0.0.1:0"}, {"user", "list"}} {
		out, err := exec.Command("rhaptos", append([]string{"--data", m.data}, words...)...).CombinedOutput()
		if err == nil || !strings.Contains(string(out), "has moved to the database 127.0.0.1") {
			m.t.Errorf("%s on the old folder: %v\n%s", words[0], err, out)
		}
	}
	s, err := serve("rhaptos", filepath.Join(m.dir, "new"), m.env)
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() { _ = s.stop() })
	if head := strings.Fields(git(m.t, "", "ls-remote", s.url+"/ann/tides.git", "main")); head[0] != git(m.t, m.work, "rev-parse", "main") {
		m.t.Errorf("the branch is at %s", head[0])
	}
	if out, err := m.push(s, "the new place"); err != nil {
		m.t.Errorf("a push to the new server: %v\n%s", err, out)
	}
	for _, path := range []string{fmt.Sprintf("/ann/tides/tides@1.%d/moon", m.pushed), "/ann/tides/tides@1.1/moon", "/ann/stitching/stitching@1.1.epub", "/ann/tides/tides@1.1/search.json?q=moon"} {
		if _, err := await(m.t.Context(), s.url+path); err != nil {
			m.t.Error(err)
		}
	}
	clone := filepath.Join(m.dir, "clone")
	git(m.t, "", "clone", "-q", "--bare", s.url+"/ann/stitching.git", clone)
	git(m.t, clone, "fsck", "--strict")
	for words, want := range map[string]string{"fsck --read-data": "2 repositories", "webhook list": "books.example/hook"} {
		cmd := exec.Command("rhaptos", append([]string{"--data", filepath.Join(m.dir, "new")}, strings.Fields(words)...)...)
		cmd.Env = append(os.Environ(), m.env...)
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), want) {
			m.t.Errorf("%s: %v\n%s", words, err, out)
		}
	}
}
