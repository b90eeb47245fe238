package web

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/theme"
)

// bookJSON is a book in a list.
type bookJSON struct {
	Slug     string   `json:"slug"`
	Title    string   `json:"title"`
	URL      string   `json:"url"`
	Language string   `json:"language,omitempty"`
	Authors  []string `json:"authors,omitempty"`
	License  string   `json:"license,omitempty"`

	Description string `json:"description,omitempty"`
	Subject     string `json:"subject,omitempty"`

	Number    string    `json:"number"` // of the latest release
	Published time.Time `json:"published"`
	Releases  int       `json:"releases"`
}

// books returns the books of a repository that have a current release. A manifest
// that cannot be read is logged, and its book listed without it.
func (s *site) books(ctx context.Context, repo *resource.Repository, releases []*release.Release) []bookJSON {
	list := []bookJSON{}
	for _, t := range resource.Titles(releases) {
		if t.Latest == nil {
			continue
		}
		list = append(list, s.book(ctx, repo, t))
	}
	return list
}

// book returns a book that has a current release.
func (s *site) book(ctx context.Context, repo *resource.Repository, t resource.Title) bookJSON {
	b := bookJSON{
		Slug: t.Slug, Title: t.Latest.Title, URL: repo.Address().Book(t.Slug),
		Number: t.Latest.Number.String(), Published: resource.Past(t.Latest.Published), Releases: t.Count,
	}
	if m, err := s.Releases.Manifest(ctx, t.Latest.Manifest); err == nil {
		b.Language, b.Authors, b.License = m.Book.Language, m.Book.Authors, m.Book.License
		b.Description, b.Subject = m.Book.Description, m.Book.Subject
	} else {
		s.Log.ErrorContext(ctx, "manifest cannot be read", "repository", repo.Path(), "book", t.Slug, "number", b.Number, "err", err)
	}
	return b
}

// bookLines converts books for the theme.
func bookLines(books []bookJSON) []theme.BookLine {
	lines := make([]theme.BookLine, len(books))
	for i, b := range books {
		lines[i] = theme.BookLine{
			Title: b.Title, Language: b.Language, URL: b.URL, Authors: b.Authors, License: b.License,
			Number: b.Number, Published: b.Published, Releases: b.Releases, Description: b.Description, Subject: b.Subject,
		}
	}
	return lines
}

// releaseJSON is a release in a list.
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
	Changed   *time.Time    `json:"changed,omitempty"`    // when it was last withdrawn, blocked or restored
	ChangedBy string        `json:"changed_by,omitempty"`
	Latest    bool          `json:"latest"`
	Changes   string        `json:"changes,omitempty"` // address of what has changed since the release before

	since string // the number of that one
}

// releaseList converts releases, in the given order.
func releaseList(repo *resource.Repository, releases []*release.Release) []releaseJSON {
	latest := map[string]*release.Release{}
	for _, t := range resource.Titles(releases) {
		latest[t.Slug] = t.Latest
	}
	list := make([]releaseJSON, len(releases))
	for i, r := range releases {
		list[i] = releaseJSON{
			Book: r.Book, Title: r.Title, Number: r.Number.String(), URL: repo.Address().Release(r.Book, r.Number),
			Published: resource.Past(r.Published), Commit: r.Commit, Ref: r.Ref, State: r.State, Reason: r.Reason, Latest: latest[r.Book] == r,
			BlockedBy: r.BlockedBy, ChangedBy: r.ChangedBy,
		}
		if !r.Changed.IsZero() {
			list[i].Changed = &r.Changed
		}
	}
	addChanges(repo, list, releases)
	return list
}

// addChanges adds to each release the address of the changes since the one before.
func addChanges(repo *resource.Repository, list []releaseJSON, releases []*release.Release) {
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
			list[i].Changes = repo.Address().Comparison(r.Book, list[i].since, r.Number.String())
		}
		last = r
	}
}

// releaseLines converts releases for the theme.
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

// draftJSON is a draft in a list.
type draftJSON struct {
	Branch   string    `json:"branch"`
	Book     string    `json:"book"`
	Title    string    `json:"title"`
	URL      string    `json:"url"`
	Updated  time.Time `json:"updated"`
	Commit   string    `json:"commit"`
	Problems int       `json:"problems"`
}

func draftList(repo *resource.Repository, drafts []*release.Draft) []draftJSON {
	list := make([]draftJSON, len(drafts))
	for i, d := range drafts {
		list[i] = draftJSON{
			Branch: d.Branch, Book: d.Book, Title: d.Title, URL: repo.Address().Draft(d.Book, d.Branch),
			Updated: resource.Past(d.Updated), Commit: d.Commit, Problems: d.Problems,
		}
	}
	return list
}

// draftLines converts drafts for the theme.
func draftLines(list []draftJSON) []theme.DraftLine {
	lines := make([]theme.DraftLine, len(list))
	for i, d := range list {
		lines[i] = theme.DraftLine{
			Branch: d.Branch, Book: d.Title, URL: d.URL, Updated: d.Updated, Commit: d.Commit, Problems: d.Problems,
		}
	}
	return lines
}
