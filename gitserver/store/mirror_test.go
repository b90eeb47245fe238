package store_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
)

// mirrorFile is the one file of the mirror that the pattern matches.
func (p *place) mirrorFile(pattern string) string {
	p.t.Helper()
	dir, err := p.Mirror(p.t.Context(), p.repo)
	if err != nil {
		p.t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(files) != 1 {
		p.t.Fatalf("%s: %q, %v", pattern, files, err)
	}
	return files[0]
}

// Whatever is removed from a mirror that is in use is there again when it is
// next asked for.
func TestMirrorLosesFiles(t *testing.T) {
	stores(t, func(t *testing.T, p *place) {
		one := p.commit("one")
		p.push(p.quarantine(p.pack("main")), false, update("refs/heads/main", plumbing.ZeroHash, one))
		want := one.String() + " refs/heads/main"
		for _, pattern := range []string{"HEAD", "packed-refs", "config", "objects/pack/*.pack", "objects/pack/*.idx", "objects/pack", "objects", "refs", "../*.git"} {
			if err := os.RemoveAll(p.mirrorFile(pattern)); err != nil {
				t.Fatal(err)
			}
			if got := p.refs(); got != want {
				t.Errorf("without %s: %s", pattern, got)
			}
			if got := p.cloned(); got != one.String() {
				t.Errorf("without %s a clone has %s", pattern, got)
			}
		}
	})
}

// A file of the mirror that is damaged is fetched anew once git has stumbled
// over it. (A mirror that links to the blobs has no copy to be damaged alone.)
func TestMirrorHeals(t *testing.T) {
	for name, harm := range map[string]func(b []byte) []byte{
		"flipped":   func(b []byte) []byte { b[len(b)/2] ^= 0x10; return b },
		"truncated": func(b []byte) []byte { return b[:len(b)/2] },
		"zeroed":    func(b []byte) []byte { clear(b[12:]); return b },
	} {
		for _, suffix := range []string{".pack", ".idx"} {
			t.Run(name+suffix, func(t *testing.T) {
				p := open(t, blobstore.NewMemory())
				one := p.commit(strings.Repeat("one of many lines\n", 50))
				p.push(p.quarantine(p.pack("main")), false, update("refs/heads/main", plumbing.ZeroHash, one))
				path := p.mirrorFile("objects/pack/*" + suffix)
				whole, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				// In place: the folder does not show it.
				if err := os.WriteFile(path, harm([]byte(string(whole))), 0o600); err != nil {
					t.Fatal(err)
				}
				if !p.MarkSuspect(p.repo) || p.MarkSuspect(p.repo) {
					t.Error("the second doubt is new, or the first is not")
				}
				p.refs()
				if now, err := os.ReadFile(path); err != nil || string(now) != string(whole) {
					t.Errorf("it is %d bytes, not the %d that it was, or others: %v", len(now), len(whole), err)
				}
			})
		}
	}
}

// A push is not refused because of what the mirror has lost.
func TestPushOverDamagedMirror(t *testing.T) {
	p := open(t, blobstore.NewMemory())
	one := p.commit("one")
	p.push(p.quarantine(p.pack("main")), false, update("refs/heads/main", plumbing.ZeroHash, one))
	two := p.commit("two")
	q := p.quarantine(p.pack("main", "^"+one.String()))
	pack := p.mirrorFile("objects/pack/*.pack")
	if err := os.Truncate(pack, 20); err != nil {
		t.Fatal(err)
	}
	if _, err := q.Check(t.Context(), []plumbing.Hash{two}); err != nil {
		t.Error(err)
	}
	if refused := p.push(q, false, update("refs/heads/main", one, two)); refused != "" {
		t.Error(refused)
	}
	p.refs()
}

// lying gives bytes that are not those that were put.
type lying struct{ blobstore.Store }

func (l lying) Open(ctx context.Context, d blobstore.Digest) (io.ReadSeekCloser, error) {
	r, err := l.Store.Open(ctx, d)
	return changed{r}, err
}

type changed struct{ io.ReadSeekCloser }

func (c changed) Read(b []byte) (int, error) {
	n, err := c.ReadSeekCloser.Read(b)
	if n > 0 {
		b[n-1] ^= 1
	}
	return n, err
}

// Bytes that do not have their digest do not come into a mirror.
func TestMirrorTakesNoDamagedBytes(t *testing.T) {
	p := open(t, lying{blobstore.NewMemory()})
	one := p.commit("one")
	p.push(p.quarantine(p.pack("main")), false, update("refs/heads/main", plumbing.ZeroHash, one))
	if _, err := p.Mirror(t.Context(), p.repo); !errors.Is(err, blobstore.ErrDamaged) {
		t.Errorf("got %v", err)
	}
}
