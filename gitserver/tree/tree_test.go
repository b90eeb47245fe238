package tree_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver/tree"
)

// git runs native git in dir and returns what it prints.
func git(t testing.TB, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.org",
		"GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.org")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

func openObjects(t *testing.T, dirs ...string) *tree.Objects {
	t.Helper()
	objects, err := tree.Open(dirs...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { objects.Close() })
	return objects
}

func write(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, data := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func repository(t *testing.T) string {
	dir := t.TempDir()
	git(t, dir, "init", "-q", "-b", "main")
	write(t, dir, map[string]string{
		"README":             "read me\n",
		"a/b/c.txt":          "deep",
		"a.txt":              "beside the folder a",
		"media/cálculo 1.md": "",
	})
	git(t, dir, "add", ".")
	git(t, dir, "commit", "-q", "-m", "one")
	git(t, dir, "tag", "-a", "-m", "t", "v1")
	return dir
}

func TestFS(t *testing.T) {
	dir := repository(t)
	objects := openObjects(t, filepath.Join(dir, ".git"))
	for _, rev := range []string{"main", "v1"} {
		fsys, err := objects.Commit(plumbing.NewHash(git(t, dir, "rev-parse", rev)))
		if err != nil {
			t.Fatal(err)
		}
		if err := fstest.TestFS(fsys, "README", "a/b/c.txt", "a.txt", "media/cálculo 1.md"); err != nil {
			t.Error(err)
		}
		fi, err := fs.Stat(fsys, "README")
		if err != nil || fi.Size() != 8 {
			t.Fatalf("%v, %v", fi, err)
		}
		id, ok := fi.Sys().(interface{ BlobID() string })
		if want := git(t, dir, "rev-parse", "main:README"); !ok || id.BlobID() != want {
			t.Errorf("blob id %v, want %s", fi.Sys(), want)
		}
	}
}

// TestManyReaders has a tree read by many at once, as formats do. The race
// detector must be silent.
func TestManyReaders(t *testing.T) {
	dir := repository(t)
	files := map[string]string{}
	for i := range 50 {
		files[fmt.Sprintf("many/%d", i)] = fmt.Sprint(i)
	}
	write(t, dir, files)
	git(t, dir, "add", ".")
	git(t, dir, "commit", "-q", "-m", "many")
	commit := plumbing.NewHash(git(t, dir, "rev-parse", "HEAD"))
	objects := openObjects(t, filepath.Join(dir, ".git"))
	for range 20 {
		fsys, err := objects.Commit(commit)
		if err != nil {
			t.Fatal(err)
		}
		var group sync.WaitGroup
		start := make(chan struct{})
		for range 8 {
			group.Go(func() {
				<-start
				for name, want := range files {
					if data, err := fs.ReadFile(fsys, name); string(data) != want || err != nil {
						t.Errorf("%s: %q, %v", name, data, err)
					}
				}
				if list, err := fs.ReadDir(fsys, "many"); len(list) != len(files) || err != nil {
					t.Errorf("%d files, %v", len(list), err)
				}
			})
		}
		close(start)
		group.Wait()
	}
}

// TestDeltas reads large files that git keeps as deltas whose parts have
// changed places.
func TestDeltas(t *testing.T) {
	dir := repository(t)
	var text strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&text, "line %d of a large file\n", i*i)
	}
	part := func(from, to int) string { return text.String()[text.Len()*from/100 : text.Len()*to/100] }
	large := map[string]string{
		"large1": part(0, 100),
		"large2": part(10, 20) + part(5, 10) + part(50, 100),
	}
	write(t, dir, large)
	git(t, dir, "add", ".")
	git(t, dir, "commit", "-q", "-m", "large")
	git(t, dir, "gc", "-q")
	if kept := git(t, dir, "verify-pack", "-s", "--", packIndex(t, dir)); !strings.Contains(kept, "chain length = 1") {
		t.Fatalf("git made no deltas:\n%s", kept)
	}
	objects := openObjects(t, filepath.Join(dir, ".git"))
	fsys, err := objects.Commit(plumbing.NewHash(git(t, dir, "rev-parse", "HEAD")))
	if err != nil {
		t.Fatal(err)
	}
	list, err := fs.ReadDir(fsys, ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		want, ok := large[e.Name()]
		if !ok {
			continue
		}
		if id := e.(interface{ BlobID() string }).BlobID(); id != git(t, dir, "rev-parse", "HEAD:"+e.Name()) {
			t.Errorf("%s has the id %s", e.Name(), id)
		}
		f, err := fsys.Open(e.Name())
		if err != nil {
			t.Fatal(err)
		}
		opened, err1 := io.ReadAll(f)
		read, err2 := fs.ReadFile(fsys, e.Name())
		if string(opened) != want || string(read) != want || err1 != nil || err2 != nil {
			t.Errorf("%s: %d and %d bytes of %d are not as written; %v, %v", e.Name(), len(opened), len(read), len(want), err1, err2)
		}
	}
}

func packIndex(t *testing.T, dir string) string {
	all, err := filepath.Glob(filepath.Join(dir, ".git/objects/pack/*.idx"))
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	return all[0]
}

func TestLinksLeadNowhere(t *testing.T) {
	dir := repository(t)
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	git(t, dir, "add", "link")
	git(t, dir, "commit", "-q", "-m", "link")
	objects := openObjects(t, filepath.Join(dir, ".git"))
	fsys, err := objects.Commit(plumbing.NewHash(git(t, dir, "rev-parse", "HEAD")))
	if err != nil {
		t.Fatal(err)
	}
	if fi, err := fs.Stat(fsys, "link"); err != nil || fi.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("%v, %v; want a symbolic link", fi, err)
	}
	if b, err := fs.ReadFile(fsys, "link"); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("read %q through the link, %v", b, err)
	}
	for _, name := range []string{"../x", "/etc/passwd", "link/x", "a//b"} {
		if _, err := fsys.Open(name); err == nil {
			t.Errorf("opened %s", name)
		}
	}
	if target, err := fs.ReadLink(fsys, "link"); target != "/etc/passwd" || err != nil {
		t.Errorf("the link leads to %q, %v", target, err)
	}
	if _, err := fs.ReadLink(fsys, "README"); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("a file read as a link: %v", err)
	}
	if _, err := fs.ReadLink(fsys, "none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a link that is not there: %v", err)
	}
}

// A target that no system would have is not read.
func TestLongLink(t *testing.T) {
	dir := repository(t)
	command := exec.Command("git", "-C", dir, "hash-object", "-w", "--stdin")
	command.Stdin = strings.NewReader(strings.Repeat("a/", 2049))
	id, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	git(t, dir, "update-index", "--add", "--cacheinfo", "120000,"+strings.TrimSpace(string(id))+",long")
	git(t, dir, "commit", "-q", "-m", "long")
	fsys, err := openObjects(t, filepath.Join(dir, ".git")).Commit(plumbing.NewHash(git(t, dir, "rev-parse", "HEAD")))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fs.ReadLink(fsys, "long"); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("error %v", err)
	}
}

func TestPeel(t *testing.T) {
	dir := repository(t)
	objects := openObjects(t, filepath.Join(dir, ".git"))
	commit := git(t, dir, "rev-parse", "main")
	for rev, want := range map[string]plumbing.ObjectType{
		"v1": plumbing.CommitObject, "main": plumbing.CommitObject,
		"main^{tree}": plumbing.TreeObject, "main:README": plumbing.BlobObject,
	} {
		h, kind, err := objects.Peel(plumbing.NewHash(git(t, dir, "rev-parse", rev)))
		if err != nil || kind != want {
			t.Errorf("%s: %s, %v; want %s", rev, kind, err, want)
		}
		if kind == plumbing.CommitObject && h.String() != commit {
			t.Errorf("%s leads to %s, want %s", rev, h, commit)
		}
	}
	if _, _, err := objects.Peel(plumbing.NewHash("1234567890123456789012345678901234567890")); !errors.Is(err, plumbing.ErrObjectNotFound) {
		t.Errorf("a missing object: %v", err)
	}
	if _, err := objects.Commit(plumbing.NewHash(git(t, dir, "rev-parse", "main:README"))); err == nil {
		t.Error("a blob passed for a commit")
	}
}

// The quarantine is asked before the mirror.
func TestTwoDirectories(t *testing.T) {
	one, two := repository(t), repository(t)
	write(t, two, map[string]string{"only": "here"})
	git(t, two, "add", ".")
	git(t, two, "commit", "-q", "-m", "two")
	objects := openObjects(t, filepath.Join(one, ".git"), filepath.Join(two, ".git"))
	fsys, err := objects.Commit(plumbing.NewHash(git(t, two, "rev-parse", "HEAD")))
	if err != nil {
		t.Fatal(err)
	}
	if b, err := fs.ReadFile(fsys, "only"); err != nil || string(b) != "here" {
		t.Errorf("%q, %v", b, err)
	}
}

// What was there when the objects were opened can be read also when its packs
// are gone: maintenance puts others in their place while somebody reads. Large
// objects and deltas count, which go-git opens the pack again for.
func TestPacksMayGo(t *testing.T) {
	dir := repository(t)
	large := make([]byte, 300_000)
	for i := range large {
		large[i] = byte(i * i >> 7)
	}
	write(t, dir, map[string]string{"large": string(large)})
	git(t, dir, "add", ".")
	git(t, dir, "commit", "-q", "-m", "two")
	git(t, dir, "repack", "-q", "-d")
	write(t, dir, map[string]string{"large": string(large) + "and a little more"})
	git(t, dir, "commit", "-q", "-a", "-m", "three")
	git(t, dir, "repack", "-q", "-a", "-d", "-f")
	commits := strings.Fields(git(t, dir, "rev-list", "-n2", "main"))
	objects := openObjects(t, filepath.Join(dir, ".git"))
	if err := os.RemoveAll(filepath.Join(dir, ".git", "objects", "pack")); err != nil {
		t.Fatal(err)
	}
	for _, id := range commits {
		fsys, err := objects.Commit(plumbing.NewHash(id))
		if err != nil {
			t.Fatal(err)
		}
		data, err := fs.ReadFile(fsys, "large")
		if err != nil || len(data) < len(large) || string(data[:len(large)]) != string(large) {
			t.Errorf("%s: read %d bytes, %v", id, len(data), err)
		}
	}
}

// BenchmarkOpen opens a mirror of 40 packs, as there are between two maintenances.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	git(b, dir, "init", "-q", "-b", "main")
	for i := range 40 {
		write(b, dir, map[string]string{"a": fmt.Sprint(i)})
		git(b, dir, "add", ".")
		git(b, dir, "commit", "-q", "-m", fmt.Sprint(i))
		git(b, dir, "repack", "-q", "-d")
	}
	for b.Loop() {
		objects, err := tree.Open(filepath.Join(dir, ".git"))
		if err != nil {
			b.Fatal(err)
		}
		if err := objects.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
