package gitexec_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver/gitexec"
)

// A file of the first commit is replaced in the second; the others stay, whatever their
// names are.
func TestCommitFile(t *testing.T) {
	git, err := gitexec.Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	environment := []string{"GIT_DIR=" + filepath.Join(t.TempDir(), "r.git")}
	run := func(args ...string) string {
		t.Helper()
		var out strings.Builder
		if err := git.Run(t.Context(), gitexec.Command{Args: args, Env: environment, Stdout: &out}); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	run("init", "-q", "--bare")
	by := gitexec.Person{Name: "ann", Address: "ann@example.org", At: time.Unix(1e9, 0)}
	var parents []plumbing.Hash
	for _, f := range []struct{ name, text string }{{"a\nb", "1"}, {"notes", "2"}, {"a note", "3"}, {"notes", "4"}} {
		id, err := git.CommitFile(t.Context(), environment, f.name, []byte(f.text), gitexec.Commit{By: by, Message: "Write ä\n", Parents: parents})
		if err != nil {
			t.Fatal(err)
		}
		parents = []plumbing.Hash{id}
	}
	tip := parents[0].String()
	if got := run("ls-tree", "-z", "--name-only", tip); got != "a\nb\x00a note\x00notes\x00" {
		t.Errorf("%q", got)
	}
	if got := run("cat-file", "blob", tip+":notes"); got != "4" {
		t.Errorf("%q", got)
	}
	if got := run("log", "-1", "--format=%an|%ae|%at|%s|%ct", tip); got != "ann|ann@example.org|1000000000|Write ä|1000000000\n" {
		t.Errorf("%q", got)
	}
	if _, err := git.ObjectID(t.Context(), environment, nil, "cat-file", "-t", tip); err == nil || !strings.Contains(err.Error(), "git cat-file answered") {
		t.Error(err)
	}
}
