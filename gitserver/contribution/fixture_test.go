package contribution_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-git/go-git/v5/plumbing/protocol/packp/sideband"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/contribution"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/database/databasetest"
	"github.com/rhaptos/rhaptos/gitserver/gitexec"
	"github.com/rhaptos/rhaptos/gitserver/store"
)

const zero = "0000000000000000000000000000000000000000"

// nothing is hooks for a repository whose main is published.
type nothing struct{ approvals *int }

func (n nothing) Policy(repo *gitserver.Repository, _ fs.FS) gitserver.Policy {
	return gitserver.Policy{
		Published: func(ref string) bool { return ref == repo.Head || !strings.HasPrefix(ref, "refs/heads/") },
		Rewrite:   gitserver.RewriteOption, Approvals: *n.approvals,
	}
}

func (nothing) PreReceive(context.Context, *gitserver.Push, fs.FS, gitserver.Incoming, io.Writer) (gitserver.Enqueue, error) {
	return func(context.Context, database.Tx, *gitserver.Push) error { return nil }, nil
}

func (nothing) PostReceive(context.Context, *gitserver.Push, io.Writer) {}

// desk is a server with one repository, and a clone of it.
type desk struct {
	*testing.T
	*contribution.Contributions
	server    *gitserver.Server
	store     *store.Store
	db        database.DB
	repo      *gitserver.Repository
	work      string
	approvals int
	announced []string
	now       time.Time
}

func TestMain(m *testing.M) { databasetest.Main(m) }

func newDesk(t *testing.T) *desk {
	t.Helper()
	dir, quiet := t.TempDir(), slog.New(slog.DiscardHandler)
	db := databasetest.Open(t)
	git, err := gitexec.Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{T: t, db: db, work: t.TempDir(), now: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)}
	if d.store, err = store.Open(store.Config{DB: db, Blobs: blobstore.NewMemory(), Git: git, Cache: filepath.Join(dir, "cache"), Log: quiet}); err != nil {
		t.Fatal(err)
	}
	if d.repo, err = d.store.Create(t.Context(), "ann", "book", false); err != nil {
		t.Fatal(err)
	}
	d.Contributions = contribution.New(contribution.Config{
		DB: db, Storage: d.store, Git: git, Merger: contribution.GitMerger{Git: git}, Log: quiet, Host: "books.example.org",
		Announce: func(_ context.Context, _ database.Tx, c contribution.Change) error {
			d.announced = append(d.announced, fmt.Sprintf("%d %s by %s", c.Contribution.Number, c.What, c.Actor))
			return nil
		},
	})
	d.server = gitserver.New(gitserver.Config{Storage: d.store, Hooks: nothing{&d.approvals}, Git: git, Log: quiet, Version: "test", Contributions: d.Contributions})
	d.git("init", "-q", "-b", "main")
	d.commit("a.md", "one\ntwo\nthree\n", "Begin")
	d.mustPush("ann", "main", "refs/heads/main")
	return d
}

// git returns the output of git in the clone, without the space around it.
func (d *desk) git(args ...string) string {
	d.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = d.work
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.org",
		"GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.org")
	out, err := cmd.CombinedOutput()
	if err != nil {
		d.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// commit writes a file and commits it.
func (d *desk) commit(path, text, message string) string {
	d.Helper()
	if err := os.WriteFile(filepath.Join(d.work, path), []byte(text), 0o600); err != nil {
		d.Fatal(err)
	}
	d.git("add", ".")
	d.git("commit", "-q", "-m", message)
	return d.git("rev-parse", "HEAD")
}

// push pushes a revision to a ref and returns the report and what else was said.
func (d *desk) push(actor, revision, ref string, options ...string) (report, said string, push *gitserver.Push) {
	d.Helper()
	old := zero
	if found, ok, err := d.store.Ref(d.Context(), d.db, d.repo.ID, ref); err != nil {
		d.Fatal(err)
	} else if ok {
		old = found.Target.String()
	}
	return d.send(actor, revision, options, old+" "+d.git("rev-parse", revision)+" "+ref)
}

// send pushes with commands.
func (d *desk) send(actor, revision string, options []string, commands ...string) (report, said string, push *gitserver.Push) {
	d.Helper()
	var body bytes.Buffer
	packet := func(s string) { fmt.Fprintf(&body, "%04x%s", len(s)+4, s) }
	for i, command := range commands {
		if i == 0 {
			command += "\x00report-status-v2 side-band-64k push-options"
		}
		packet(command)
	}
	body.WriteString("0000")
	for _, o := range options {
		packet(o)
	}
	body.WriteString("0000")
	cmd := exec.Command("git", "pack-objects", "--revs", "--stdout", "-q")
	cmd.Dir, cmd.Stdin, cmd.Stdout = d.work, strings.NewReader(revision+"\n"), &body
	if err := cmd.Run(); err != nil {
		d.Fatal(err)
	}
	owner := actor == "ann"
	session := &gitserver.Session{
		Repository: d.repo, Actor: actor, Transport: "ssh", Stateless: true,
		MayPush:       func(context.Context, bool) error { return may(owner, "not allowed") },
		MayPropose:    func(context.Context) error { return may(actor != "", "not allowed") },
		MayAdminister: func(context.Context) error { return may(owner, "not allowed") },
		OnDone:        func(p *gitserver.Push) { push = p },
	}
	var out, words, stream bytes.Buffer
	d.server.ReceivePack(d.Context(), session, &body, &out) // the report has the error
	demux := sideband.NewDemuxer(sideband.Sideband64k, bytes.NewReader(out.Bytes()))
	demux.Progress = &words
	if _, err := stream.ReadFrom(demux); err != nil {
		d.Fatalf("%q: %v", out.String(), err)
	}
	for s := stream.String(); len(s) >= 4 && s[:4] != "0000"; {
		var n int
		fmt.Sscanf(s[:4], "%x", &n)
		report += s[4:n]
		s = s[n:]
	}
	return report, words.String(), push
}

func may(ok bool, why string) error {
	if ok {
		return nil
	}
	return fmt.Errorf("%s", why)
}

// mustPush fails the test if something of the push is refused.
func (d *desk) mustPush(actor, revision, ref string, options ...string) (report string) {
	d.Helper()
	report, said, _ := d.push(actor, revision, ref, options...)
	if strings.Contains(report, "ng ") || !strings.HasPrefix(report, "unpack ok\n") {
		d.Fatalf("push of %s to %s: %s%s", revision, ref, report, said)
	}
	return report
}

// refs returns the names of the contributions' refs.
func (d *desk) refs() (names string) {
	d.Helper()
	_, refs, err := d.store.Refs(d.Context(), d.repo.ID)
	if err != nil {
		d.Fatal(err)
	}
	for _, r := range refs {
		if rest, ok := strings.CutPrefix(r.Name, "refs/contributions/"); ok {
			names += rest + " "
		}
	}
	return strings.TrimSpace(names)
}

func (d *desk) by(actor string) contribution.By {
	d.now = d.now.Add(time.Second)
	return contribution.By{Actor: actor, Transport: "ssh", At: d.now}
}

func (d *desk) find(number int64) *contribution.Contribution {
	d.Helper()
	c, err := d.Find(d.Context(), d.repo.ID, number)
	if err != nil {
		d.Fatal(err)
	}
	return c
}

// accept accepts a contribution for somebody.
func (d *desk) accept(actor string, number int64) (*gitserver.Push, error) {
	return d.Accept(d.Context(), d.server, contribution.Acceptance{
		Repository: d.repo, Number: number, By: d.by(actor),
		MayPush: func(context.Context, bool) error { return may(actor == "ann", "not allowed") },
	})
}
