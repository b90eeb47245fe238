package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/packscan"
	"github.com/rhaptos/rhaptos/gitserver/packscan/packscantest"
	"github.com/rhaptos/rhaptos/gitserver/pathpolicy"
	"github.com/rhaptos/rhaptos/gitserver/pushcert"
	"github.com/rhaptos/rhaptos/gitserver/testenv"
)

// What a repository has of old is left as it is; what is new is not.
func TestCheckLeavesOldTrees(t *testing.T) {
	p := open(t, blobstore.NewMemory())
	var b packscantest.Builder
	blob := b.Object(plumbing.BlobObject, []byte("x"))
	bad := b.Tree(packscantest.Entry{Mode: "100644", Name: "nul", ID: blob})
	root := b.Tree(packscantest.Entry{Mode: "40000", Name: "old", ID: bad})
	first := b.Commit(root)
	q := p.quarantine(bytes.NewReader(b.Pack()))
	var refused *pathpolicy.Error
	if _, err := q.Check(t.Context(), []plumbing.Hash{first}); !errors.As(err, &refused) || refused.Problems[0].Path != "old/nul" || refused.Commit != first {
		t.Fatalf("got %v", err)
	}
	// It gets in all the same, as by a server that knew no better.
	if why := p.push(q, false, update("refs/heads/main", plumbing.ZeroHash, first)); why != "" {
		t.Fatal(why)
	}
	b = packscantest.Builder{}
	other := b.Object(plumbing.BlobObject, []byte("y"))
	second := b.Commit(b.Tree(packscantest.Entry{Mode: "40000", Name: "old", ID: bad}, packscantest.Entry{Mode: "100644", Name: "new", ID: other}), first)
	if _, err := p.quarantine(bytes.NewReader(b.Pack())).Check(t.Context(), []plumbing.Hash{second}); err != nil {
		t.Errorf("a commit beside what is old: %v", err)
	}
	third := b.Commit(b.Tree(packscantest.Entry{Mode: "40000", Name: "new", ID: b.Tree(packscantest.Entry{Mode: "100644", Name: "nul", ID: other})}), second)
	if _, err := p.quarantine(bytes.NewReader(b.Pack())).Check(t.Context(), []plumbing.Hash{third}); !errors.As(err, &refused) || refused.Problems[0].Path != "new/nul" {
		t.Errorf("a new tree of the kind: %v", err)
	}
}

// Descends agrees with git on a history with merges, whatever of it is new.
func TestDescends(t *testing.T) {
	p := open(t, blobstore.NewMemory())
	p.commit("one")
	p.run("branch", "side")
	p.commit("two")
	p.run("checkout", "-q", "side")
	p.run("commit", "-q", "--allow-empty", "-m", "three")
	p.run("checkout", "-q", "main")
	p.run("merge", "-q", "-m", "four", "side")
	all := strings.Fields(p.run("rev-list", "--all"))
	q := p.quarantine(p.pack("main~1"))
	if why := p.push(q, false, update("refs/heads/main", plumbing.ZeroHash, plumbing.NewHash(p.run("rev-parse", "main~1")))); why != "" {
		t.Fatal(why)
	}
	q = p.quarantine(p.pack("main", "^main~1"))
	if _, err := q.Check(t.Context(), []plumbing.Hash{plumbing.NewHash(p.run("rev-parse", "main"))}); err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		for _, b := range all {
			cmd := exec.Command("git", "merge-base", "--is-ancestor", b, a)
			cmd.Dir = p.work
			want := cmd.Run() == nil
			if got, err := q.Descends(t.Context(), plumbing.NewHash(a), plumbing.NewHash(b)); err != nil || got != want {
				t.Errorf("%.7s from %.7s: %v, %v; git says %v", a, b, got, err, want)
			}
		}
	}
}

// Large packs are resolved few at a time, and small ones never wait for them.
func TestLargePacksTakeTurns(t *testing.T) {
	p := open(t, blobstore.NewMemory())
	give := p.HoldLargePacks(t.Context())
	var b packscantest.Builder
	b.Raw(plumbing.BlobObject, 100<<20, nil, packscantest.Zeros(100))
	large, err := p.Quarantine(t.Context(), p.repo)
	if err != nil {
		t.Fatal(err)
	}
	defer large.Close()
	received, done := make(chan bool), make(chan error, 1)
	go func() {
		_, err := large.IndexPack(t.Context(), bytes.NewReader(b.Pack()), packscan.Standard, func() { close(received) })
		done <- err
	}()
	<-received
	p.commit("small")
	p.quarantine(p.pack("main"))
	select {
	case err := <-done:
		t.Fatalf("it did not wait: %v", err)
	default:
	}
	give()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// A large pack that nobody waits for any more gives its place up.
func TestLargePackIsCancelled(t *testing.T) {
	p := open(t, blobstore.NewMemory())
	give := p.HoldLargePacks(t.Context())
	var b packscantest.Builder
	b.Raw(plumbing.BlobObject, 100<<20, nil, packscantest.Zeros(100))
	q, err := p.Quarantine(t.Context(), p.repo)
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("the client went away")
	_, err = q.IndexPack(ctx, bytes.NewReader(b.Pack()), packscan.Standard, func() { cancel(gone) })
	if !errors.Is(err, gone) {
		t.Errorf("got %v", err)
	}
	give()
	p.HoldLargePacks(t.Context())() // all places are free again
}

func TestScanEndsIndexPack(t *testing.T) {
	p := open(t, blobstore.NewMemory())
	pack, _ := packscantest.DeltaBomb(2)
	q, err := p.Quarantine(t.Context(), p.repo)
	if err != nil {
		t.Fatal(err)
	}
	var bad *packscan.Error
	if _, err := q.IndexPack(t.Context(), bytes.NewReader(pack), packscan.Standard, func() { t.Error("received") }); !errors.As(err, &bad) || bad.Object != 2 {
		t.Errorf("got %v", err)
	}
	if err := q.Close(); err != nil {
		t.Error(err)
	}
	if left, _ := filepath.Glob(filepath.Join(p.cache, "*.git", "incoming-*")); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

// The certificate of a signed push stays with it, taken or not.
func TestCertificateIsRecorded(t *testing.T) {
	p := open(t, blobstore.NewMemory())
	one := p.commit("one")
	for i, refused := range []string{"", "no"} {
		push := &gitserver.Push{
			ID: fmt.Sprint("push", i), Repository: p.repo, Actor: "ann", At: time.Now(),
			Updates:     []*gitserver.RefUpdate{{Name: fmt.Sprint("refs/heads/", i), New: one, Refused: refused, Forced: true}},
			Certificate: &gitserver.Certificate{Text: "certificate", Verdict: pushcert.Verdict{Status: pushcert.Good, Signer: "SHA256:x"}, Nonce: pushcert.NonceOK},
		}
		if err := p.Commit(t.Context(), push, p.quarantine(p.pack("main")), nothing); err != nil {
			t.Fatal(err)
		}
		got, err := p.Push(t.Context(), p.repo.ID, push.ID)
		if err != nil || got.Certificate == nil || *got.Certificate != *push.Certificate || !got.Updates[0].Forced {
			t.Errorf("recorded %+v, %v", got, err)
		}
	}
}

// BenchmarkIndexPack shows what the scan costs, beside git index-pack alone.
func BenchmarkIndexPack(b *testing.B) {
	data, err := os.ReadFile(testenv.SharedData(b, "osbooks-introduction-python-programming.bundle"))
	if err != nil {
		b.Fatal(err)
	}
	pack := data[bytes.Index(data, []byte("\n\nPACK"))+2:]
	b.Run("git", func(b *testing.B) {
		b.SetBytes(int64(len(pack)))
		dir := b.TempDir()
		if err := exec.Command("git", "init", "-q", "--bare", dir).Run(); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			cmd := exec.Command("git", "-C", dir, "-c", "core.fsync=none", "-c", "pack.threads=2", "index-pack", "--stdin", "--fix-thin", "--strict")
			cmd.Stdin = bytes.NewReader(pack)
			if err := cmd.Run(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("scanned", func(b *testing.B) {
		b.SetBytes(int64(len(pack)))
		p := open(b, blobstore.NewMemory())
		for b.Loop() {
			q, err := p.Quarantine(b.Context(), p.repo)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := q.IndexPack(b.Context(), bytes.NewReader(pack), packscan.Standard, func() {}); err != nil {
				b.Fatal(err)
			}
			q.Close()
		}
	})
}
