package e2e

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A command that is killed at any step of a derivation leaves no repository, and can be
// given again; the original stays whole.
func TestDeriveKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program, data, work := failpointProgram(t), filepath.Join(dir, "data"), filepath.Join(dir, "work")
	rhaptos(t, data, "user", "add", "ann")
	token := rhaptos(t, data, "token", "create", "ann")
	rhaptos(t, data, "repo", "create", "ann/book")
	git(t, dir, "init", "-q", "-b", "main", work)
	writeFiles(t, work, map[string]string{"book.toml": "[book]\ntitle = \"Book\"\n", "src/SUMMARY.md": "# Summary\n\n- [One](one.md)\n", "src/one.md": "# One\n"})
	git(t, work, "add", ".")
	git(t, work, "commit", "-q", "-m", "Begin")
	s := start(t, data)
	git(t, work, "push", "-q", s.remote("ann", token, "ann/book"), "main")
	if _, err := await(t.Context(), s.url+"/ann/book/book@1.1"); err != nil {
		t.Fatal(err)
	}
	for i, step := range []string{"derive-pack-stored", "derive-rows-written"} {
		name := fmt.Sprintf("ann/copy%d", i)
		killed := exec.CommandContext(t.Context(), program, "--data", data, "derive", "ann/book", name)
		killed.Env = append(killed.Environ(), "RHAPTOS_FAILPOINT="+step)
		if out, err := killed.CombinedOutput(); err == nil || !strings.Contains(err.Error(), "killed") {
			t.Fatalf("%s was not reached: %v\n%s", step, err, out)
		}
		if list := rhaptos(t, data, "repo", "list"); strings.Contains(list, name) {
			t.Errorf("%s: half a repository:\n%s", step, list)
		}
		rhaptos(t, data, "derive", "ann/book", name)
		if _, err := await(t.Context(), fmt.Sprintf("%s/%s/book@1.1", s.url, name)); err != nil {
			t.Errorf("%s: %v", step, err)
		}
	}
	if err := s.stop(); err != nil {
		t.Error(err)
	}
	rhaptos(t, data, "fsck", "--read-data")
}
