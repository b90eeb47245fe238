package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// The test binary is the program too: scripts and tests that start rhaptos
// start this file's process again.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"rhaptos": main})
}

// instance is a running rhaptos serve.
type instance struct {
	cmd  *exec.Cmd
	url  string // http://127.0.0.1:PORT
	ssh  string // 127.0.0.1:PORT
	out  *record
	done chan error
}

// record keeps what a process prints.
type record struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.String()
}

var servingLine = regexp.MustCompile(`(?m)^serving (http://\S+) and ssh://git@(\S+)$`)

// serve starts a server on the data folder and waits until it answers.
func serve(program, data string, env []string, args ...string) (*instance, error) {
	s := &instance{out: &record{}, done: make(chan error, 1)}
	s.cmd = exec.Command(program, append([]string{"serve", "--data", data, "--http", "127.0.0.1:0", "--ssh", "127.0.0.1:0"}, args...)...)
	s.cmd.Env = append(os.Environ(), env...)
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.cmd.Stderr = s.out
	// A test that is killed takes its servers with it.
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	ready := make(chan []string, 1)
	go func() {
		lines := bufio.NewScanner(stdout)
		for lines.Scan() {
			fmt.Fprintln(s.out, lines.Text())
			if m := servingLine.FindStringSubmatch(lines.Text()); m != nil {
				ready <- m
			}
		}
		s.done <- s.cmd.Wait()
	}()
	select {
	case m := <-ready:
		s.url, s.ssh = m[1], m[2]
		return s, nil
	case err := <-s.done:
		return nil, fmt.Errorf("serve ended: %v\n%s", err, s.out)
	case <-time.After(time.Minute):
		s.cmd.Process.Kill()
		return nil, fmt.Errorf("serve did not start\n%s", s.out)
	}
}

// start is serve for a test that stops the server at its end.
func start(t testing.TB, data string, args ...string) *instance {
	t.Helper()
	s, err := serve("rhaptos", data, nil, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
		if t.Failed() {
			t.Logf("the server said:\n%s", s.out)
		}
	})
	return s
}

// stop asks the server to end and waits for it.
func (s *instance) stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return nil // it has ended already
	}
	select {
	case err := <-s.done:
		return err
	case <-time.After(time.Minute):
		s.cmd.Process.Kill()
		return fmt.Errorf("still running a minute after SIGTERM\n%s", s.out)
	}
}

// kill ends the server as a power cut would.
func (s *instance) kill() {
	s.cmd.Process.Kill()
	<-s.done
}

// rhaptos runs an administration command on the data folder and returns what
// it prints.
func rhaptos(t testing.TB, data string, args ...string) string {
	t.Helper()
	out, err := exec.Command("rhaptos", append([]string{"--data", data}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("rhaptos %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// gitEnvironment keeps the machine's own settings of git out of a test.
func gitEnvironment() []string {
	return []string{
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=true",
		"GIT_AUTHOR_NAME=Ann", "GIT_AUTHOR_EMAIL=ann@example.org", "GIT_COMMITTER_NAME=Ann", "GIT_COMMITTER_EMAIL=ann@example.org",
	}
}

// gitCommand is native git in dir.
func gitCommand(dir string, args ...string) *exec.Cmd {
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), gitEnvironment()...)
	return cmd
}

// gitTry runs native git in dir and returns all that it says.
func gitTry(dir string, args ...string) (string, error) {
	out, err := gitCommand(dir, args...).CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

func git(t testing.TB, dir string, args ...string) string {
	t.Helper()
	out, err := gitTry(dir, args...)
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// remote is a repository's address with the credentials in it.
func (s *instance) remote(name, token, path string) string {
	return strings.Replace(s.url, "http://", "http://"+name+":"+token+"@", 1) + "/" + path + ".git"
}

// get fetches a page.
func get(ctx context.Context, url string) (status int, body string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, "", err
	}
	client := &http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b), err
}

// await asks for a page until it is there.
func await(ctx context.Context, url string) (body string, err error) {
	return awaitStatus(ctx, url, http.StatusOK)
}

// awaitStatus asks for a page until it answers with the status.
func awaitStatus(ctx context.Context, url string, want int) (body string, err error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	for {
		status, body, err := get(ctx, url)
		if status == want {
			return body, nil
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("%s: still %d, %v", url, status, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// sample is the folder of one of the sample books.
func sample(t testing.TB, name string) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("sample", name))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
