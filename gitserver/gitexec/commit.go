package gitexec

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

// objectTime bounds the time of a command that writes or names one object.
const objectTime = time.Minute

// Person is the author and committer of a commit, at a time.
type Person struct {
	Name, Address string
	At            time.Time
}

func (p Person) environment() []string {
	date := fmt.Sprintf("%d +0000", p.At.Unix())
	return []string{
		"GIT_AUTHOR_NAME=" + p.Name, "GIT_AUTHOR_EMAIL=" + p.Address, "GIT_AUTHOR_DATE=" + date,
		"GIT_COMMITTER_NAME=" + p.Name, "GIT_COMMITTER_EMAIL=" + p.Address, "GIT_COMMITTER_DATE=" + date,
	}
}

// Commit is what a commit says. Its message is UTF-8.
type Commit struct {
	By      Person
	Message string
	Parents []plumbing.Hash
}

// ObjectID runs git in an environment, which says where its repository is, and returns
// the one object id that it prints.
func (g *Git) ObjectID(ctx context.Context, environment []string, in io.Reader, args ...string) (plumbing.Hash, error) {
	var out bytes.Buffer
	err := g.Run(ctx, Command{
		Args: append([]string{"-c", "core.fsync=none", "-c", "i18n.commitEncoding=UTF-8"}, args...),
		Env:  environment, Stdin: in, Stdout: &out, Limits: Limits{Wall: objectTime},
	})
	if err != nil {
		return plumbing.ZeroHash, err
	}
	line, _, _ := strings.Cut(out.String(), "\n")
	if !plumbing.IsHash(line) {
		return plumbing.ZeroHash, fmt.Errorf("git %s answered %.200q", args[0], out.String())
	}
	return plumbing.NewHash(line), nil
}

// CommitTree writes a commit with a tree, as git-commit-tree(1) does, and returns its
// id. Nothing is synced.
func (g *Git) CommitTree(ctx context.Context, environment []string, tree plumbing.Hash, c Commit) (plumbing.Hash, error) {
	args := []string{"commit-tree", tree.String()}
	for _, p := range c.Parents {
		args = append(args, "-p", p.String())
	}
	environment = append(slices.Clip(environment), c.By.environment()...)
	return g.ObjectID(ctx, environment, strings.NewReader(c.Message), append(args, "-F", "-")...)
}

// CommitFile writes a commit whose tree is that of its first parent, or an empty one
// without a parent, in the root of which the file called name has the content. It
// returns its id. Nothing is synced.
func (g *Git) CommitFile(ctx context.Context, environment []string, name string, content []byte, c Commit) (plumbing.Hash, error) {
	blob, err := g.ObjectID(ctx, environment, bytes.NewReader(content), "hash-object", "-w", "--stdin")
	if err != nil {
		return blob, err
	}
	var list, tree bytes.Buffer
	if len(c.Parents) > 0 {
		err := g.Run(ctx, Command{Args: []string{"ls-tree", "-z", c.Parents[0].String()}, Env: environment, Stdout: &list, Limits: Limits{Wall: objectTime}})
		if err != nil {
			return blob, err
		}
	}
	for entry := range strings.SplitAfterSeq(list.String(), "\x00") {
		if !strings.HasSuffix(entry, "\t"+name+"\x00") {
			tree.WriteString(entry)
		}
	}
	fmt.Fprintf(&tree, "100644 blob %s\t%s\x00", blob, name)
	root, err := g.ObjectID(ctx, environment, &tree, "mktree", "-z")
	if err != nil {
		return root, err
	}
	return g.CommitTree(ctx, environment, root, c)
}
