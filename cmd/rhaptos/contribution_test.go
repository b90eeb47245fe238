package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/access"
	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/gitexec"
	"github.com/rhaptos/rhaptos/gitserver/pktline"
	"github.com/rhaptos/rhaptos/gitserver/store"
	"github.com/rhaptos/rhaptos/hooks"
)

// contributing is an admission whose repositories have a branch main, which is
// published, a branch draft, and an open contribution to each by reader.
type contributing struct {
	*admission
	packs *gitserver.Server
	heads map[string]string // of the contributions, by the branch
	pack  []byte
}

func newContributing(t *testing.T) *contributing {
	t.Helper()
	a := &contributing{admission: newAdmission(t), heads: map[string]string{}}
	native, err := gitexec.Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	quiet := slog.New(slog.DiscardHandler)
	storage, err := store.Open(store.Config{DB: a.db, Blobs: blobstore.NewMemory(), Git: native, Cache: filepath.Join(t.TempDir(), "cache"), Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	contributions := a.newContributions(storage, native, "https://books.example", nil, nil, quiet)
	a.packs = gitserver.New(gitserver.Config{Storage: storage, Hooks: hooks.Content{DB: a.db}, Git: native, Log: quiet, Contributions: contributions})
	a.contributor = &contributor{contributions: contributions, packs: a.packs, url: "https://books.example"}
	work := t.TempDir()
	git := func(args ...string) string {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-c", "user.name=a", "-c", "user.email=a@example.org"}, args...)...)
		cmd.Dir = work
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("git %q: %v", args, err)
		}
		return strings.TrimSpace(string(out))
	}
	git("init", "-q", "-b", "main")
	git("commit", "-q", "--allow-empty", "-m", "Begin")
	begin := git("rev-parse", "HEAD")
	for _, branch := range []string{"main", "draft"} {
		git("reset", "-q", "--hard", begin)
		git("commit", "-q", "--allow-empty", "-m", "Change of "+branch)
		a.heads[branch] = git("rev-parse", "HEAD")
	}
	pack := exec.Command("git", "pack-objects", "--revs", "--stdout", "-q")
	pack.Dir, pack.Stdin = work, strings.NewReader(a.heads["main"]+"\n"+a.heads["draft"]+"\n")
	if a.pack, err = pack.Output(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"open", "secret"} {
		for _, push := range [][2]string{{"refs/heads/main", begin}, {"refs/heads/draft", begin}} {
			if refused := a.push(t, "ann", name, push[0], push[1]); refused != "" {
				t.Fatalf("%s to %s: %s", push, name, refused)
			}
		}
		for _, branch := range []string{"main", "draft"} { // numbers 1 and 2
			if refused := a.push(t, "reader", name, "refs/for/"+branch, a.heads[branch]); refused != "" {
				t.Fatal(refused)
			}
		}
	}
	return a
}

// push pushes to a repository of ann's as one who may begin to, and returns why that is
// refused.
func (a *contributing) push(t *testing.T, as, name, ref, id string) (refused string) {
	t.Helper()
	p := a.who[as]
	repo, err := a.access.Find(t.Context(), p, "ann", name, access.Propose)
	if err != nil {
		return err.Error()
	}
	in := pktline.Append(nil, plumbing.ZeroHash.String(), " ", id, " ", ref, "\x00report-status")
	in = append(pktline.AppendSpecial(in, pktline.Flush), a.pack...)
	session := &gitserver.Session{
		Repository: repo, Actor: p.Name(), Transport: "ssh", Stateless: true, MayPush: a.access.MayPush(p, repo), MayPropose: a.access.MayPropose(p, repo),
		OnDone: func(push *gitserver.Push) { refused = push.Updates[0].Refused },
	}
	if err := a.packs.ReceivePack(t.Context(), session, bytes.NewReader(in), io.Discard); err != nil {
		t.Fatal(err)
	}
	return refused
}

// Who sees, proposes, comments on and accepts contributions: to a branch of drafts, and
// to one that is published.
func TestContributionAccess(t *testing.T) {
	a := newContributing(t)
	set := func(name string, f func(ctx context.Context, id string) error) {
		t.Helper()
		repo, err := a.repositories.Lookup(t.Context(), "ann", name)
		if err == nil {
			err = f(t.Context(), repo.ID)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	// y: done, or refused for another reason than who asks; n: not allowed.
	for _, kind := range []struct {
		name, repo string
		archived   bool
		want       map[string]string // see, propose, comment, accept to draft, accept to main
	}{
		{"public", "open", false, map[string]string{
			"stranger": "yyynn", "reader": "yyynn", "author": "yyyyn", "editor": "yyyyy", "admin": "yyyyy", "ann": "yyyyy", "root": "yyyyy", "deploy": "nnnnn"}},
		{"private", "secret", false, map[string]string{
			"stranger": "nnnnn", "reader": "yyynn", "author": "yyyyn", "editor": "yyyyy", "admin": "yyyyy", "ann": "yyyyy", "root": "yyyyy", "deploy": "nnnnn"}},
		{"archived", "open", true, map[string]string{
			"stranger": "ynnnn", "reader": "ynnnn", "author": "ynnnn", "editor": "ynnnn", "admin": "ynnnn", "ann": "ynnnn", "root": "ynnnn", "deploy": "nnnnn"}},
		{"archived and private", "secret", true, map[string]string{"stranger": "nnnnn", "reader": "ynnnn", "ann": "ynnnn"}},
	} {
		set(kind.repo, func(ctx context.Context, id string) error { return a.repositories.SetArchived(ctx, id, kind.archived) })
		for _, who := range []string{"stranger", "reader", "author", "editor", "admin", "ann", "root", "deploy"} {
			want, ok := kind.want[who]
			if !ok {
				continue
			}
			got := a.letter(t, who, kind.repo, "show 1") + a.proposes(t, who, kind.repo) + a.letter(t, who, kind.repo, "review 1 -m x") +
				a.letter(t, who, kind.repo, "accept 2") + a.letter(t, who, kind.repo, "accept 1")
			if got != want {
				t.Errorf("%s, %s: %s, want %s", kind.name, who, got, want)
			}
		}
		set(kind.repo, func(ctx context.Context, id string) error { return a.repositories.SetArchived(ctx, id, false) })
	}
}

// letter types a verb about contributions over SSH; n: the caller may not use it.
func (a *contributing) letter(t *testing.T, who, repo, line string) string {
	t.Helper()
	words := strings.Fields(line)
	words = append([]string{"contribution", words[0], "ann/" + repo}, words[1:]...)
	var out, errOut bytes.Buffer
	status := a.administer(t.Context(), a.who[who], words, strings.NewReader(""), &out, &errOut)
	said := errOut.String()
	switch {
	case status == 0, strings.Contains(said, "contribution 1 is accepted"), strings.Contains(said, "contribution 2 is accepted"):
		return "y"
	case strings.Contains(said, "not allowed"), strings.Contains(said, "or you may not read it"):
		return "n"
	}
	t.Errorf("%s by %s: status %d, %s", words, who, status, said)
	return "?"
}

func (a *contributing) proposes(t *testing.T, who, repo string) string {
	t.Helper()
	refused := a.push(t, who, repo, "refs/for/draft", a.heads["main"])
	switch {
	case refused == "", strings.Contains(refused, "is in draft already"):
		return "y"
	case strings.Contains(refused, access.ErrForbidden.Error()), strings.Contains(refused, gitserver.ErrNoRepository.Error()):
		return "n"
	}
	t.Errorf("%s proposes to %s: %s", who, repo, refused)
	return "?"
}

// The doer is the caller over SSH, and whom --as names at the machine.
func TestDoer(t *testing.T) {
	a := newAdmission(t)
	ann := a.who["ann"]
	remote, local := &cli{caller: caller{env: a.env, principal: &ann}}, &cli{caller: caller{env: a.env}}
	for _, c := range []struct {
		cli      *cli
		as, want string
	}{
		{remote, "", "ann"}, {remote, "ann", "ann"}, {remote, "root", ""}, {local, "", ""}, {local, "editor", "editor"}, {local, "nobody", ""},
	} {
		p, err := c.cli.doer(t.Context(), a.env, c.as)
		if (err == nil) != (c.want != "") || p.Name() != c.want {
			t.Errorf("--as %q: %q, %v; want %q", c.as, p.Name(), err, c.want)
		}
	}
	if _, err := local.doer(t.Context(), a.env, "nobody"); !errors.Is(err, access.ErrNoAccount) {
		t.Error(err)
	}
}
