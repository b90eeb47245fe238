// Package realbook gives tests the real books that may lie beside the
// repository, in ../shared/data, as git bundles.
package realbook

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/testenv"
)

// Bundle is the path of a real book. Where there is none the test is left out.
func Bundle(t testing.TB, name string) string {
	t.Helper()
	return testenv.SharedData(t, name+".bundle")
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
