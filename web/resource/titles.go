package resource

import (
	"cmp"
	"slices"

	"github.com/rhaptos/rhaptos/publish/release"
)

// Title is a book of a repository with its releases.
type Title struct {
	Slug   string
	Latest *release.Release // the current one with the highest number; nil if none is current
	Newest *release.Release // whatever its state
	Count  int
}

// Titles groups releases, newest first, by their book; the books are in the
// order of their titles.
func Titles(releases []*release.Release) []Title {
	bySlug := map[string]*Title{}
	for _, r := range releases {
		t := bySlug[r.Book]
		if t == nil {
			t = &Title{Slug: r.Book, Newest: r}
			bySlug[r.Book] = t
		}
		t.Count++
		if r.State == release.Current && (t.Latest == nil || r.Number.Compare(t.Latest.Number) > 0) {
			t.Latest = r
		}
	}
	list := make([]Title, 0, len(bySlug))
	for _, t := range bySlug {
		list = append(list, *t)
	}
	slices.SortFunc(list, func(a, b Title) int {
		return cmp.Or(cmp.Compare(a.Newest.Title, b.Newest.Title), cmp.Compare(a.Slug, b.Slug))
	})
	return list
}

// Latest returns the current release of a book with the highest number; nil if none
// is current.
func Latest(releases []*release.Release) *release.Release {
	var found *release.Release
	for _, r := range releases {
		if r.State == release.Current && (found == nil || r.Number.Compare(found.Number) > 0) {
			found = r
		}
	}
	return found
}

// Before returns the current release of the same book with the highest number below
// that of r; nil if there is none, or if r itself cannot be read.
func Before(releases []*release.Release, r *release.Release) *release.Release {
	var earlier []*release.Release
	for _, one := range releases {
		if one.Book == r.Book && one.Number.Compare(r.Number) < 0 && r.State == release.Current {
			earlier = append(earlier, one)
		}
	}
	return Latest(earlier)
}
