package e2e

import (
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/testenv"
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
		http := testenv.FreeAddress(t)
		cmd := exec.Command(filepath.Join("..", "sample", "serve"), program, data, http, testenv.FreeAddress(t))
		cmd.Env = append(cmd.Environ(), gitEnvironment()...)
		s := startScript(t, cmd, "Ctrl-C ends the server")
		getSamples(t, http)
		s.interrupt(t)
	}
}

// script is a program that runs until Ctrl-C, with the processes that it has started.
type script struct {
	cmd   *exec.Cmd
	out   *record
	ended chan error
}

// startScript starts a program and waits until it has printed the text that says how to
// end it.
func startScript(t *testing.T, cmd *exec.Cmd, up string) *script {
	t.Helper()
	s := &script{cmd, &record{}, make(chan error, 1)}
	cmd.Stdout, cmd.Stderr = s.out, s.out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { s.ended <- cmd.Wait() }()
	t.Cleanup(func() { syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
	for deadline := time.Now().Add(2 * time.Minute); !strings.Contains(s.out.String(), up); time.Sleep(50 * time.Millisecond) {
		select {
		case err := <-s.ended:
			t.Fatalf("%v\n%s", err, s.out)
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("it is not up:\n%s", s.out)
		}
	}
	return s
}

// interrupt does what Ctrl-C does, and wants the exit status 0.
func (s *script) interrupt(t *testing.T) {
	t.Helper()
	syscall.Kill(-s.cmd.Process.Pid, syscall.SIGINT)
	select {
	case err := <-s.ended:
		if err != nil {
			t.Errorf("Ctrl-C: %v\n%s", err, s.out)
		}
	case <-time.After(time.Minute):
		t.Fatalf("Ctrl-C does not end it\n%s", s.out)
	}
}

// getSamples wants the catalogue and the books of the sample library.
func getSamples(t *testing.T, http string) {
	t.Helper()
	for _, path := range []string{"/", "/sample/stitching/stitching@1.1", "/sample/handbook/a-handbook-for-authors@1.1"} {
		if status, _, err := get(t.Context(), "http://"+http+path); err != nil || status != 200 {
			t.Errorf("%s: %d, %v", path, status, err)
		}
	}
}
