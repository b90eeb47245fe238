package hooks

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"
	"unicode/utf8"

	"github.com/rhaptos/rhaptos/gitserver"
)

// Exec adds the operator's executables to other hooks, which come first:
//
//	DIR/pre-receive.d/*              for every repository
//	DIR/OWNER/NAME/pre-receive.d/*   for one
//
// and likewise update.d and post-receive.d. They run one after the other in the
// order of their names with the input, the arguments and the environment that
// githooks(5) documents, and nothing else of the server's environment. What
// they print goes to the pusher. A pre-receive that fails refuses the push, an
// update its ref; a post-receive comes too late for that.
type Exec struct {
	gitserver.Hooks

	Dir   string        // absolute; need not be there
	Limit time.Duration // for each executable; for all of post-receive together
	Log   *slog.Logger

	// Mirror is a repository's git directory after a push.
	Mirror func(ctx context.Context, repo *gitserver.Repository) (gitDir string, err error)
}

var _ gitserver.Hooks = Exec{}

// The hooks, by git's names.
const (
	preReceive  = "pre-receive"
	update      = "update"
	postReceive = "post-receive"
)

// PreReceive implements gitserver.Hooks.
func (e Exec) PreReceive(ctx context.Context, push *gitserver.Push, head fs.FS, objects gitserver.Incoming, w io.Writer) (gitserver.Enqueue, error) {
	enqueue, err := e.Hooks.PreReceive(ctx, push, head, objects, w)
	if err != nil {
		return nil, err
	}
	before, each := e.find(push.Repository, preReceive), e.find(push.Repository, update)
	if len(going(push)) == 0 || len(before)+len(each) == 0 {
		return enqueue, nil
	}
	for _, option := range push.Options {
		if !utf8.ValidString(option) {
			refuse(going(push), "a push option is not UTF-8")
			return enqueue, nil
		}
	}
	run, err := newRun(e, push, objects.Environment(), w)
	if err != nil {
		return nil, err
	}
	defer run.close()
	for _, executable := range before {
		if !run.do(ctx, executable, lines(going(push))) {
			refuse(going(push), "pre-receive hook declined")
			return enqueue, ctx.Err()
		}
	}
	for _, u := range going(push) {
		for _, executable := range each {
			if !run.do(ctx, executable, "", u.Name, u.Old.String(), u.New.String()) {
				refuse([]*gitserver.RefUpdate{u}, "hook declined")
				break
			}
		}
	}
	return enqueue, ctx.Err()
}

// PostReceive implements gitserver.Hooks.
func (e Exec) PostReceive(ctx context.Context, push *gitserver.Push, w io.Writer) {
	e.Hooks.PostReceive(ctx, push, w)
	after := e.find(push.Repository, postReceive)
	if len(after) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, e.Limit)
	defer cancel()
	if err := e.postReceive(ctx, push, after, w); err != nil {
		e.Log.Error("post-receive hooks", "repository", push.Repository.Path(), "push", push.ID, "err", err)
	}
}

func (e Exec) postReceive(ctx context.Context, push *gitserver.Push, after []executable, w io.Writer) error {
	gitDir, err := e.Mirror(ctx, push.Repository)
	if err != nil {
		return err
	}
	run, err := newRun(e, push, []string{"GIT_DIR=" + gitDir}, w)
	if err != nil {
		return err
	}
	defer run.close()
	for _, executable := range after {
		run.do(ctx, executable, lines(going(push)))
	}
	return nil
}

// going are the updates that have not been refused.
func going(push *gitserver.Push) []*gitserver.RefUpdate {
	var list []*gitserver.RefUpdate
	for _, u := range push.Updates {
		if u.Refused == "" {
			list = append(list, u)
		}
	}
	return list
}

func refuse(updates []*gitserver.RefUpdate, why string) {
	for _, u := range updates {
		u.Refused = why
	}
}

// lines are the updates as pre-receive and post-receive read them.
func lines(updates []*gitserver.RefUpdate) string {
	var b []byte
	for _, u := range updates {
		b = fmt.Appendf(b, "%s %s %s\n", u.Old, u.New, u.Name)
	}
	return string(b)
}

// executable is a file that may be run as a hook.
type executable struct {
	path string
	name string // for the pusher: the file's name, with that of the folder
}

// find lists the executables of a hook: those for all repositories, then those
// for one. A file that must not be run is left out with a word in the log.
func (e Exec) find(repo *gitserver.Repository, hook string) []executable {
	var list []executable
	for _, dir := range []string{filepath.Join(e.Dir, hook+".d"), filepath.Join(e.Dir, repo.Owner, repo.Name, hook+".d")} {
		entries, err := os.ReadDir(dir) // by name
		if os.IsNotExist(err) {
			continue
		}
		if err == nil {
			err = checkSafe(dir, fs.ModeDir)
		}
		if err != nil {
			e.Log.Error("hooks are not run", "err", err)
			continue
		}
		for _, entry := range entries {
			path := filepath.Join(dir, entry.Name())
			if err := checkSafe(path, 0); err != nil {
				e.Log.Error("a hook is not run", "err", err)
				continue
			}
			list = append(list, executable{path, hook + ".d/" + entry.Name()})
		}
	}
	return list
}
