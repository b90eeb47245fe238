package e2e

import (
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A server that is killed at any step of a proposal or of its acceptance, and started
// again, has all of it or nothing: the branch and the state of the contribution agree,
// and what was accepted is released once.
func TestAcceptKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program, data, work := failpointProgram(t), filepath.Join(dir, "data"), filepath.Join(dir, "work")
	rhaptos(t, data, "user", "add", "ann")
	token := rhaptos(t, data, "token", "create", "ann")
	rhaptos(t, data, "user", "add", "bob")
	bob := rhaptos(t, data, "token", "create", "bob")
	rhaptos(t, data, "repo", "create", "ann/book")
	key := filepath.Join(dir, "key")
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	rhaptos(t, data, "user", "key", "add", "ann", key+".pub")
	git(t, dir, "init", "-q", "-b", "main", work)
	writeFiles(t, work, map[string]string{"book.toml": "[book]\ntitle = \"Book\"\n", "src/SUMMARY.md": "# Summary\n\n- [One](one.md)\n", "src/one.md": "# One\n"})
	git(t, work, "add", ".")
	git(t, work, "commit", "-q", "-m", "Begin")
	s := start(t, data)
	git(t, work, "push", "-q", s.remote("ann", token, "ann/book"), "main")
	if _, err := await(t.Context(), s.url+"/ann/book/book@1.1"); err != nil {
		t.Fatal(err)
	}
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}

	// withStep runs f with a server that is killed at the step.
	withStep := func(step string, f func(s *instance)) {
		t.Helper()
		s, err := serve(program, data, []string{"RHAPTOS_FAILPOINT=" + step + ":1"})
		if err != nil {
			t.Fatal(err)
		}
		f(s)
		select {
		case <-s.done:
		case <-time.After(20 * time.Second):
			s.kill()
			t.Fatalf("%s was not reached\n%s", step, s.out)
		}
	}
	accept := func(s *instance, number int) error {
		host, port, _ := net.SplitHostPort(s.ssh)
		out, err := exec.CommandContext(t.Context(), "ssh", "-p", port, "-i", key, "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
			"-o", "LogLevel=ERROR", "-o", "BatchMode=yes", "git@"+host, fmt.Sprintf("contribution accept ann/book %d", number)).CombinedOutput()
		if err != nil {
			err = fmt.Errorf("%w: %s", err, out)
		}
		return err
	}
	steps := []string{"accept-merged", "push-pack-indexed", "push-judged", "push-pack-stored", "push-refs-written", "push-jobs-inserted", "push-committed", "accept-pushed"}
	for i, step := range steps {
		number := 0
		git(t, work, "checkout", "-q", "--detach", "main")
		writeFiles(t, work, map[string]string{"src/one.md": fmt.Sprintf("# One\n\nAt %s.\n", step)})
		git(t, work, "commit", "-q", "-a", "-m", step)
		head := git(t, work, "rev-parse", "HEAD")
		propose := func(s *instance) error {
			out, err := gitTry(work, "push", "-o", "topic="+step, s.remote("bob", bob, "ann/book"), "HEAD:refs/for/main")
			if err != nil && strings.Contains(out, "remote rejected") && !strings.Contains(out, "server error, try again") {
				t.Errorf("%s: %s", step, out)
			}
			if _, after, ok := strings.Cut(out, "refs/contributions/"); ok {
				fmt.Sscanf(after, "%d/", &number)
			}
			return err
		}
		if strings.HasPrefix(step, "push-") {
			withStep(step, func(s *instance) { propose(s) }) // whether it was taken shows below
		}
		s := start(t, data)
		err := propose(s)
		for n := 0; err != nil && n < 2; n++ { // as the message says
			t.Logf("%s: proposed once more: %v\n%s", step, err, s.out)
			err = propose(s)
		}
		if err != nil || number == 0 {
			t.Fatalf("%s: proposed again: number %d, %v", step, number, err)
		}
		if n := strings.Count(rhaptos(t, data, "contribution", "list", "ann/book"), "\n"); n > 1 {
			t.Errorf("%s: the proposal was doubled", step)
		}
		if err := s.stop(); err != nil {
			t.Error(err)
		}

		withStep(step, func(s *instance) { accept(s, number) }) // nobody knows what became of it
		s = start(t, data)
		state := rhaptos(t, data, "contribution", "show", "ann/book", fmt.Sprint(number))
		git(t, work, "fetch", "-q", s.remote("ann", token, "ann/book"), "+main:refs/heads/main")
		_, err = gitTry(work, "merge-base", "--is-ancestor", head, "main")
		merged := err == nil
		if accepted := strings.Contains(state, "state\taccepted"); accepted != merged {
			t.Errorf("%s: accepted %v, merged %v\n%s", step, accepted, merged, state)
		}
		if !merged {
			if err := accept(s, number); err != nil {
				t.Errorf("%s: accepted again: %v", step, err)
			}
			git(t, work, "fetch", "-q", s.remote("ann", token, "ann/book"), "+main:refs/heads/main")
		}
		if _, err := await(t.Context(), fmt.Sprintf("%s/ann/book/book@1.%d", s.url, i+2)); err != nil {
			t.Errorf("%s: %v\n%s", step, err, s.out)
		}
		if err := s.stop(); err != nil {
			t.Error(err)
		}
		if list := rhaptos(t, data, "release", "list", "ann/book"); strings.Count(list, "book@") != i+2 {
			t.Errorf("%s: %d releases are wanted, there are\n%s", step, i+2, list)
		}
		if t.Failed() {
			return
		}
	}
	rhaptos(t, data, "fsck", "--read-data")
}
