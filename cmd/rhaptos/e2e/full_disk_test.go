package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// F6: with a full disk clones go on, and a push is refused in a complete report that
// says why and tells no path. It needs a file system of its own, and so root, as CI is.
func TestFullDisk(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("a small file system can be mounted by root only")
	}
	small := t.TempDir()
	if err := unix.Mount("tmpfs", small, "tmpfs", 0, "size=24m"); err != nil {
		t.Skipf("no file system can be mounted here: %v", err)
	}
	t.Cleanup(func() { unix.Unmount(small, unix.MNT_DETACH) })
	data := filepath.Join(small, "data")
	s := start(t, data)
	rhaptos(t, data, "user", "add", "ann")
	token := rhaptos(t, data, "token", "create", "ann")
	rhaptos(t, data, "repo", "create", "ann/book")
	work := filepath.Join(t.TempDir(), "work")
	writeFiles(t, work, map[string]string{"README": "text\n"})
	git(t, work, "init", "-q", "-b", "draft")
	git(t, work, "add", ".")
	git(t, work, "commit", "-q", "-m", "1")
	remote := s.remote("ann", token, "ann/book")
	git(t, work, "push", "-q", remote, "draft")
	fill, err := os.Create(filepath.Join(small, "fill"))
	if err != nil {
		t.Fatal(err)
	}
	for chunk := make([]byte, 4<<10); err == nil; {
		_, err = fill.Write(chunk)
	}
	fill.Close()

	git(t, work, "clone", "-q", "-b", "draft", remote, filepath.Join(t.TempDir(), "clone"))
	git(t, work, "commit", "-q", "--allow-empty", "-m", "2")
	out, err := gitTry(work, "push", remote, "draft")
	if err == nil || !strings.Contains(out, "the server's disk is full") || !strings.Contains(out, "[remote rejected]") || strings.Contains(out, small) {
		t.Errorf("%v: %s", err, out)
	}
	if err := os.Remove(fill.Name()); err != nil {
		t.Fatal(err)
	}
	git(t, work, "push", "-q", remote, "draft")
}
