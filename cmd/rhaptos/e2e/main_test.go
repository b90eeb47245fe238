package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

const mainPackage = "github.com/rhaptos/rhaptos/cmd/rhaptos"

// TestMain builds the program and puts it first on the PATH of all tests.
func TestMain(m *testing.M) { os.Exit(runTests(m)) }

func runTests(m *testing.M) int {
	dir, err := os.MkdirTemp("", "rhaptos-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binDir = filepath.Join(dir, "bin")
	if err := buildProgram(filepath.Join(binDir, "rhaptos")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	os.Setenv("PATH", binDir+string(os.PathListSeparator)+os.Getenv("PATH"))
	defer func() { stopBrowser(); stopPostgres() }()
	return m.Run()
}

// binDir holds what the tests have built.
var binDir string

// buildProgram builds rhaptos with the flags of go build, without cgo.
func buildProgram(path string, flags ...string) error {
	args := append([]string{"build", "-trimpath", "-buildvcs=false", "-o", path}, flags...)
	build := exec.Command("go", append(args, mainPackage)...)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", filepath.Base(path), err, out)
	}
	return nil
}

// failpointProgram is the path of rhaptos with failpoints, built once.
func failpointProgram(t testing.TB) string {
	t.Helper()
	path, err := buildWithFailpoints()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var buildWithFailpoints = sync.OnceValues(func() (string, error) {
	path := filepath.Join(binDir, "rhaptos-failpoint")
	return path, buildProgram(path, "-tags", "failpoint")
})
