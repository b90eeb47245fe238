package e2e

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

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

// createLibrary has a server with the flags create a library in a folder. The commands
// of administration go by the flags of the last server.
func createLibrary(t testing.TB, data string, flags ...string) {
	t.Helper()
	s, err := serve("rhaptos", data, nil, flags...)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
}

// rhaptos runs an administration command on the data folder and returns what
// it prints. Only a server creates a library in a folder, so it starts one first if
// there is none.
func rhaptos(t testing.TB, data string, args ...string) string {
	t.Helper()
	if _, err := os.Stat(filepath.Join(data, "rhaptos.db")); errors.Is(err, fs.ErrNotExist) && !slices.Contains(args, "--database") {
		createLibrary(t, data)
	}
	out, err := exec.Command("rhaptos", append([]string{"--data", data}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("rhaptos %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// remote is a repository's address with the credentials in it.
func (s *instance) remote(name, token, path string) string {
	return strings.Replace(s.url, "http://", "http://"+name+":"+token+"@", 1) + "/" + path + ".git"
}
