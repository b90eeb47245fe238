package lfs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver/testenv"
	"github.com/rhaptos/rhaptos/gitserver/tree"
)

func TestParsePointer(t *testing.T) {
	good := Pointer{OID(oidOf("x")), 12345}
	if got, ok := parsePointer([]byte(good.String())); !ok || got != good {
		t.Errorf("%+v, %v", got, ok)
	}
	for _, text := range pointerTexts() {
		if got, ok := parsePointer([]byte(text)); ok {
			t.Errorf("%q passes as %+v", text, got)
		}
	}
}

// pointerTexts are almost pointers.
func pointerTexts() []string {
	p := Pointer{OID(oidOf("x")), 1}.String()
	return []string{
		"", "version ", "hello", strings.TrimSuffix(p, "\n"), p + "\n", p + "x", " " + p, strings.ReplaceAll(p, "\n", "\r\n"),
		strings.Replace(p, "v1", "v2", 1), strings.Replace(p, "sha256", "sha1", 1), strings.Replace(p, "size 1", "size 01", 1),
		strings.Replace(p, "size 1", "size -1", 1), strings.Replace(p, "size 1", "size 99999999999999999999", 1),
		strings.Replace(p, "size 1", "size 9999999999999999999", 1), strings.ToUpper(p),
		strings.Replace(p, "oid", "ext-0-x sha256:"+oidOf("y")+"\noid", 1), strings.Replace(p, "size 1\n", "", 1), p + p,
		p + strings.Repeat("x 1\n", 1000),
	}
}

// What is read as a pointer is one to git-lfs, of the same object.
func FuzzParsePointer(f *testing.F) {
	testenv.Program(f, "git-lfs")
	f.Add([]byte(Pointer{OID(oidOf("x")), 1}.String()))
	for _, text := range pointerTexts() {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, ok := parsePointer(text)
		if !ok {
			return
		}
		if p.String() != string(text) {
			t.Errorf("%q reads as %+v", text, p)
		}
		cmd := exec.CommandContext(t.Context(), "git-lfs", "pointer", "--check", "--strict", "--stdin")
		cmd.Stdin = bytes.NewReader(text)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%q: git-lfs: %v %s", text, err, out)
		}
	})
}

// commit makes a commit of files with native git and opens its tree.
func commit(t *testing.T, files map[string]string) fs.FS {
	t.Helper()
	dir := t.TempDir()
	git := func(args ...string) string {
		t.Helper()
		cmd := exec.Command("git", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.org",
			"GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.org")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return strings.TrimSpace(string(out))
	}
	git("init", "-q", "-b", "main")
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	git("-c", "filter.lfs.clean=cat", "-c", "filter.lfs.process=", "add", ".")
	git("-c", "filter.lfs.clean=cat", "commit", "-q", "-m", "one")
	objects, err := tree.Open(filepath.Join(dir, ".git"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { objects.Close() })
	fsys, err := objects.Commit(plumbing.NewHash(git("rev-parse", "HEAD")))
	if err != nil {
		t.Fatal(err)
	}
	return fsys
}

func TestTree(t *testing.T) {
	s := newSite(t, 0)
	content := strings.Repeat("a large figure ", 1000)
	here := Pointer{OID(oidOf(content)), int64(len(content))}
	absent := Pointer{OID(oidOf("never pushed")), 12}
	if err := s.lfs.Objects.Put(t.Context(), "secret", here.OID, here.Size, strings.NewReader(content)); err != nil {
		t.Fatal(err)
	}
	const attributes = "*.png filter=lfs diff=lfs merge=lfs -text\n"
	inner := commit(t, map[string]string{
		"README":                  "read me",
		"example.txt":             here.String(), // nothing is tracked here
		"media/.gitattributes":    attributes,
		"media/here.png":          here.String(),
		"media/absent.png":        absent.String(),
		"media/plain.png":         "small, and no pointer",
		"media/empty.png":         "",
		"media/deep/er/here.png":  here.String(),
		"other/.gitattributes":    "# *.png filter=lfs\n*.txt text filter=other\n",
		"other/here.png":          here.String(),
		"media/deep/.gitignore":   "x",
		"media/deep/er/large.bin": strings.Repeat("x", 5000),
	})
	fsys := s.lfs.Objects.Tree("secret", inner)
	if err := fstest.TestFS(fsys, "README", "media/here.png", "media/absent.png", "media/deep/er/here.png"); err != nil {
		t.Error(err)
	}
	for name, want := range map[string]string{
		"README": "read me", "example.txt": here.String(), "media/here.png": content, "media/deep/er/here.png": content,
		"media/absent.png": absent.String(), "media/plain.png": "small, and no pointer", "media/empty.png": "", "other/here.png": here.String(),
	} {
		got, err := fs.ReadFile(fsys, name)
		if err != nil || string(got) != want {
			t.Errorf("%s: %.40q, %v", name, got, err)
		}
		info, err := fs.Stat(fsys, name)
		if err != nil || info.Size() != int64(len(want)) {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	if got := fsys.Missing(); !slices.Equal(got, []string{"media/absent.png"}) {
		t.Errorf("missing: %v", got)
	}
	for name, want := range map[string]string{"media/here.png": string(here.OID), "media/absent.png": "", "media/plain.png": idIn(t, inner, "media/plain.png"), "README": idIn(t, inner, "README")} {
		if got := idIn(t, fsys, name); got != want {
			t.Errorf("%s has the id %s, want %s", name, got, want)
		}
	}
	f, err := fsys.Open("media/here.png")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.(io.Seeker).Seek(-7, io.SeekEnd); err != nil {
		t.Fatal(err)
	}
	if end, err := io.ReadAll(f); string(end) != content[len(content)-7:] || err != nil {
		t.Errorf("%q, %v", end, err)
	}
	for _, name := range []string{"nosuch", "media/nosuch.png", "../x", "media/here.png/x"} {
		for what, err := range map[string]error{"open": second(fsys.Open(name)), "stat": second(fsys.Stat(name)), "read": second(fsys.ReadFile(name))} {
			if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrInvalid) {
				t.Errorf("%s %s: %v", what, name, err)
			}
		}
	}
	// The same tree, for a repository that has no objects.
	other := s.lfs.Objects.Tree("other", inner)
	if _, err := fs.ReadDir(other, "media"); err != nil || len(other.Missing()) > 0 {
		t.Errorf("missing of what was listed only: %v; %v", other.Missing(), err)
	}
	if got, err := fs.ReadFile(other, "media/here.png"); string(got) != here.String() || err != nil {
		t.Errorf("another repository reads %.40q, %v", got, err)
	}
	if got := other.Missing(); !slices.Equal(got, []string{"media/here.png"}) {
		t.Errorf("missing in another repository: %v", got)
	}
}

func second[T any](_ T, err error) error { return err }

// idIn is the id that a tree tells of a file's content, by its FileInfo and, if
// it tells one there, by its entry.
func idIn(t *testing.T, fsys fs.FS, name string) string {
	t.Helper()
	info, err := fs.Stat(fsys, name)
	if err != nil {
		t.Fatal(err)
	}
	id := blobID(info.Sys())
	list, err := fs.ReadDir(fsys, filepath.Dir(name))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if e.Name() != filepath.Base(name) {
			continue
		}
		if b, ok := e.(interface{ BlobID() string }); ok && b.BlobID() != id {
			t.Errorf("%s: the entry's id is %s, the file's %s", name, b.BlobID(), id)
		}
		if i, err := e.Info(); err != nil || i.Size() != info.Size() || blobID(i.Sys()) != id {
			t.Errorf("%s: the entry's info is %v, %v", name, i, err)
		}
	}
	return id
}

// A tree without Git LFS is read as it is: no file of it is opened to look.
func TestTreeWithoutLFS(t *testing.T) {
	s := newSite(t, 0)
	files := fstest.MapFS{}
	for i := range 100 {
		files[fmt.Sprintf("a/%d.txt", i)] = &fstest.MapFile{Data: []byte("small")}
	}
	counted := &counting{FS: files}
	fsys := s.lfs.Objects.Tree("secret", counted)
	if list, err := fs.ReadDir(fsys, "a"); err != nil || len(list) != 100 {
		t.Fatal(len(list), err)
	}
	if counted.opened > 3 { // the folder, and a look for attributes in two
		t.Errorf("%d files were opened", counted.opened)
	}
}

type counting struct {
	fs.FS
	opened int
}

func (c *counting) Open(name string) (fs.File, error) {
	c.opened++
	return c.FS.Open(name)
}
