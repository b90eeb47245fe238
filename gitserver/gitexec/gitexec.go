// Package gitexec starts native git: the only place where the program starts a
// process of git's. Every one has a scrubbed environment, limits on memory,
// processor time, file size and wall time, a process group of its own, and
// dies with its context and with the server.
package gitexec

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Git is the native git of this machine.
type Git struct {
	path    string
	Version string // "2.39.5"
}

// The oldest git that is known to have every option used here.
const minMajor, minMinor = 2, 36

var versionLine = regexp.MustCompile(`^git version ((\d+)\.(\d+)\S*)`)

// Find looks git up on the PATH and checks its version.
//
// From then on this process and those it starts ignore SIGXFSZ: git that meets
// its limit of file size fails with an error that it reports, and tidies up, where
// the signal would kill it.
func Find(ctx context.Context) (*Git, error) {
	signal.Ignore(syscall.SIGXFSZ)
	path, err := exec.LookPath("git")
	if err != nil {
		return nil, fmt.Errorf("git is not installed (on Debian: apt-get install git): %w", err)
	}
	g := &Git{path: path}
	var out strings.Builder
	if err := g.Run(ctx, Command{Args: []string{"--version"}, Stdout: &out}); err != nil {
		return nil, err
	}
	m := versionLine.FindStringSubmatch(out.String())
	if m == nil {
		return nil, fmt.Errorf("%s does not say its version: %q", path, out.String())
	}
	major, _ := strconv.Atoi(m[2])
	minor, _ := strconv.Atoi(m[3])
	if major < minMajor || major == minMajor && minor < minMinor {
		return nil, fmt.Errorf("git %s is too old, need %d.%d or newer", m[1], minMajor, minMinor)
	}
	g.Version = m[1]
	return g, nil
}

// Limits bound one process. Zero values mean the defaults of this package.
type Limits struct {
	Memory   uint64        // bytes of address space
	CPU      time.Duration // processor time
	FileSize uint64        // bytes of any file that it writes
	Wall     time.Duration // time from start to end
	Nice     int           // how far to stand behind others for the processor: 0 to 19, as in nice(1)
}

func (l Limits) orDefaults() Limits {
	if l.Memory == 0 {
		l.Memory = 4 << 30
	}
	if l.CPU == 0 {
		l.CPU = 10 * time.Minute
	}
	if l.FileSize == 0 {
		l.FileSize = 16 << 30
	}
	if l.Wall == 0 {
		l.Wall = time.Hour
	}
	return l
}

// Command is one run of git.
type Command struct {
	Args   []string
	Env    []string // NAME=value, beside the fixed environment
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer // may be nil; the end of it goes into the error text too
	Limits Limits

	// Inherit gives git the environment of this process in the place of the
	// fixed one: for commands in a repository of whoever runs the program.
	Inherit bool
}

// Error says that git ran and failed.
type Error struct {
	Args   []string
	Exit   int    // exit status, -1 when killed by a signal
	Stderr string // the end of what git said
	Err    error
}

func (e *Error) Error() string {
	what := "git"
	if len(e.Args) > 0 {
		what = "git " + subcommand(e.Args)
	}
	if e.Stderr == "" {
		return fmt.Sprintf("%s: %v", what, e.Err)
	}
	return fmt.Sprintf("%s: %v: %s", what, e.Err, e.Stderr)
}

func (e *Error) Unwrap() error { return e.Err }

// subcommand is the first argument that is neither an option nor the value of -c.
func subcommand(args []string) string {
	for i := 0; i < len(args); i++ {
		switch {
		case args[i] == "-c":
			i++
		case !strings.HasPrefix(args[i], "-"):
			return args[i]
		}
	}
	return args[0]
}

// Run starts git and waits for its end. Input is copied to it until it exits;
// Run does not wait for a reader that has more to give than git wanted, so
// after Run a last Read of c.Stdin may still be under way.
func (g *Git) Run(ctx context.Context, c Command) error {
	limits := c.Limits.orDefaults()
	ctx, cancel := context.WithTimeoutCause(ctx, limits.Wall, fmt.Errorf("took longer than %v", limits.Wall))
	defer cancel()
	cmd := exec.CommandContext(ctx, g.path, c.Args...)
	cmd.Dir = "/"
	cmd.Env = append(environment(), c.Env...)
	if c.Inherit {
		cmd.Env = append(os.Environ(), c.Env...)
	}
	cmd.Stdout = c.Stdout
	said := &tail{}
	if cmd.Stderr = said; c.Stderr != nil {
		cmd.Stderr = io.MultiWriter(said, c.Stderr)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	if err := start(cmd, c.Stdin, limits); err != nil {
		return &Error{Args: c.Args, Exit: -1, Err: err}
	}
	err := cmd.Wait()
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return &Error{Args: c.Args, Exit: cmd.ProcessState.ExitCode(), Stderr: said.String(), Err: err}
}

func start(cmd *exec.Cmd, stdin io.Reader, limits Limits) error {
	var in io.WriteCloser
	if stdin != nil {
		var err error
		if in, err = cmd.StdinPipe(); err != nil {
			return err
		}
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	if err := limit(cmd.Process.Pid, limits); err != nil && !errors.Is(err, unix.ESRCH) {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		cmd.Wait()
		return err
	}
	if in != nil {
		go func() {
			io.Copy(in, stdin) // an error is git's to notice: its input ends early
			in.Close()
		}()
	}
	return nil
}

// limit sets the limits of a process that has just started, before it has
// read any input.
func limit(pid int, l Limits) error {
	seconds := uint64(l.CPU / time.Second)
	for resource, max := range map[int]uint64{
		unix.RLIMIT_AS:    l.Memory,
		unix.RLIMIT_CPU:   seconds,
		unix.RLIMIT_FSIZE: l.FileSize,
		unix.RLIMIT_CORE:  0,
	} {
		if err := unix.Prlimit(pid, resource, &unix.Rlimit{Cur: max, Max: max}, nil); err != nil {
			return fmt.Errorf("limit git: %w", err)
		}
	}
	if l.Nice == 0 {
		return nil
	}
	return unix.Setpriority(unix.PRIO_PROCESS, pid, l.Nice)
}

// environment is all that git gets of the world: nothing of the server's own.
func environment() []string {
	return []string{
		"PATH=/usr/local/bin:/usr/bin:/bin",
		"HOME=/nonexistent",
		"LC_ALL=C",
		"GIT_CONFIG_NOSYSTEM=1",
		"GIT_CONFIG_GLOBAL=/dev/null",
		"GIT_TERMINAL_PROMPT=0",
		"GIT_NO_REPLACE_OBJECTS=1",
		"GIT_ATTR_NOSYSTEM=1",
		"GIT_ADVICE=0",
	}
}

// tail keeps the end of what is written to it.
type tail struct{ b []byte }

const tailSize = 4 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.b = append(t.b, p...)
	if len(t.b) > 2*tailSize {
		t.b = append(t.b[:0], t.b[len(t.b)-tailSize:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	b := t.b
	if len(b) > tailSize {
		b = b[len(b)-tailSize:]
	}
	return strings.TrimSpace(strings.ReplaceAll(string(b), "\x00", ""))
}
