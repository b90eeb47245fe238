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
	"time"

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
	http, folder, out := freeAddress(t), filepath.Join(dir, "c"), &record{}
	cmd := exec.Command(filepath.Join("..", "sample", "cluster"), program, s3test.Program(t), folder, http, freeAddress(t))
	cmd.Env = append(os.Environ(), "PORT="+strconv.Itoa(freePorts(t, 5)))
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() { syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
	for deadline := time.Now().Add(2 * time.Minute); !strings.Contains(out.String(), "Ctrl-C ends all"); time.Sleep(50 * time.Millisecond) {
		select {
		case err := <-ended:
			t.Fatalf("%v\n%s", err, out)
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("it is not up:\n%s", out)
		}
	}
	pid, err := os.ReadFile(filepath.Join(folder, "one.pid"))
	if err != nil {
		t.Fatal(err)
	}
	one, err := strconv.Atoi(strings.TrimSpace(string(pid)))
	if err != nil {
		t.Fatal(err)
	}
	syscall.Kill(one, syscall.SIGKILL)
	for _, path := range []string{"/", "/sample/stitching/stitching@1.1", "/sample/handbook/a-handbook-for-authors@1.1"} {
		if status, _, err := get(t.Context(), "http://"+http+path); err != nil || status != 200 {
			t.Errorf("%s: %d, %v", path, status, err)
		}
	}
	syscall.Kill(-cmd.Process.Pid, syscall.SIGINT)
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("Ctrl-C: %v\n%s", err, out)
		}
	case <-time.After(time.Minute):
		t.Fatalf("Ctrl-C does not end it\n%s", out)
	}
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
		_, text, _ := net.SplitHostPort(freeAddress(t))
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
