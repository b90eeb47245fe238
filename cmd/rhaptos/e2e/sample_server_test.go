package e2e

import (
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestSampleServer does what "make run" does, on a machine that has no library, and
// then on one that has.
func TestSampleServer(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("rhaptos")
	if err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(t.TempDir(), "data")
	for range 2 {
		http, out := freeAddress(t), &record{}
		cmd := exec.Command(filepath.Join("..", "sample", "serve"), program, data, http, freeAddress(t))
		cmd.Env, cmd.Stdout, cmd.Stderr = append(cmd.Environ(), gitEnvironment()...), out, out
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		t.Cleanup(func() { syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
		for deadline := time.Now().Add(2 * time.Minute); !strings.Contains(out.String(), "Ctrl-C ends the server"); time.Sleep(50 * time.Millisecond) {
			select {
			case err := <-ended:
				t.Fatalf("%v\n%s", err, out)
			default:
			}
			if time.Now().After(deadline) {
				t.Fatalf("it is not up:\n%s", out)
			}
		}
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
	}
}
