package hooks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/rhaptos/rhaptos/gitserver"
)

// checkSafe returns an error if a file or folder is not safe to use for hooks.
func checkSafe(path string, kind fs.FileMode) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case info.Mode().Type() != kind && kind == fs.ModeDir:
		return fmt.Errorf("%s is not a folder", path)
	case info.Mode().Type() != kind:
		return fmt.Errorf("%s is not a regular file", path)
	case info.Mode().Perm()&0o100 == 0:
		return fmt.Errorf("%s is not executable: chmod u+x", path)
	case info.Mode().Perm()&0o002 != 0:
		return fmt.Errorf("%s is writable by everyone: chmod o-w", path)
	case ok && owner.Uid != 0 && int(owner.Uid) != os.Geteuid():
		return fmt.Errorf("%s belongs to another user: chown", path)
	}
	return nil
}

// run is shared by the executables of one hook of one push.
type run struct {
	exec        Exec
	push        *gitserver.Push
	environment []string
	gitDir      string
	file        string // the push as JSON
	out         io.Writer
}

// pushFile is the content of the file that RHAPTOS_PUSH names.
type pushFile struct {
	ID         string         `json:"id"`
	Repository pushRepository `json:"repository"`
	Actor      string         `json:"actor"`
	Transport  string         `json:"transport"`
	At         time.Time      `json:"at"`
	Atomic     bool           `json:"atomic"`
	Options    []string       `json:"options"` // push options, verbatim

	Certificate *pushCertificate `json:"certificate,omitempty"` // of a signed push
}

type pushCertificate struct {
	Text   string `json:"text"`   // as it was sent
	Status string `json:"status"` // good, unknown or bad
	Signer string `json:"signer"` // fingerprint of the key
	Nonce  string `json:"nonce"`  // ok, missing, bad or expired
}

func certificateOf(push *gitserver.Push) *pushCertificate {
	c := push.Certificate
	if c == nil {
		return nil
	}
	return &pushCertificate{c.Text, string(c.Status), c.Signer, string(c.Nonce)}
}

type pushRepository struct {
	ID      string `json:"id"`
	Owner   string `json:"owner"`
	Name    string `json:"name"`
	Head    string `json:"head"`
	Private bool   `json:"private"`
}

// newRun prepares a run. objects are the environment variables by which native git
// sees the objects of the push.
func newRun(e Exec, push *gitserver.Push, objects []string, out io.Writer) (*run, error) {
	r := &run{exec: e, push: push, out: out}
	repo := push.Repository
	data, err := json.Marshal(pushFile{
		push.ID, pushRepository{repo.ID, repo.Owner, repo.Name, repo.Head, repo.Private},
		push.Actor, push.Transport, push.At, push.Atomic, append([]string{}, push.Options...), certificateOf(push),
	})
	if err != nil {
		return nil, err
	}
	file, err := os.CreateTemp("", "rhaptos-push-*.json") // for this user only
	if err != nil {
		return nil, err
	}
	r.file = file.Name()
	if _, err := file.Write(data); err != nil {
		return nil, errors.Join(err, file.Close(), os.Remove(r.file))
	}
	if err := file.Close(); err != nil {
		return nil, errors.Join(err, os.Remove(r.file))
	}
	r.environment = append([]string{
		"PATH=/usr/local/bin:/usr/bin:/bin",
		"HOME=/nonexistent",
		"LANG=C.UTF-8",
		"GIT_CONFIG_NOSYSTEM=1",
		"GIT_CONFIG_GLOBAL=/dev/null",
		"GIT_TERMINAL_PROMPT=0",
		"RHAPTOS_PUSH=" + r.file,
	}, objects...)
	r.environment = append(r.environment, optionVariables(push.Options)...)
	for _, variable := range objects {
		if dir, ok := strings.CutPrefix(variable, "GIT_DIR="); ok {
			r.gitDir = dir
		}
	}
	return r, nil
}

func (r *run) close() { os.Remove(r.file) }

// safeOption matches push options without a meaning to a shell. Others are in the
// file only.
var safeOption = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.,:=/@+-]{0,255}$`)

// optionVariables returns the push options as githooks(5) describes them.
func optionVariables(options []string) []string {
	var list []string
	for _, option := range options {
		if safeOption.MatchString(option) {
			list = append(list, fmt.Sprintf("GIT_PUSH_OPTION_%d=%s", len(list), option))
		}
	}
	return append(list, fmt.Sprintf("GIT_PUSH_OPTION_COUNT=%d", len(list)))
}

// grace is the time that children left behind by an executable may go on writing.
const grace = time.Second

// do runs one executable and reports whether it succeeded. The log has the reason
// of a failure; the pusher sees that it failed.
func (r *run) do(ctx context.Context, x executable, stdin string, args ...string) bool {
	ctx, cancel := context.WithTimeoutCause(ctx, r.exec.Limit, fmt.Errorf("took longer than %v", r.exec.Limit))
	defer cancel()
	out := &prefixed{out: r.out, prefix: x.name + ": "}
	cmd := exec.CommandContext(ctx, x.path, args...)
	cmd.Dir = r.gitDir
	cmd.Env = r.environment
	cmd.Stdin = strings.NewReader(stdin)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = grace
	err := cmd.Run()
	if cmd.Process != nil {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // its children
	}
	out.end()
	log := r.exec.Log.With("hook", x.path, "repository", r.push.Repository.Path(), "push", r.push.ID)
	if out.cut {
		log.Warn("a hook printed too much", "limit", maxOutput)
	}
	if errors.Is(err, exec.ErrWaitDelay) {
		log.Warn("a hook left children behind, which were killed")
		err = nil
	}
	if err == nil {
		return true
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	log.Warn("a hook failed", "err", err)
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return false // it has said itself what it had to say
	}
	if ctx.Err() == nil {
		err = errors.New("could not be run; see the server's log")
	}
	fmt.Fprintf(r.out, "%s: %v\n", x.name, err)
	return false
}
