package gitexec_test

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
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
	dir := t.TempDir()
	if err := os.MkdirAll(dir+"/objects/pack", 0o700); err != nil {
		t.Fatal(err)
	}
	err := find(t).Run(ctx, gitexec.Command{Args: []string{"index-pack", "--stdin", dir + "/objects/pack/x.pack"}, Stdin: r})
	if !errors.Is(err, gone) {
		t.Errorf("got %v", err)
	}
}

func TestLimitsHold(t *testing.T) {
	err := find(t).Run(t.Context(), gitexec.Command{
		Args:   []string{"hash-object", "--stdin"},
		Stdin:  strings.NewReader(strings.Repeat("0", 64<<20)),
		Stdout: io.Discard,
		Limits: gitexec.Limits{Memory: 32 << 20},
	})
	var e *gitexec.Error
	if !errors.As(err, &e) || !strings.Contains(strings.ToLower(e.Stderr), "memory") {
		t.Errorf("got %v, want git to be out of memory", err)
	}
}
