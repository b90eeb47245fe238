package ssh_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	gossh "golang.org/x/crypto/ssh"
)

// git runs the real client, which runs the real ssh with the key of an account.
func git(t *testing.T, dir, ssh string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "HOME="+dir, "GIT_SSH_COMMAND="+ssh,
		"GIT_AUTHOR_NAME=Ann", "GIT_AUTHOR_EMAIL=ann@example.org", "GIT_COMMITTER_NAME=Ann", "GIT_COMMITTER_EMAIL=ann@example.org")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func mustGit(t *testing.T, dir, ssh string, args ...string) string {
	t.Helper()
	out, err := git(t, dir, ssh, args...)
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(out)
}

// command is the ssh command line of an account's.
func (s *site) command(t *testing.T, dir, as string) string {
	t.Helper()
	file := filepath.Join(dir, as)
	return "ssh -F none -i " + file + " -o IdentitiesOnly=yes -o IdentityAgent=none -o BatchMode=yes -o StrictHostKeyChecking=yes -o UserKnownHostsFile=" + filepath.Join(dir, "known_hosts")
}

func TestRealSSH(t *testing.T) {
	for _, program := range []string{"git", "ssh", "ssh-keygen"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatal(program+" is not installed: ", err)
		}
	}
	store, dir := t.TempDir(), t.TempDir()
	for _, name := range []string{"ann/open", "ann/secret"} {
		mustGit(t, store, "", "init", "-q", "--bare", "-b", "main", filepath.Join(store, name))
	}
	s := newSite(t, native{store})
	for _, account := range []string{"ann", "reader"} {
		file := filepath.Join(dir, account)
		if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file).CombinedOutput(); err != nil {
			t.Fatalf("ssh-keygen: %v %s", err, out)
		}
		line, err := os.ReadFile(file + ".pub")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.access.AddKey(t.Context(), account, string(line)); err != nil {
			t.Fatal(err)
		}
	}
	host, port, _ := strings.Cut(s.address, ":")
	known := "[" + host + "]:" + port + " " + string(gossh.MarshalAuthorizedKey(s.host))
	if err := os.WriteFile(filepath.Join(dir, "known_hosts"), []byte(known), 0o600); err != nil {
		t.Fatal(err)
	}
	url := "ssh://git@" + s.address + "/ann/"
	ann, reader := s.command(t, dir, "ann"), s.command(t, dir, "reader")

	mustGit(t, dir, "", "init", "-q", "-b", "main", "work")
	work := filepath.Join(dir, "work")
	mustGit(t, work, "", "commit", "-q", "--allow-empty", "-m", "one")
	mustGit(t, work, ann, "push", "-q", url+"secret.git", "main")
	for _, version := range []string{"0", "1", "2"} {
		copied := filepath.Join(dir, "clone"+version)
		mustGit(t, dir, reader, "-c", "protocol.version="+version, "clone", "-q", url+"secret", copied)
		if a, b := mustGit(t, work, "", "rev-parse", "main"), mustGit(t, copied, "", "rev-parse", "main"); a != b {
			t.Errorf("version %s: cloned %s, pushed %s", version, b, a)
		}
	}
	if out, err := git(t, work, reader, "push", url+"secret", "main:other"); err == nil {
		t.Errorf("push by a reader: %v\n%s", err, out)
	}
	if out, err := git(t, dir, reader, "clone", url+"none", "refused"); err == nil || !strings.Contains(out, "rhaptos: repository ann/none not found, or you may not read it") {
		t.Errorf("clone of nothing: %v\n%s", err, out)
	}
	args := append(strings.Fields(ann)[1:], "-p", port, "git@"+host)
	if out, err := exec.CommandContext(t.Context(), "ssh", args...).CombinedOutput(); err != nil || !strings.Contains(string(out), "Hello ann.") {
		t.Errorf("plain ssh: %v\n%s", err, out)
	}
}
