package publish

import (
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// A clock that was set back does not change the order of releases.
func TestClockSetBack(t *testing.T) {
	b := newBench(t)
	b.publishRef(Release, main, "c1", mdBook("One."))
	ahead := database.Micros(time.Now().Add(48 * time.Hour))
	if _, err := b.DB.ExecContext(t.Context(), `UPDATE release SET published_at = $1`, ahead); err != nil {
		t.Fatal(err)
	}
	b.publishRef(Release, main, "c2", mdBook("Two."))
	b.publishRef(Release, main, "c3", openStax(`<para id="p">One.</para>`))
	equal(t, "releases", b.releases(), "tides 1.1 c1", "tides 1.2 c2", "geometry 1.1 c3", "algebra 1.1 c3")
	last, err := b.Releases.Previous(t.Context(), b.DB, repository, "tides")
	if err != nil || last.Commit != "c2" {
		t.Errorf("the release before is %+v, %v", last, err)
	}
}
