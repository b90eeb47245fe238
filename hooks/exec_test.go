package hooks_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/hooks"
)

// content stands for the hooks that come first: it refuses the ref "bad".
type content struct{ after bool }

func (*content) Policy(*gitserver.Repository, fs.FS) gitserver.Policy { return gitserver.Policy{} }

func (*content) PreReceive(_ context.Context, push *gitserver.Push, _ fs.FS, _ gitserver.Incoming, _ io.Writer) (gitserver.Enqueue, error) {
	for _, u := range push.Updates {
		if u.Name == "refs/heads/bad" {
			u.Refused = "bad"
		}
	}
	return nil, nil
}

func (c *content) PostReceive(context.Context, *gitserver.Push, io.Writer) { c.after = true }

// objects stands for a quarantine.
type objects struct{ dir string }

func (objects) Tree(plumbing.Hash) (fs.FS, error) { return nil, plumbing.ErrObjectNotFound }
func (objects) Peel(h plumbing.Hash) (plumbing.Hash, plumbing.ObjectType, error) {
	return h, plumbing.CommitObject, nil
}
func (o objects) Environment() []string {
	return []string{"GIT_DIR=" + o.dir, "GIT_QUARANTINE_PATH=" + o.dir + "/in", "GIT_OBJECT_DIRECTORY=" + o.dir + "/in"}
}

// operator is a server with hooks.
type operator struct {
	t    *testing.T
	dir  string // of the hooks
	git  string
	push *gitserver.Push
	exec hooks.Exec
	log  bytes.Buffer
}

func newOperator(t *testing.T) *operator {
	o := &operator{t: t, dir: t.TempDir(), git: t.TempDir()}
	o.exec = hooks.Exec{
		Hooks: &content{}, Dir: o.dir, Limit: time.Minute, Log: slog.New(slog.NewTextHandler(&o.log, nil)),
		Mirror: func(context.Context, *gitserver.Repository) (string, error) { return o.git, nil },
	}
	o.push = &gitserver.Push{
		ID: "p1", Repository: &gitserver.Repository{ID: "r1", Owner: "ann", Name: "book", Head: "refs/heads/main"}, Actor: "ann", Transport: "ssh",
		Updates: []*gitserver.RefUpdate{
			{Name: "refs/heads/main", Old: oldTip, New: plumbing.NewHash(strings.Repeat("1", 40))},
			{Name: "refs/heads/bad", New: plumbing.NewHash(strings.Repeat("2", 40))},
			{Name: "refs/heads/new", New: plumbing.NewHash(strings.Repeat("3", 40))},
		},
	}
	return o
}

func (o *operator) hook(path, script string) {
	o.t.Helper()
	full := filepath.Join(o.dir, path)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		o.t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		o.t.Fatal(err)
	}
}

// before runs the hooks before a push, and returns what the pusher reads.
func (o *operator) before() string {
	o.t.Helper()
	var out strings.Builder
	if _, err := o.exec.PreReceive(o.t.Context(), o.push, nil, objects{o.git}, &out); err != nil {
		o.t.Fatal(err)
	}
	return out.String()
}

func (o *operator) refused() string {
	var list []string
	for _, u := range o.push.Updates {
		list = append(list, u.Refused)
	}
	return strings.Join(list, "|")
}

func TestExecInput(t *testing.T) {
	o := newOperator(t)
	o.push.Options = []string{"reviewed", "x=$(touch /tmp/x)", "ticket=12"}
	t.Setenv("SECRET", "tiger")
	o.hook("pre-receive.d/20-second", "echo second >&2")
	o.hook("pre-receive.d/10-first", "pwd; cat; env | sort; cat $RHAPTOS_PUSH > seen; printf end")
	o.hook("ann/book/pre-receive.d/05-own", "echo own")
	o.hook("bob/book/pre-receive.d/05-other", "echo other")
	o.hook("update.d/each", `echo "$#" "$1" "$2" "$3"; test -z "$(cat)"`)
	said := o.before()
	if o.refused() != "|bad|" {
		t.Errorf("refused: %s\n%s%s", o.refused(), said, &o.log)
	}
	one, three, nine, zero := strings.Repeat("1", 40), strings.Repeat("3", 40), strings.Repeat("9", 40), strings.Repeat("0", 40)
	var want []string
	for _, line := range []string{o.git, nine + " " + one + " refs/heads/main", zero + " " + three + " refs/heads/new"} {
		want = append(want, "pre-receive.d/10-first: "+line)
	}
	if !strings.HasPrefix(said, strings.Join(want, "\n")+"\n") {
		t.Errorf("said\n%s", said)
	}
	var environment []string
	for line := range strings.Lines(said) {
		if v, ok := strings.CutPrefix(strings.TrimSpace(line), "pre-receive.d/10-first: "); ok && strings.Contains(v, "=") {
			name, _, _ := strings.Cut(v, "=")
			environment = append(environment, name)
		}
	}
	expected := []string{"GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "GIT_DIR", "GIT_OBJECT_DIRECTORY", "GIT_PUSH_OPTION_0", "GIT_PUSH_OPTION_1",
		"GIT_PUSH_OPTION_COUNT", "GIT_QUARANTINE_PATH", "GIT_TERMINAL_PROMPT", "HOME", "LANG", "PATH", "PWD", "RHAPTOS_PUSH"}
	environment = slices.DeleteFunc(environment, func(n string) bool { return n == "_" || n == "SHLVL" || n == "OLDPWD" })
	if !slices.Equal(environment, expected) {
		t.Errorf("environment %q", environment)
	}
	for _, line := range []string{"GIT_PUSH_OPTION_1=ticket=12", "GIT_PUSH_OPTION_COUNT=2", "end\npre-receive.d/20-second: second\npre-receive.d/05-own: own\n",
		"update.d/each: 3 refs/heads/main " + nine + " " + one, "update.d/each: 3 refs/heads/new " + zero + " " + three} {
		if !strings.Contains(said, line) {
			t.Errorf("%q is not in\n%s", line, said)
		}
	}
	if strings.Contains(said, "tiger") || strings.Contains(said, "other") {
		t.Errorf("said too much:\n%s", said)
	}
	data, err := os.ReadFile(filepath.Join(o.git, "seen"))
	if err != nil {
		t.Fatal(err)
	}
	var push struct {
		Actor, Transport string
		Options          []string
	}
	if err := json.Unmarshal(data, &push); err != nil || push.Actor != "ann" || push.Transport != "ssh" || !slices.Equal(push.Options, o.push.Options) {
		t.Errorf("%s, %v", data, err)
	}
}

func TestExecRefuses(t *testing.T) {
	for name, tt := range map[string]struct{ hook, script, refused, said string }{
		"pre-receive": {"pre-receive.d/a", "echo no; exit 3", "pre-receive hook declined|bad|pre-receive hook declined", "pre-receive.d/a: no\n"},
		"update":      {"update.d/a", `test "$1" != refs/heads/new`, "|bad|hook declined", ""},
		"killed":      {"pre-receive.d/a", "kill -9 $$", "pre-receive hook declined|bad|pre-receive hook declined", ""},
		"no program":  {"pre-receive.d/a", "#", "|bad|", ""},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOperator(t)
			o.hook(tt.hook, tt.script)
			said := o.before()
			if o.refused() != tt.refused || said != tt.said {
				t.Errorf("refused %s, said %q", o.refused(), said)
			}
		})
	}
}

func TestExecThatCannotStart(t *testing.T) {
	o := newOperator(t)
	o.hook("pre-receive.d/a", "")
	if err := os.WriteFile(filepath.Join(o.dir, "pre-receive.d/a"), []byte("#!/nonexistent\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if said := o.before(); !strings.HasPrefix(o.refused(), "pre-receive hook declined|") || !strings.Contains(said, "could not be run") || strings.Contains(said, o.dir) {
		t.Errorf("refused %s, said %q", o.refused(), said)
	}
}

// A hook that hangs is killed with its children.
func TestExecThatHangs(t *testing.T) {
	o := newOperator(t)
	o.exec.Limit = 300 * time.Millisecond
	o.hook("pre-receive.d/hang", "sleep 1000 & echo $! > child; wait")
	said := o.before()
	if !strings.HasPrefix(o.refused(), "pre-receive hook declined|") || !strings.Contains(said, "pre-receive.d/hang: took longer than 300ms") {
		t.Errorf("refused %s, said %q", o.refused(), said)
	}
	o.dead("child")
}

// A hook that leaves a child behind holds nobody up.
func TestExecThatForks(t *testing.T) {
	o := newOperator(t)
	o.hook("pre-receive.d/fork", "sleep 1000 & echo $! > child; echo done")
	if said := o.before(); o.refused() != "|bad|" || said != "pre-receive.d/fork: done\n" {
		t.Errorf("refused %s, said %q", o.refused(), said)
	}
	o.dead("child")
}

// dead checks that the process whose id the file holds is gone, or will be as
// soon as somebody has waited for it.
func (o *operator) dead(file string) {
	o.t.Helper()
	data, err := os.ReadFile(filepath.Join(o.git, file))
	if err != nil {
		o.t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		o.t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil || strings.Contains(string(stat), ") Z ") {
			return
		}
	}
	syscall.Kill(pid, syscall.SIGKILL)
	o.t.Errorf("process %d lives", pid)
}

func TestExecThatFloods(t *testing.T) {
	o := newOperator(t)
	o.hook("pre-receive.d/flood", "yes | head -c 3000000; head -c 2000 /dev/zero | tr '\\0' x; exit 0")
	said := o.before()
	if len(said) > 17<<10 || !strings.HasSuffix(said, "... output truncated\n") || o.refused() != "|bad|" {
		t.Errorf("%d bytes, ending in %q, refused %s", len(said), said[max(0, len(said)-60):], o.refused())
	}
}

func TestExecLines(t *testing.T) {
	o := newOperator(t)
	o.hook("pre-receive.d/a", `printf 'one\r\ntwo\r\r50%%\rthree\n\nfour'; head -c 1500 /dev/zero | tr '\0' x`)
	said := o.before()
	var got []string
	for line := range strings.Lines(said) {
		line = strings.TrimPrefix(strings.TrimSuffix(line, "\n"), "pre-receive.d/a: ")
		got = append(got, line[:min(len(line), 5)])
	}
	if !slices.Equal(got, []string{"one", "two", "50%", "three", "", "fourx", "xxxxx"}) {
		t.Errorf("%q", got)
	}
}

func TestUnsafeHooksAreNotRun(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"not executable":    func(p string) error { return os.Chmod(p, 0o644) },
		"written by others": func(p string) error { return os.Chmod(p, 0o757) },
		"a link": func(p string) error {
			return errors.Join(os.Rename(p, filepath.Join(filepath.Dir(p), "..", "elsewhere")), os.Symlink("../elsewhere", p))
		},
		"a folder":                       func(p string) error { return errors.Join(os.Remove(p), os.Mkdir(p, 0o755)) },
		"in a folder to which all write": func(p string) error { return os.Chmod(filepath.Dir(p), 0o777) },
	} {
		t.Run(name, func(t *testing.T) {
			o := newOperator(t)
			o.hook("pre-receive.d/a", "exit 1")
			if err := spoil(filepath.Join(o.dir, "pre-receive.d/a")); err != nil {
				t.Fatal(err)
			}
			if o.before(); o.refused() != "|bad|" || !strings.Contains(o.log.String(), "pre-receive.d") {
				t.Errorf("refused %s, log %q", o.refused(), o.log.String())
			}
		})
	}
}

func TestPostReceive(t *testing.T) {
	o := newOperator(t)
	o.push.Updates[1].Refused = "bad"
	o.hook("post-receive.d/a", `cat; echo "$GIT_QUARANTINE_PATH$GIT_DIR"; exit 1`)
	o.hook("post-receive.d/b", "echo b")
	var out strings.Builder
	o.exec.PostReceive(t.Context(), o.push, &out)
	if said := out.String(); strings.Count(said, "refs/heads/") != 2 || !strings.Contains(said, "a: "+o.git+"\n") || !strings.HasSuffix(said, "post-receive.d/b: b\n") {
		t.Errorf("said %q", said)
	}
	if !o.exec.Hooks.(*content).after || !strings.Contains(o.log.String(), "exit status 1") {
		t.Errorf("log %q", o.log.String())
	}
	// All together have the time of one.
	o.exec.Limit = 300 * time.Millisecond
	o.hook("post-receive.d/a", "sleep 1000")
	out.Reset()
	start := time.Now()
	o.exec.PostReceive(t.Context(), o.push, &out)
	if took := time.Since(start); took > 30*time.Second || strings.Contains(out.String(), "b: b") {
		t.Errorf("%v, said %q", took, out.String())
	}
}

func TestOptionThatIsNotText(t *testing.T) {
	o := newOperator(t)
	o.push.Options = []string{"\xff"}
	o.hook("pre-receive.d/a", "")
	if o.before(); o.refused() != "a push option is not UTF-8|bad|a push option is not UTF-8" {
		t.Errorf("refused %s", o.refused())
	}
}

// The example in the operators' guide is a hook that works.
func TestExampleInTheGuide(t *testing.T) {
	guide, err := os.ReadFile("../docs/operators.md")
	if err != nil {
		t.Fatal(err)
	}
	_, source, _ := strings.Cut(string(guide), "```go\n")
	source, _, ok := strings.Cut(source, "```\n")
	if !ok {
		t.Fatal("there is no example in the guide")
	}
	file := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	o := newOperator(t)
	o.hook("pre-receive.d/example", "")
	if err := os.Remove(filepath.Join(o.dir, "pre-receive.d/example")); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "build", "-o", filepath.Join(o.dir, "pre-receive.d/example"), file).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if said := o.before(); o.refused() != "|bad|" || said != "" {
		t.Errorf("refused %s, said %q, log %s", o.refused(), said, &o.log)
	}
	o.push.Updates[0] = &gitserver.RefUpdate{Name: "refs/tags/v1", Old: oldTip}
	if said := o.before(); !strings.HasPrefix(o.refused(), "pre-receive hook declined|") || said != "pre-receive.d/example: refs/tags/v1 stays: releases name it\n" {
		t.Errorf("refused %s, said %q", o.refused(), said)
	}
}
