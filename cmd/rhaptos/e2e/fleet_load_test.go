package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// load is what readers and an author do to a fleet through a load balancer while
// something happens to its servers.
type load struct {
	t       *testing.T
	f       *fleet
	b       *balancer
	work    string // the author's clone
	env     []string
	remotes []string // HTTPS and SSH: the author takes turns
	readers sync.WaitGroup
	authors sync.WaitGroup
	cancel  func() // ends the readers and the author

	reads, clones, pushes atomic.Int64 // that went well
	again                 atomic.Int64 // pushes and clones that went well when they were repeated
}

// newLoad prepares the account and the repository, and pushes a first release and a draft.
func newLoad(t *testing.T, f *fleet, b *balancer) *load {
	t.Helper()
	l := &load{t: t, f: f, b: b, work: filepath.Join(f.dir, "work")}
	key := filepath.Join(f.dir, "key")
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v\n%s", err, out)
	}
	f.rhaptos("user", "add", "ann", "--key", key+".pub")
	token := f.rhaptos("token", "create", "ann")
	f.rhaptos("repo", "create", "ann/tides")
	// The servers have one key: a second one would be refused.
	l.env = []string{"GIT_SSL_CAINFO=" + filepath.Join(b.dir, "cert.pem"),
		"GIT_SSH_COMMAND=ssh -F /dev/null -o IdentitiesOnly=yes -o StrictHostKeyChecking=accept-new -o UserKnownHostsFile=" + filepath.Join(f.dir, "hosts") + " -i " + key}
	l.remotes = []string{"https://ann:" + token + "@" + b.https + "/ann/tides.git", "ssh://git@" + b.ssh + "/ann/tides.git"}
	writeFiles(t, l.work, map[string]string{"book.toml": "[book]\ntitle = \"Tides\"\nlanguage = \"en\"\nauthors = [\"Ann\"]\n", "src/SUMMARY.md": "# Summary\n\n- [The moon](moon.md)\n"})
	git(t, l.work, "init", "-q", "-b", "main")
	for i, remote := range l.remotes {
		l.write(i)
		if out, err := l.git(l.work, "push", remote, "main"); err != nil {
			t.Fatalf("push to %s: %v\n%s", remote, err, out)
		}
	}
	l.pushes.Add(int64(len(l.remotes)))
	if out, err := l.git(l.work, "push", l.remotes[0], "main:idea"); err != nil {
		t.Fatalf("push: %v\n%s", err, out)
	}
	for _, path := range []string{"/ann/tides/tides@1.2/moon", "/ann/tides/tides@idea/moon"} {
		within(t, path+" is published", func() bool { return l.get(path) == nil })
	}
	return l
}

// git runs native git against the balancer, for a minute at most.
func (l *load) git(dir string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeoutCause(context.Background(), time.Minute, errors.New("git hangs"))
	defer cancel()
	like := gitCommand(dir, args...)
	cmd := exec.CommandContext(ctx, like.Path, args...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = dir, append(like.Env, l.env...), time.Second
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		l.t.Errorf("git %s: %v", args[0], context.Cause(ctx))
	}
	return string(out), err
}

// write commits the next version of the page.
func (l *load) write(version int) {
	writeFiles(l.t, l.work, map[string]string{"src/moon.md": fmt.Sprintf("# The moon\n\nThis is version %d.\n", version)})
	git(l.t, l.work, "add", ".")
	git(l.t, l.work, "commit", "-q", "-m", fmt.Sprint("Version ", version))
}

// get reads an address through the balancer.
func (l *load) get(path string) error {
	resp, err := l.b.client.Get("https://" + l.b.https + path)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %.300s", resp.Status, body)
	}
	return err
}

// begin lets readers, clones and an author work until end is called.
func (l *load) begin() {
	ctx, cancel := context.WithCancel(l.t.Context())
	l.cancel = cancel
	for _, path := range []string{"/ann/tides/tides@1.1/moon", "/ann/tides/tides@idea/moon", "/", "/ann/tides.git/info/refs?service=git-upload-pack"} {
		l.readers.Go(func() {
			for ; ctx.Err() == nil; time.Sleep(10 * time.Millisecond) {
				if err := l.get(path); err != nil {
					l.t.Errorf("read %s: %v", path, err)
				}
				l.reads.Add(1)
			}
		})
	}
	l.readers.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			l.clone(filepath.Join(l.f.dir, fmt.Sprint("clone-", i)))
		}
	})
	l.authors.Go(func() {
		for ; ctx.Err() == nil; time.Sleep(100 * time.Millisecond) {
			l.push(int(l.pushes.Load()))
		}
	})
}

// await waits until balancers send requests to a server that has started: longer than the
// fail_timeout of nginx and the checks of HAProxy.
func (*load) await() { time.Sleep(4 * time.Second) }

// clone clones from the balancer, and is given a second chance.
func (l *load) clone(dir string) {
	for attempt := 0; ; attempt++ {
		out, err := l.git("", "clone", "-q", "--bare", l.remotes[0], dir)
		os.RemoveAll(dir)
		if err == nil {
			l.clones.Add(1)
			return
		}
		if attempt == 1 {
			l.t.Errorf("clone: %v\n%s", err, out)
			return
		}
		l.t.Logf("a clone is repeated: %s", out)
		l.again.Add(1)
	}
}

// push pushes the next version, until it is accepted.
func (l *load) push(version int) {
	l.write(version)
	for attempt := range 20 {
		out, err := l.git(l.work, "push", l.remotes[version%len(l.remotes)], "main")
		if err == nil {
			l.pushes.Add(1)
			return
		}
		if strings.Contains(out, "[rejected]") {
			break // somebody else's commit is there: there is nobody else
		}
		if attempt == 0 {
			l.again.Add(1)
		}
		l.t.Logf("a push is repeated: %s", out)
		time.Sleep(200 * time.Millisecond)
	}
	l.t.Errorf("version %d was never accepted", version)
}

// end stops the load and checks that every push is there, in its order, and was
// published once.
func (l *load) end() {
	l.t.Helper()
	l.cancel()
	l.readers.Wait()
	l.authors.Wait()
	l.t.Logf("%d reads, %d clones, %d pushes; repeated: %d", l.reads.Load(), l.clones.Load(), l.pushes.Load(), l.again.Load())
	dir := filepath.Join(l.f.dir, "all")
	if out, err := l.git("", "clone", "-q", "--bare", l.remotes[0], dir); err != nil {
		l.t.Fatalf("clone: %v\n%s", err, out)
	}
	git(l.t, dir, "fsck", "--strict")
	if there, want := git(l.t, dir, "log", "--format=%H", "main"), git(l.t, l.work, "log", "--format=%H", "main"); there != want {
		l.t.Errorf("the branch has\n%s\nand the author pushed\n%s", there, want)
	}
	want := int(l.pushes.Load())
	releases := func() int { return len(strings.Split(l.f.rhaptos("release", "list", "ann/tides"), "\n")) }
	within(l.t, fmt.Sprintf("%d releases are there", want), func() bool { return releases() >= want })
	if got := releases(); got != want {
		l.t.Errorf("%d releases of %d pushes", got, want)
	}
}
