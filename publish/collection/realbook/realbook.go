// Package realbook gives tests the real books that may lie beside the
// repository, in ../shared/data, as git bundles.
package realbook

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Bundle is the path of a real book. Where there is none the test is left out.
func Bundle(t testing.TB, name string) string {
	t.Helper()
	root, err := os.Getwd()
	for ; err == nil; root = filepath.Dir(root) {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			break
		}
		if root == filepath.Dir(root) {
			t.Fatal("the test does not run below a go.mod")
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(root, "..", "shared", "data", name+".bundle")
	if _, err := os.Stat(path); err != nil {
		t.Skip("the real books are not beside the repository: ", err)
	}
	return path
}

// Clone clones the main branch of a real book, with more flags of git clone if
// need be, into a folder that goes with the test.
func Clone(t testing.TB, name string, flags ...string) (dir string) {
	t.Helper()
	bundle := Bundle(t, name)
	dir = filepath.Join(t.TempDir(), name)
	args := append([]string{"clone", "-q", "--branch=main"}, flags...)
	if out, err := exec.Command("git", append(args, bundle, dir)...).CombinedOutput(); err != nil {
		t.Fatalf("git clone %s: %v\n%s", name, err, out)
	}
	return dir
}
