package store_test

import (
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/google/uuid"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/store"
)

// record commits a push of one ref and returns it.
func (p *place) record(change func(*gitserver.Push)) *gitserver.Push {
	p.t.Helper()
	push := &gitserver.Push{
		ID: uuid.Must(uuid.NewV7()).String(), Repository: p.repo, Actor: "ann", Transport: "ssh",
		At: time.Now().UTC().Truncate(time.Microsecond), Options: []string{"a=b", "c"}, Verdict: []string{"one", "two"},
		Updates: []*gitserver.RefUpdate{{Name: "refs/heads/main", New: plumbing.NewHash("1111111111111111111111111111111111111111"), Refused: "no"}},
	}
	if change != nil {
		change(push)
	}
	if err := p.Commit(p.t.Context(), push, p.quarantine(nil), nothing); err != nil {
		p.t.Fatal(err)
	}
	return push
}

// A push is recorded whatever became of it, with the report before the row.
func TestRecordOfAPush(t *testing.T) {
	p := open(t, blobstore.NewMemory())
	push := p.record(func(push *gitserver.Push) { push.Report = []byte("found") })
	got, err := p.Push(t.Context(), p.repo.ID, push.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got.ID != push.ID || got.Actor != "ann" || got.Transport != "ssh" || !got.At.Equal(push.At) || got.Accepted ||
		!slices.Equal(got.Options, push.Options) || !slices.Equal(got.Verdict, push.Verdict) || len(got.Updates) != 1 || got.Updates[0] != *push.Updates[0] {
		t.Errorf("got %+v", got)
	}
	blob, err := p.blobs.Open(t.Context(), got.Report)
	if err != nil {
		t.Fatal(err)
	}
	defer blob.Close()
	if data, err := io.ReadAll(blob); err != nil || string(data) != "found" {
		t.Errorf("report %q, %v", data, err)
	}
	referenced := 0
	err = p.References(t.Context(), func(d blobstore.Digest) error {
		if d == got.Report {
			referenced++
		}
		return nil
	})
	if err != nil || referenced != 1 {
		t.Errorf("the report is referenced %d times, %v", referenced, err)
	}
	if _, err := p.Push(t.Context(), p.repo.ID, "none"); !errors.Is(err, store.ErrNoPush) {
		t.Errorf("a push that is not there: %v", err)
	}
	if _, err := p.Push(t.Context(), "other", push.ID); !errors.Is(err, store.ErrNoPush) {
		t.Errorf("a push of another repository: %v", err)
	}
}

func TestPagesOfPushes(t *testing.T) {
	p := open(t, blobstore.NewMemory())
	var want []string
	for range 7 {
		want = append(want, p.record(nil).ID)
	}
	slices.Reverse(want)
	var got []string
	for before := ""; ; before = got[len(got)-1] {
		page, err := p.Pushes(t.Context(), p.repo.ID, before, 3)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, push := range page {
			got = append(got, push.ID)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
