package publish

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/release"
)

func TestEvents(t *testing.T) {
	p := &Publisher{Config: Config{BaseURL: "https://books.example/"}}
	of := &Publication{RepositoryID: "r", Number: 7, Ref: "refs/heads/ann/next", Commit: "c1", PushID: "p1", Hops: 2}
	at := time.Date(2026, 11, 25, 1, 2, 3, 0, time.UTC)
	found := []collection.Problem{{Severity: collection.Error}, {Severity: collection.Warning}, {Severity: collection.Warning}}
	for _, tt := range []struct {
		event Event
		want  string
	}{
		{p.draftEvent(of, &release.Draft{Book: "tides", Title: "Tides", Branch: "ann/next", Updated: at}, "ann/sea", found),
			`{"repository":"ann/sea","book":"tides","title":"Tides","commit":"c1","ref":"refs/heads/ann/next","url":"https://books.example/ann/sea/tides@ann~next",` +
				`"push":"p1","publication":7,"report":"https://books.example/ann/sea/-/pushes/p1","problems":{"errors":1,"warnings":2,"notes":0}}`},
		{p.releaseEvent(of, &release.Release{RepositoryID: "r", Book: "tides", Title: "Tides", Number: release.Number{Major: 1, Minor: 4}, Commit: "c1", Ref: "refs/heads/main", Published: at, Publication: 7}, "ann/sea"),
			`{"repository":"ann/sea","book":"tides","number":"1.4","title":"Tides","commit":"c1","ref":"refs/heads/main","url":"https://books.example/ann/sea/tides@1.4",` +
				`"push":"p1","publication":7,"report":"https://books.example/ann/sea/-/pushes/p1"}`},
		{p.failedEvent(of, "ann/sea", "sea.cnxml:1: gone", found[:1]),
			`{"repository":"ann/sea","commit":"c1","ref":"refs/heads/ann/next","push":"p1","publication":7,` +
				`"report":"https://books.example/ann/sea/-/pushes/p1","reason":"sea.cnxml:1: gone","problems":{"errors":1,"warnings":0,"notes":0}}`},
	} {
		got, err := json.Marshal(tt.event.Data)
		if err != nil || string(got) != tt.want {
			t.Errorf("%s: got %s, %v; want %s", tt.event.Type, got, err, tt.want)
		}
		if tt.event.Hops != 2 || tt.event.RepositoryID != "r" {
			t.Errorf("%s: got %+v", tt.event.Type, tt.event)
		}
	}
}
