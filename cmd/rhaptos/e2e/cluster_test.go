package e2e

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/blobstore/s3/s3test"
	"github.com/rhaptos/rhaptos/gitserver/testenv"
)

// What "make cluster" starts serves the sample library, also without one of its servers,
// and ends with Ctrl-C.
func TestCluster(t *testing.T) {
	t.Parallel()
	testenv.Slow(t, "starts PostgreSQL, an S3 server and nginx")
	program, err := exec.LookPath("rhaptos")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "cluster-") // PostgreSQL's user must be able to enter it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	http, folder := testenv.FreeAddress(t), filepath.Join(dir, "c")
	cmd := exec.Command(filepath.Join("..", "sample", "cluster"), program, s3test.Program(t), folder, http, testenv.FreeAddress(t))
	cmd.Env = append(os.Environ(), "PORT="+strconv.Itoa(freePorts(t, 5)))
	s := startScript(t, cmd, "Ctrl-C ends all")
	pid, err := os.ReadFile(filepath.Join(folder, "one.pid"))
	if err != nil {
		t.Fatal(err)
	}
	one, err := strconv.Atoi(strings.TrimSpace(string(pid)))
	if err != nil {
		t.Fatal(err)
	}
	syscall.Kill(one, syscall.SIGKILL)
	getSamples(t, http)
	s.interrupt(t)
	if c, err := net.Dial("tcp", http); err == nil {
		c.Close()
		t.Error("nginx still listens")
	}
}

// freePorts is the first of some ports on which nobody listens.
func freePorts(t *testing.T, n int) int {
	t.Helper()
next:
	for range 100 {
		_, text, _ := net.SplitHostPort(testenv.FreeAddress(t))
		first, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		for port := first; port < first+n; port++ {
			l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
			if err != nil {
				continue next
			}
			l.Close()
		}
		return first
	}
	t.Fatal("no free ports")
	return 0
}
