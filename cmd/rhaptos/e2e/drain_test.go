package e2e

import (
	"net/http"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// A server that is asked to stop says so to load balancers first, and serves on; then it
// ends.
func TestDrain(t *testing.T) {
	t.Parallel()
	s := start(t, filepath.Join(t.TempDir(), "data"), "--drain", "3s")
	status := func(path string) int {
		resp, err := http.Get(s.url + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	if got := status("/-/ready"); got != http.StatusOK {
		t.Fatalf("ready before: %d", got)
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(2 * time.Second); status("/-/ready") != http.StatusServiceUnavailable; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("still ready")
		}
	}
	for _, path := range []string{"/", "/-/health"} {
		if got := status(path); got != http.StatusOK {
			t.Errorf("%s while it drains: %d", path, got)
		}
	}
	select {
	case err := <-s.done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Error("still running")
	}
}
