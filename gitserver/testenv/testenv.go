// Package testenv gives tests what they need of the machine that they run on: programs,
// and the real books that may lie beside the repository.
package testenv

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Program is the path of a program on the PATH, by a name that .ci/install knows;
// see [Missing].
func Program(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Missing(t, name, ".ci/install "+name)
	}
	return path
}

// Missing ends a test that needs what is not there. That is a failure, since make
// test installs all; only with -short the test is left out.
func Missing(t testing.TB, what, remedy string) {
	t.Helper()
	if testing.Short() {
		t.Skip(what + " is not installed")
	}
	t.Fatalf("%s is not installed: %s", what, remedy)
}

// SharedData returns a path below ../shared/data beside the repository, where real
// books may lie. A test that needs what is not there is left out.
func SharedData(t testing.TB, name string) string {
	t.Helper()
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; root = filepath.Dir(root) {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			break
		}
		if root == filepath.Dir(root) {
			t.Fatal("the test does not run below a go.mod")
		}
	}
	path := filepath.Join(root, "..", "shared", "data", name)
	if _, err := os.Stat(path); err != nil {
		t.Skip("the real books are not beside the repository: ", err)
	}
	return path
}

// RealBooks returns the paths of the git bundles of all real books; where there are
// none the test is left out.
func RealBooks(t testing.TB) []string {
	t.Helper()
	bundles, err := filepath.Glob(filepath.Join(SharedData(t, "."), "*.bundle"))
	if err != nil || len(bundles) == 0 {
		t.Fatalf("%d real books, %v", len(bundles), err)
	}
	return bundles
}

// ProcessorTime returns the processor time of this process, in user and kernel
// mode: on a shared machine it says more than a clock.
func ProcessorTime(t testing.TB) time.Duration {
	t.Helper()
	var used unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// Slow leaves a test out of a short run. It is called by whatever starts a
// browser, Java, or somebody else's server, and by tests that take more than a
// few seconds of processor time.
func Slow(t testing.TB, why string) {
	t.Helper()
	if testing.Short() {
		t.Skip("not in a short run: " + why)
	}
}

// FreeAddress returns an address of this machine, with a port on which nobody listens.
func FreeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
