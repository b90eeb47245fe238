package web

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"
)

// mirrorsInMemory is what repositories follow, by their ids.
type mirrorsInMemory map[string]*Mirror

func (m mirrorsInMemory) Mirror(_ context.Context, repositoryID string) (*Mirror, error) {
	return m[repositoryID], nil
}

// A repository's page says what it follows, and how that goes; that of another
// one says nothing.
func TestMirror(t *testing.T) {
	mirrors := mirrorsInMemory{}
	b := newBench(t, func(c *Config) { c.Mirrors = mirrors })
	var plain repositoryJSON
	decode(t, b.do("GET", "/ann/geometry", "Accept", "application/json"), &plain)
	if page := body(t, b.do("GET", "/ann/geometry")); plain.Mirror != nil || strings.Contains(page, "Mirror") {
		t.Errorf("no mirror: got %+v", plain.Mirror)
	}
	at := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		mirror Mirror
		json   mirrorJSON
		page   []string
	}{
		{Mirror{URL: "https://git.example/sea", State: "new", Asked: true}, mirrorJSON{Of: "https://git.example/sea", State: "new", Asked: true}, []string{"none yet", "now"}},
		{Mirror{URL: "https://git.example/sea", State: "failed", Pulled: at, Next: at.Add(time.Hour), Push: "p0"}, mirrorJSON{Of: "https://git.example/sea", State: "failed", Pulled: at, Next: at.Add(time.Hour)},
			[]string{"failed", "2026-11-25 12:00 UTC", "2026-11-25 13:00 UTC"}},
		{Mirror{URL: "https://git.example/sea", State: "refused", Pulled: at, Push: "p1"}, mirrorJSON{Of: "https://git.example/sea", State: "refused", Pulled: at, Push: "/ann/geometry/-/pushes/p1"},
			[]string{`<a href="/ann/geometry/-/pushes/p1">some changes refused</a>`, "on request"}},
	} {
		mirrors["1"] = &tt.mirror
		var got repositoryJSON
		decode(t, b.do("GET", "/ann/geometry", "Accept", "application/json"), &got)
		if got.Mirror == nil || *got.Mirror != tt.json {
			t.Errorf("got %+v, want %+v", got.Mirror, tt.json)
		}
		answer := b.do("GET", "/ann/geometry")
		page := body(t, answer)
		for _, want := range append(tt.page, `<a href="https://git.example/sea" rel="nofollow noreferrer">`) {
			if answer.StatusCode != http.StatusOK || !strings.Contains(page, want) {
				t.Errorf("%s: no %q", tt.mirror.State, want)
			}
		}
	}
}
