package gitserver_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver"
)

// releases makes the host's repository have these releases, the newest first.
func (h *host) releases(list ...gitserver.Release) {
	h.config.URL = "https://books.example"
	h.config.Releases = func(_ context.Context, id string) ([]gitserver.Release, error) {
		if id != h.repo.ID {
			return nil, nil
		}
		return list, nil
	}
	h.serve(h.config)
}

func (h *host) bundle(name string) (*gitserver.Bundle, error) {
	return h.server.Bundle(h.t.Context(), &gitserver.Fetch{Repository: h.repo, Client: "ann"}, name)
}

// A release is had as a bundle that git takes, made once; what is no release,
// or has gone from the refs, is not.
func TestBundle(t *testing.T) {
	h, calls := newShelf(t)
	if _, err := h.bundle(h.id("main") + ".bundle"); !errors.Is(err, gitserver.ErrNoBundle) {
		t.Errorf("without releases: %v", err)
	}
	h.releases(
		gitserver.Release{Commit: plumbing.NewHash(h.id("main")), Ref: "refs/tags/v1"},
		gitserver.Release{Commit: plumbing.NewHash(h.id("draft")), Ref: "refs/heads/draft"},
		gitserver.Release{Commit: plumbing.NewHash(h.id("gone")), Ref: "refs/heads/gone"},
	)
	for rev, branch := range map[string]string{"main": "refs/heads/main", "draft": "refs/heads/draft"} {
		var etag string
		for i := range 2 {
			calls()
			b, err := h.bundle(h.id(rev) + ".bundle")
			if err != nil {
				t.Fatal(err)
			}
			content, err := io.ReadAll(b)
			if err != nil || i > 0 && b.ETag != etag {
				t.Errorf("%s: %s and then %s, %v", rev, etag, b.ETag, err)
			}
			etag = b.ETag
			b.Close()
			if started := calls(); (started[0] == "") != (i > 0) {
				t.Errorf("%s, time %d: started %q", rev, i, started)
			}
			file := filepath.Join(t.TempDir(), "bundle")
			if err := os.WriteFile(file, content, 0o600); err != nil {
				t.Fatal(err)
			}
			if heads := h.git(nil, "bundle", "list-heads", file); heads != h.id(rev)+" HEAD\n"+h.id(rev)+" "+branch {
				t.Errorf("%s: heads %q", rev, heads)
			}
			clone := filepath.Join(t.TempDir(), "clone")
			h.git(nil, "clone", "-q", file, clone)
			h.git(nil, "-C", clone, "fsck", "--strict")
			if _, err := os.Stat(filepath.Join(clone, "secret")); err == nil {
				t.Error("more than the release")
			}
		}
	}
	for _, name := range []string{h.id("gone") + ".bundle", h.id("main~1") + "x.bundle", h.id("main"), "", "../" + h.id("main") + ".bundle"} {
		if _, err := h.bundle(name); !errors.Is(err, gitserver.ErrNoBundle) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestBundleURI(t *testing.T) {
	h, _ := newShelf(t)
	h.releases(gitserver.Release{Commit: plumbing.NewHash(h.id("main")), Ref: "refs/heads/main"})
	ask := func() string {
		t.Helper()
		out, err := h.fetch("version=2", wire("command=bundle-uri", "object-format=sha1", "F"))
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	advertised := func() bool {
		t.Helper()
		var b bytes.Buffer
		if err := h.server.AdvertiseUpload(t.Context(), h.repo, "version=2", &b); err != nil {
			t.Fatal(err)
		}
		return strings.Contains(b.String(), "bundle-uri\n")
	}
	if got, want := ask(), wire("bundle.version=1", "bundle.mode=all",
		"bundle.release.uri=https://books.example/ann/book/-/bundles/"+h.id("main")+".bundle", "F"); got != want || !advertised() {
		t.Errorf("%q, want %q; advertised: %v", got, want, advertised())
	}
	h.releases()
	if got := ask(); got != "0000" {
		t.Errorf("without a release: %q", got)
	}
	h.releases(gitserver.Release{Commit: plumbing.NewHash(h.id("main")), Ref: "refs/heads/main"})
	h.repo.Private = true
	if got := ask(); got != "0000" || advertised() {
		t.Errorf("private: %q, advertised: %v", got, advertised())
	}
}

func (h *host) archive(body string) (string, error) {
	var out bytes.Buffer
	err := h.server.UploadArchive(h.t.Context(), &gitserver.Fetch{Repository: h.repo, Client: "ann"}, strings.NewReader(body), &out)
	return out.String(), err
}

func TestUploadArchive(t *testing.T) {
	h, _ := newShelf(t)
	if out, err := h.archive(wire("argument --format=tar\n", "argument main\n", "F")); err != nil || !strings.HasPrefix(out, wire("ACK\n", "F")) || !strings.Contains(out, "ustar") {
		t.Errorf("%.100q, %v", out, err)
	}
	// Only what a ref names: not a commit by its id, nor one that is gone.
	for _, rev := range []string{h.id("main"), h.id("gone"), "gone", "main~1"} {
		if out, _ := h.archive(wire("argument "+rev, "F")); strings.Contains(out, "ustar") || !strings.Contains(out, "no such ref") {
			t.Errorf("%s: %q", rev, out)
		}
	}
	for what, c := range map[string]struct{ body, want string }{
		"no argument":   {wire("command=ls-refs", "F"), "expected an argument"},
		"no flush":      {wire("argument main"), "the arguments of git archive"},
		"too many":      {wire(strings.Split(strings.Repeat("argument -v,", 65)+"F", ",")...), "more than 64 arguments"},
		"too long":      {wire("argument "+strings.Repeat("x", 60_000), "argument "+strings.Repeat("x", 60_000), "F"), "too many bytes"},
		"no packets":    {"main", "malformed pkt-line"},
		"a delimiter":   {wire("argument main", "D"), "expected an argument"},
		"control bytes": {wire("\x1b[2J", "F"), "expected an argument"},
	} {
		out, err := h.archive(c.body)
		if !errors.Is(err, gitserver.ErrRefused) || !strings.HasPrefix(out[min(4, len(out)):], "NACK ") || !strings.Contains(out, c.want) || strings.Contains(out, "\x1b") {
			t.Errorf("%s: %q, %v", what, out, err)
		}
	}
	if out, err := h.archive(""); out != "" || err != nil {
		t.Errorf("a client that has left: %q, %v", out, err)
	}
	// Neither a file of the server's nor a command of the client's choice.
	for _, argument := range []string{"--output=/tmp/x", "--exec=id", "--remote=x", "--add-file=/etc/passwd", "--format=tar.x"} {
		if out, _ := h.archive(wire("argument "+argument, "argument main", "F")); strings.Contains(out, "ustar") || strings.Contains(out, "root:") {
			t.Errorf("%s: %q", argument, out)
		}
	}
}

// U4: what somebody has put into the mirror's folder is not run.
func TestPlantedConfigIsIgnored(t *testing.T) {
	h, _ := newShelf(t)
	dir, err := h.store.Mirror(t.Context(), h.repo)
	if err != nil {
		t.Fatal(err)
	}
	mark := filepath.Join(t.TempDir(), "ran")
	hook := filepath.Join(t.TempDir(), "hook")
	if err := os.WriteFile(hook, []byte("#!/bin/sh\ntouch "+mark+"\nexec \"$@\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"uploadpack.packObjectsHook", "core.fsmonitor", "core.sshCommand", "core.gitProxy"} {
		if out, err := exec.Command("git", "--git-dir="+dir, "config", key, hook).CombinedOutput(); err != nil {
			t.Fatalf("%v %s", err, out)
		}
	}
	if out, err := h.fetch("version=2", wants("version=2", h.id("main"))); err != nil || !strings.Contains(out, "PACK") {
		t.Errorf("%q, %v", out, err)
	}
	if _, err := os.Stat(mark); err == nil {
		t.Error("a command from the mirror's config was run")
	}
}
