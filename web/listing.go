package web

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/web/theme"
)

// title is one book of a repository with its releases.
type title struct {
	slug   string
	latest *release.Release // the current one with the highest number; nil if none is current
	newest *release.Release // whatever its state
	count  int
}

// titles groups releases, newest first, by their book; the books are in the
// order of their titles.
func titles(releases []*release.Release) []title {
	bySlug := map[string]*title{}
	for _, r := range releases {
		t := bySlug[r.Book]
		if t == nil {
			t = &title{slug: r.Book, newest: r}
			bySlug[r.Book] = t
		}
		t.count++
		if r.State == release.Current && (t.latest == nil || r.Number.Compare(t.latest.Number) > 0) {
			t.latest = r
		}
	}
	list := make([]title, 0, len(bySlug))
	for _, t := range bySlug {
		list = append(list, *t)
	}
	slices.SortFunc(list, func(a, b title) int {
		return cmp.Or(cmp.Compare(a.newest.Title, b.newest.Title), cmp.Compare(a.slug, b.slug))
	})
	return list
}

// latest is the current release of a book with the highest number; nil if none
// is current.
func latest(releases []*release.Release) *release.Release {
	var found *release.Release
	for _, r := range releases {
		if r.State == release.Current && (found == nil || r.Number.Compare(found.Number) > 0) {
			found = r
		}
	}
	return found
}

// before is the current release of the same book with the highest number below
// that of r; nil if there is none, or if r itself cannot be read.
func before(releases []*release.Release, r *release.Release) *release.Release {
	var earlier []*release.Release
	for _, one := range releases {
		if one.Book == r.Book && one.Number.Compare(r.Number) < 0 && r.State == release.Current {
			earlier = append(earlier, one)
		}
	}
	return latest(earlier)
}

// bookJSON is one book in a list.
type bookJSON struct {
	Slug      string    `json:"slug"`
	Title     string    `json:"title"`
	URL       string    `json:"url"`
	Language  string    `json:"language,omitempty"`
	Authors   []string  `json:"authors,omitempty"`
	License   string    `json:"license,omitempty"`
	Number    string    `json:"number"` // of the latest release
	Published time.Time `json:"published"`
	Releases  int       `json:"releases"`
}

// books are the books of a repository that can be read. One whose manifest
// cannot be read is listed with what its release's row says: a list does not
// fail for a fault in one of its lines.
func (s *site) books(ctx context.Context, repo *Repository, releases []*release.Release) []bookJSON {
	list := []bookJSON{}
	for _, t := range titles(releases) {
		if t.latest == nil {
			continue
		}
		b := bookJSON{
			Slug: t.slug, Title: t.latest.Title, URL: repo.address().Book(t.slug),
			Number: t.latest.Number.String(), Published: t.latest.Published, Releases: t.count,
		}
		if m, err := s.Releases.Manifest(ctx, t.latest.Manifest); err == nil {
			b.Language, b.Authors, b.License = m.Book.Language, m.Book.Authors, m.Book.License
		} else {
			s.Log.ErrorContext(ctx, "manifest cannot be read", "repository", repo.Path(), "book", t.slug, "number", b.Number, "err", err)
		}
		list = append(list, b)
	}
	return list
}

// bookLines are books as the theme shows them.
func bookLines(books []bookJSON) []theme.BookLine {
	lines := make([]theme.BookLine, len(books))
	for i, b := range books {
		lines[i] = theme.BookLine{
			Title: b.Title, Language: b.Language, URL: b.URL, Authors: b.Authors, License: b.License,
			Number: b.Number, Published: b.Published, Releases: b.Releases,
		}
	}
	return lines
}

// releaseJSON is one release in a list.
type releaseJSON struct {
	Book      string        `json:"book"`
	Title     string        `json:"title"`
	Number    string        `json:"number"`
	URL       string        `json:"url"`
	Published time.Time     `json:"published"`
	Commit    string        `json:"commit"`
	Ref       string        `json:"ref"`
	State     release.State `json:"state"`
	Reason    string        `json:"reason,omitempty"`
	BlockedBy string        `json:"blocked_by,omitempty"` // who demanded it, a URL
	Changed   *time.Time    `json:"changed,omitempty"`    // when it was withdrawn, blocked or restored last
	ChangedBy string        `json:"changed_by,omitempty"`
	Latest    bool          `json:"latest"`
	Changes   string        `json:"changes,omitempty"` // address of what has changed since the release before

	since string // the number of that one
}

// releaseList are releases in the order in which they are given.
func releaseList(repo *Repository, releases []*release.Release) []releaseJSON {
	latest := map[string]*release.Release{}
	for _, t := range titles(releases) {
		latest[t.slug] = t.latest
	}
	list := make([]releaseJSON, len(releases))
	for i, r := range releases {
		list[i] = releaseJSON{
			Book: r.Book, Title: r.Title, Number: r.Number.String(), URL: repo.address().Release(r.Book, r.Number),
			Published: r.Published, Commit: r.Commit, Ref: r.Ref, State: r.State, Reason: r.Reason, Latest: latest[r.Book] == r,
			BlockedBy: r.BlockedBy, ChangedBy: r.ChangedBy,
		}
		if !r.Changed.IsZero() {
			list[i].Changed = &r.Changed
		}
	}
	addChanges(repo, list, releases)
	return list
}

// addChanges says of each release where to see what has changed since the one
// before.
func addChanges(repo *Repository, list []releaseJSON, releases []*release.Release) {
	rising := make([]int, len(releases))
	for i := range rising {
		rising[i] = i
	}
	slices.SortStableFunc(rising, func(a, b int) int {
		return cmp.Or(cmp.Compare(releases[a].Book, releases[b].Book), releases[a].Number.Compare(releases[b].Number))
	})
	var last *release.Release
	for _, i := range rising {
		r := releases[i]
		if r.State != release.Current {
			continue
		}
		if last != nil && last.Book == r.Book {
			list[i].since = last.Number.String()
			list[i].Changes = repo.address().Comparison(r.Book, list[i].since, r.Number.String())
		}
		last = r
	}
}

// releaseLines are releases as the theme shows them.
func releaseLines(list []releaseJSON) []theme.ReleaseLine {
	lines := make([]theme.ReleaseLine, len(list))
	for i, r := range list {
		lines[i] = theme.ReleaseLine{
			Book: r.Title, Number: r.Number, URL: r.URL, Published: r.Published, Commit: r.Commit, Ref: r.Ref,
			State: r.State, Reason: r.Reason, Latest: r.Latest, Changes: theme.Link{Text: r.since, URL: r.Changes},
		}
	}
	return lines
}

// draftJSON is one draft in a list.
type draftJSON struct {
	Branch   string    `json:"branch"`
	Book     string    `json:"book"`
	Title    string    `json:"title"`
	URL      string    `json:"url"`
	Updated  time.Time `json:"updated"`
	Commit   string    `json:"commit"`
	Problems int       `json:"problems"`
}

func draftList(repo *Repository, drafts []*release.Draft) []draftJSON {
	list := make([]draftJSON, len(drafts))
	for i, d := range drafts {
		list[i] = draftJSON{
			Branch: d.Branch, Book: d.Book, Title: d.Title, URL: repo.address().Draft(d.Book, d.Branch),
			Updated: d.Updated, Commit: d.Commit, Problems: d.Problems,
		}
	}
	return list
}

// draftLines are drafts as the theme shows them.
func draftLines(list []draftJSON) []theme.DraftLine {
	lines := make([]theme.DraftLine, len(list))
	for i, d := range list {
		lines[i] = theme.DraftLine{
			Branch: d.Branch, Book: d.Title, URL: d.URL, Updated: d.Updated, Commit: d.Commit, Problems: d.Problems,
		}
	}
	return lines
}
