package hooks

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/publish"
	"github.com/rhaptos/rhaptos/publish/check"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/settings"
)

// readWishes finds out what the pusher wants of releases: by push options, and
// by the names of annotated tags. What cannot be understood refuses the push.
func (j *judgement) readWishes(ctx context.Context) error {
	var err error
	if j.wish, err = publish.ParseReleaseOptions(j.push.Options, j.push.At); err != nil {
		j.refuseAll(err.Error())
		return nil
	}
	if j.wish.At.IsZero() && slices.ContainsFunc(j.push.Options, func(o string) bool { return strings.HasPrefix(o, publish.TimeOption) }) {
		fmt.Fprintf(j.out, "The time of the push option publish-at has passed: what is released appears at once.\n")
	}
	for _, u := range j.push.Updates {
		if err := j.readTag(ctx, u); err != nil {
			return err
		}
	}
	j.readHistory()
	j.checkOptions()
	return nil
}

// readHistory finds tags that come together and name several numbers for the
// same books: they are those of a history that began elsewhere, and no wish.
func (j *judgement) readHistory() {
	if j.settings.Publish == settings.Manually {
		return
	}
	of := map[string][]string{} // by book
	for _, u := range j.push.Updates {
		if t := j.tags[u.Name]; u.Refused == "" && t.named && !t.light && !t.history {
			of[t.number.Book] = append(of[t.number.Book], u.Name)
		}
	}
	for _, names := range of {
		if len(names) < 2 {
			continue
		}
		for _, name := range names {
			t := j.tags[name]
			t.history = true
			j.tags[name] = t
		}
		fmt.Fprintf(j.out, "%d tags that name releases came at once and are kept as history: they make none. Of one of them: rhaptos release publish %s TAG --number N\n",
			len(names), j.push.Repository.Path())
	}
}

func (j *judgement) refuseAll(why string) {
	for _, u := range j.push.Updates {
		if u.Refused == "" {
			u.Refused = why
		}
	}
	fmt.Fprintf(j.out, "%s.\n", why)
}

// readTag finds out whether a tag names a number, and what it leads to.
func (j *judgement) readTag(ctx context.Context, u *gitserver.RefUpdate) error {
	name, ok := strings.CutPrefix(u.Name, "refs/tags/")
	if !ok || u.Refused != "" || u.Deletes() {
		return nil
	}
	commit, kind, err := j.objects.Peel(u.New)
	if err != nil {
		return err
	}
	t := tag{commit: commit, odd: kind != plumbing.CommitObject, light: commit == u.New}
	t.number, t.named = publish.TagNumber(name)
	switch {
	case !t.named:
	case t.odd:
		u.Refused = fmt.Sprintf("%s names a release, and leads to a %s in the place of a commit", name, kind)
	case t.light:
		fmt.Fprintf(j.out, "%s is a lightweight tag, which has no author and no date, and names no release. To make one: git tag -f -a %[1]s, and git push -o rewrite --force origin %[1]s\n", name)
	case j.settings.Publish == settings.Manually:
		fmt.Fprintf(j.out, "%s makes no release: by the settings, releases are made by hand here.\n", name)
	case j.DB != nil:
		t.history, err = release.MadeOf(ctx, j.DB, j.push.Repository.ID, t.number.Book, t.number.Number, t.commit.String())
		if err != nil {
			return err
		}
		if t.history {
			fmt.Fprintf(j.out, "%s names the release that was made of this commit, and makes no other one.\n", name)
		}
	}
	j.tags[u.Name] = t
	return nil
}

// tag is a tag of the push.
type tag struct {
	commit  plumbing.Hash // behind it
	odd     bool          // it leads to something else than a commit
	light   bool          // it is not annotated
	named   bool          // it has the form of a number
	number  publish.RequestedNumber
	history bool // it makes no release: it came together with others like it, or its release is there
}

// checkOptions refuses options that the push gives no sense to.
func (j *judgement) checkOptions() {
	if len(j.wish.Numbers) == 0 && j.wish.At.IsZero() {
		return
	}
	var releasing []*gitserver.RefUpdate
	for _, u := range j.push.Updates {
		if u.Refused == "" && j.releases(u) {
			releasing = append(releasing, u)
		}
	}
	option := strings.TrimSuffix(publish.TimeOption, "=")
	if len(j.wish.Numbers) > 0 {
		option = strings.TrimSuffix(publish.NumberOption, "=")
	}
	switch {
	case len(releasing) == 0:
		j.refuseAll(fmt.Sprintf("push option %s: nothing in this push makes a release; the published branches are %s", option, strings.Join(j.settings.Branches, ", ")))
	case len(releasing) > 1 && len(j.wish.Numbers) > 0:
		j.refuseAll(fmt.Sprintf("push option %s: %d refs of this push make releases, and one number cannot be for all; push them one by one", option, len(releasing)))
	case len(j.wish.Numbers) > 0 && j.tags[releasing[0].Name].named:
		j.refuseAll(fmt.Sprintf("push option %s: the tag %s names the number already", option, j.tags[releasing[0].Name].number))
	}
}

// wishFor is what is wanted of the releases that an update makes.
func (j *judgement) wishFor(u *gitserver.RefUpdate) publish.ReleaseRequest {
	w := j.wish
	if t := j.tags[u.Name]; t.named {
		w.Numbers, w.Only = []publish.RequestedNumber{t.number}, t.number.Book != ""
	}
	return w
}

// declines says why the wish for an update cannot be granted, empty if it can.
func (j *judgement) declines(ctx context.Context, u *gitserver.RefUpdate, found *check.Result) (string, error) {
	w := j.wishFor(u)
	if j.DB == nil || len(w.Numbers) == 0 || !j.releases(u) {
		return "", nil
	}
	var books []string
	for _, b := range found.Books {
		books = append(books, b.Slug)
	}
	return w.Refuses(ctx, j.DB, release.NewStore(nil, nil), j.push.Repository.ID, books)
}

// commit is the commit that an update leads to.
func (j *judgement) commit(u *gitserver.RefUpdate) plumbing.Hash {
	if t, ok := j.tags[u.Name]; ok {
		return t.commit
	}
	return u.New
}

// when is when a release will be there to be read, as the end of a sentence.
func (j *judgement) when(u *gitserver.RefUpdate) string {
	if at := j.wish.At; j.releases(u) && !at.IsZero() {
		return ", from " + at.Format(time.RFC3339) + " on"
	}
	return ""
}
