package publish

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// without is the book without its picture, which is an error; text makes it
// differ from others.
func without(text string) fstest.MapFS {
	tree := openStax(`<figure id="g"><media id="y" alt="none"><image mime-type="image/png" src="../../media/gone.png"/></media></figure><para id="p">` + text + `</para>`)
	return tree
}

// pushed is publishRef for a push that was compared with base.
func (b *bench) pushed(commit, base string, tree fs.FS) *Status {
	b.Helper()
	b.source.trees[commit] = tree
	var n int64
	err := b.DB.Write(b.Context(), func(ctx context.Context, tx database.Tx) (err error) {
		n, err = Request(ctx, tx, Publication{RepositoryID: repository, Ref: main, Commit: commit, Kind: Release, PushID: "p", Base: base})
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	b.do(n)
	return b.status(n)
}

func TestOnlyWhatIsNewBlocks(t *testing.T) {
	b := newBench(t)
	b.source.trees["old"] = without("Old.")
	if s := b.pushed("c1", "", without("One.")); s.State != Failed {
		t.Errorf("judged in whole: %+v", s)
	}
	if n := b.events(PublicationFailed); n != 1 {
		t.Errorf("the failure was told %d times", n)
	}
	if s := b.pushed("c2", "old", without("Two.")); s.State != Published || s.Base != "old" || !strings.Contains(s.Report, "gone.png") {
		t.Errorf("with the error from before: %+v", s)
	}
	worse := without("Three.")
	delete(worse, "media/sum.png")
	if s := b.pushed("c3", "c2", worse); s.State != Failed {
		t.Errorf("with one more: %+v", s)
	}
	if s := b.pushed("c4", "c2", openStax("<para id='p'>Fixed.</para>")); s.State != Published {
		t.Errorf("fixed: %+v", s)
	}
}

// A release that lost a whole page would take the place of one that has it.
func TestPageThatCannotBeReadBlocks(t *testing.T) {
	b := newBench(t)
	broken := openStax("<para id='p'>Text.")
	b.source.trees["old"] = broken
	if s := b.pushed("c1", "old", broken); s.State != Failed {
		t.Errorf("%+v", s)
	}
}

// What nobody pushed is compared with what was released last.
func TestRequestedByHand(t *testing.T) {
	b := newBench(t)
	b.source.trees["old"] = without("Old.")
	if s := b.publishRef(Release, main, "c1", without("One.")); s.State != Failed || s.Base != "" {
		t.Errorf("the first: %+v", s)
	}
	if s := b.pushed("c2", "old", without("Two.")); s.State != Published {
		t.Fatalf("%+v", s)
	}
	for ref, want := range map[string]string{main: "c2", "refs/heads/other": "", "refs/tags/v1": "c2"} {
		if got, err := LastReleased(t.Context(), b.DB, repository, ref); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", ref, got, err, want)
		}
	}
	if s := b.publishRef(Release, "refs/tags/v1", "c3", without("Three.")); s.State != Published || s.Base != "c2" {
		t.Errorf("by hand: %+v", s)
	}
	failed, err := LastFailed(t.Context(), b.DB, repository, main)
	if err != nil || failed {
		t.Errorf("failed: %v, %v", failed, err)
	}
	b.pushed("c4", "", without("Four."))
	if failed, err = LastFailed(t.Context(), b.DB, repository, main); err != nil || !failed {
		t.Errorf("failed: %v, %v", failed, err)
	}
	if got, err := LastReleased(t.Context(), b.DB, repository, main); err != nil || got != "" {
		t.Errorf("after a failure: %q, %v", got, err)
	}
}

// lost is a source of which one commit is gone for good.
type lost struct{ Source }

func (l lost) Tree(ctx context.Context, id, commit string) (fs.FS, func() error, error) {
	if commit == "gone" {
		return nil, nil, fmt.Errorf("commit %s: %w", commit, fs.ErrNotExist)
	}
	return l.Source.Tree(ctx, id, commit)
}

func TestBaseThatIsGone(t *testing.T) {
	b := newBench(t)
	b.Source = lost{b.source}
	if s := b.pushed("c1", "gone", without("One.")); s.State != Failed {
		t.Errorf("%+v", s)
	}
	if s := b.pushed("c2", "gone", openStax("<para id='p'>Good.</para>")); s.State != Published {
		t.Errorf("%+v", s)
	}
}
