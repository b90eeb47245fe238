package gitexec_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/gitexec"
)

func find(t *testing.T) *gitexec.Git {
	t.Helper()
	g, err := gitexec.Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestEnvironmentIsScrubbed(t *testing.T) {
	t.Setenv("GIT_CONFIG_COUNT", "1")
	t.Setenv("GIT_CONFIG_KEY_0", "user.name")
	t.Setenv("GIT_CONFIG_VALUE_0", "somebody")
	t.Setenv("GIT_DIR", "/elsewhere")
	var out strings.Builder
	err := find(t).Run(t.Context(), gitexec.Command{Args: []string{"config", "--list"}, Stdout: &out})
	if err != nil || out.String() != "" {
		t.Errorf("git sees %q, %v", out.String(), err)
	}
}

func TestErrorTellsWhatGitSaid(t *testing.T) {
	err := find(t).Run(t.Context(), gitexec.Command{Args: []string{"-c", "a.b=c", "rev-parse", "HEAD"}, Env: []string{"GIT_DIR=/nonexistent"}})
	var e *gitexec.Error
	if !errors.As(err, &e) || e.Exit != 128 || !strings.Contains(err.Error(), "git rev-parse") || !strings.Contains(e.Stderr, "not a git repository") {
		t.Errorf("got %v", err)
	}
}

// A reader that never ends must not hold Run once git has what it wants.
func TestRunDoesNotWaitForItsInput(t *testing.T) {
	r, w := io.Pipe()
	defer w.Close()
	done := make(chan error, 1)
	go func() {
		done <- find(t).Run(context.Background(), gitexec.Command{Args: []string{"--version"}, Stdin: r, Stdout: io.Discard})
	}()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Error("still waiting")
	}
}

func TestCancelKillsTheProcess(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	r, w := io.Pipe()
	defer w.Close()
	gone := errors.New("the client went away")
	go func() {
		w.Write([]byte("PACK"))
		cancel(gone)
	}()
	err := find(t).Run(ctx, gitexec.Command{Args: []string{"hash-object", "--stdin"}, Stdin: r})
	if !errors.Is(err, gone) {
		t.Errorf("got %v", err)
	}
}

// Every limit ends git in its own way, and is told.
func TestLimitsHold(t *testing.T) {
	dir := t.TempDir()
	repo := filepath.Join(dir, "repo.git")
	if err := find(t).Run(t.Context(), gitexec.Command{Args: []string{"init", "-q", "--bare", repo}}); err != nil {
		t.Fatal(err)
	}
	in := []string{"GIT_DIR=" + repo}
	for name, tt := range map[string]struct {
		command gitexec.Command
		said    string // by git, or the error's own text
	}{
		"memory": {gitexec.Command{
			Args: []string{"hash-object", "--stdin"}, Stdin: io.LimitReader(endless{}, 64<<20),
			Limits: gitexec.Limits{Memory: 32 << 20},
		}, "memory"},
		"processor time": {gitexec.Command{
			Args: []string{"hash-object", "-w", "--stdin"}, Stdin: io.LimitReader(endless{}, 8<<30), Env: in,
			Limits: gitexec.Limits{CPU: time.Second, Memory: 64 << 30},
		}, "signal: killed"},
		"file size": {gitexec.Command{
			Args: []string{"-c", "core.compression=0", "hash-object", "-w", "--stdin"}, Stdin: io.LimitReader(endless{}, 1<<20), Env: in,
			Limits: gitexec.Limits{FileSize: 64 << 10},
		}, "file too large"},
		"time": {gitexec.Command{
			Args: []string{"hash-object", "--stdin"}, Stdin: waiting(t),
			Limits: gitexec.Limits{Wall: 50 * time.Millisecond},
		}, "took longer than 50ms"},
	} {
		t.Run(name, func(t *testing.T) {
			tt.command.Stdout = io.Discard
			err := find(t).Run(t.Context(), tt.command)
			var e *gitexec.Error
			if !errors.As(err, &e) || !strings.Contains(strings.ToLower(e.Error()), tt.said) {
				t.Errorf("got %v, want %q in it", err, tt.said)
			}
		})
	}
	// git had the time to remove what it could not finish.
	left, err := filepath.Glob(filepath.Join(repo, "objects", "*", "tmp_obj_*"))
	if err != nil || len(left) > 1 { // one is of the process that was killed
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// endless is a reader of the same byte.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// waiting is a reader that never gives anything.
func waiting(t *testing.T) io.Reader {
	r, w := io.Pipe()
	t.Cleanup(func() { w.Close() })
	return r
}

// What git starts itself dies with it: they are one process group.
func TestCancelKillsTheGroup(t *testing.T) {
	dir := t.TempDir()
	pid := filepath.Join(dir, "pid")
	script := "!echo $$ > " + pid + "; echo begun; sleep 60"
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	done := make(chan error, 1)
	go func() {
		done <- find(t).Run(ctx, gitexec.Command{Args: []string{"-c", "alias.wait=" + script, "wait"}, Stdout: w})
	}()
	if line, err := bufio.NewReader(r).ReadString('\n'); err != nil || line != "begun\n" {
		t.Fatalf("%q, %v", line, err)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	gone(t, pid)
}

// gone waits until the process whose id is in a file is no more.
func gone(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	id, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); runtime.Gosched() {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", id))
		if err != nil || strings.Contains(string(stat), ") Z ") {
			return
		}
	}
	t.Errorf("process %d lives on", id)
	syscall.Kill(id, syscall.SIGKILL)
}

// A server that is killed takes its git along, whatever git waits for. This test
// runs itself as that server.
func TestGitDiesWithTheServer(t *testing.T) {
	if file := os.Getenv("GITEXEC_TEST_SERVER"); file != "" {
		err := find(t).Run(t.Context(), gitexec.Command{Args: []string{"-c", "alias.wait=!echo $PPID > " + file + "; echo begun; exec sleep 60", "wait"}, Stdout: os.Stdout})
		t.Fatal(err) // not reached: the server is killed before
	}
	file := filepath.Join(t.TempDir(), "pid")
	server := exec.Command(os.Args[0], "-test.run=^TestGitDiesWithTheServer$")
	server.Env = append(os.Environ(), "GITEXEC_TEST_SERVER="+file)
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "begun\n" {
		t.Fatalf("%q, %v", line, err)
	}
	if err := server.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	server.Wait()
	gone(t, file)
}
