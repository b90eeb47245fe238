package hooks_test

import (
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/hooks"
	"github.com/rhaptos/rhaptos/publish"
)

// events keeps the events that are announced.
type events []publish.Event

func (n *events) Announce(_ context.Context, _ database.Tx, e publish.Event) error {
	*n = append(*n, e)
	return nil
}

// Every push is announced, with the outcome of each ref, even if nothing was
// accepted.
func TestPushesAreAnnounced(t *testing.T) {
	s := newScene(t)
	main, draft := plumbing.NewHash(strings.Repeat("1", 40)), plumbing.NewHash(strings.Repeat("2", 40))
	for _, tt := range []struct {
		main fs.FS
		push []*gitserver.RefUpdate
		want string
	}{
		{good, []*gitserver.RefUpdate{{Name: "refs/heads/main", Old: oldTip, New: main, Forced: true}},
			`push.accepted {"repository":"ann/book","push":"p","actor":"eve","updates":[{"ref":"refs/heads/main","old":"9","new":"1","forced":true}],"report":"http://books.example/ann/book/-/pushes/p"}`},
		{bad, []*gitserver.RefUpdate{{Name: "refs/heads/main", New: main}},
			`push.refused {"repository":"ann/book","push":"p","actor":"eve","updates":[{"ref":"refs/heads/main","old":"0","new":"1","refused":"1 error"}],"report":"http://books.example/ann/book/-/pushes/p","problems":{"errors":1,"warnings":0,"notes":0}}`},
		{bad, []*gitserver.RefUpdate{{Name: "refs/heads/main", New: main}, {Name: "refs/heads/a\"\r\n\xff", New: draft}},
			`push.accepted {"repository":"ann/book","push":"p","actor":"eve","updates":[{"ref":"refs/heads/main","old":"0","new":"1","refused":"1 error"},{"ref":"refs/heads/a\"\r\n` + `\ufffd","old":"0","new":"2"}],"report":"http://books.example/ann/book/-/pushes/p","problems":{"errors":1,"warnings":0,"notes":0}}`},
	} {
		var n events
		push := &gitserver.Push{ID: "p", Repository: s.repo, Actor: "eve", Hops: 3, At: time.Now(), Updates: tt.push}
		content := hooks.Content{URL: "http://books.example", DB: s.db, Announcers: []publish.Announcer{&n}}
		enqueue, err := content.PreReceive(t.Context(), push, nil, commits{main: tt.main, draft: good}, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.db.Write(t.Context(), func(ctx context.Context, tx database.Tx) error { return enqueue(ctx, tx, push) }); err != nil {
			t.Fatal(err)
		}
		if len(n) != 1 || n[0].Hops != 3 || n[0].RepositoryID != s.repo.ID {
			t.Fatalf("got %+v", n)
		}
		for i := range n[0].Data.Updates {
			u := &n[0].Data.Updates[i]
			u.Old, u.New = u.Old[:1], u.New[:1]
		}
		text, err := json.Marshal(n[0].Data)
		if got := n[0].Type + " " + string(text); err != nil || got != tt.want {
			t.Errorf("got\n%s, want\n%s, %v", got, tt.want, err)
		}
	}
}
