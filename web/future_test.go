package web

import (
	"strings"
	"testing"
	"time"
)

// After the clock was set back, releases and drafts bear a time that is still to come.
// Nothing shows it.
func TestNoDateInTheFuture(t *testing.T) {
	b := newBench(t, nil)
	ahead := time.Date(time.Now().Year()+3, 2, 1, 12, 0, 0, 0, time.UTC)
	for _, r := range b.store.releases {
		r.Published = ahead
	}
	for _, d := range b.store.drafts {
		d.Updated = ahead
	}
	year := ahead.Format("2006-")
	for _, path := range []string{
		"/", "/ann/geometry", "/ann/geometry/-/releases", "/ann/geometry/-/releases.json", "/ann/geometry/-/releases.atom", "/-/releases.atom",
		"/ann/geometry/-/sitemap.xml", "/ann/geometry/shapes@1.10", "/ann/geometry/shapes@1.10.json", "/ann/geometry/shapes@next",
	} {
		r := b.do("GET", path)
		text := body(t, r)
		if r.StatusCode != 200 || strings.Contains(text, year) || strings.Contains(text, ahead.Format("(2006)")) {
			t.Errorf("%s: %s, with the year %s\n%s", path, r.Status, year, text)
		}
		if modified := r.Header.Get("Last-Modified"); strings.Contains(modified, ahead.Format("2006")) {
			t.Errorf("%s: Last-Modified: %s", path, modified)
		}
	}
}
