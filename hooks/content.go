package hooks

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/publish"
	"github.com/rhaptos/rhaptos/publish/address"
	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/check"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/report"
	"github.com/rhaptos/rhaptos/publish/settings"
)

// Content implements gitserver.Hooks for repositories that hold books. Only
// Facts is of use away from a server.
type Content struct {
	URL      string           // of the server, without a slash at the end; for what the pusher is told
	Analysis analysis.Cache   // kept from one push to the next; may be nil
	DB       database.Queryer // knows what became of earlier pushes; may be nil

	Announcers []publish.Announcer // are told of every push
}

var _ gitserver.Hooks = Content{}

// Policy implements gitserver.Hooks: what gets published is the branches that
// the settings name, and all tags.
func (c Content) Policy(repo *gitserver.Repository, head fs.FS) gitserver.Policy {
	set := settingsOf(head, repo.DefaultBranch())
	return gitserver.Policy{
		Published: func(ref string) bool {
			branch, ok := strings.CutPrefix(ref, "refs/heads/")
			return !ok || set.Published(branch)
		},
		Rewrite: gitserver.Rewrite(set.Rewrite),
		Signed:  set.Signed,
	}
}

// PreReceive implements gitserver.Hooks. A ref that is published is refused for
// errors that it did not have before; see [publish.Publication.Base]. What is
// found becomes the push's report, a [report.Report].
func (c Content) PreReceive(ctx context.Context, push *gitserver.Push, head fs.FS, objects gitserver.Incoming, w io.Writer) (gitserver.Enqueue, error) {
	j := &judgement{
		Content: c, push: push, objects: objects, out: w,
		trees: map[plumbing.Hash]*check.Result{}, bases: map[string]string{}, tags: map[string]tag{},
	}
	if err := j.readSettings(head); err != nil {
		return nil, err
	}
	if err := j.readWishes(ctx); err != nil {
		return nil, err
	}
	for _, u := range push.Updates {
		if u.Refused != "" || u.Deletes() || !j.concerns(u) {
			continue
		}
		if err := j.judge(ctx, u); err != nil {
			return nil, fmt.Errorf("%s: %w", u.Name, err)
		}
	}
	return j.enqueue, j.finish()
}

// judgement is one push under judgement.
type judgement struct {
	Content
	push     *gitserver.Push
	objects  gitserver.Incoming
	out      io.Writer
	settings settings.Settings
	wish     publish.ReleaseRequest          // by the push options
	tags     map[string]tag                  // by ref
	trees    map[plumbing.Hash]*check.Result // by commit
	bases    map[string]string               // by ref: the commit whose errors it may keep
	report   report.Report
	told     int // lines of problems
	kept     int // problems in the report
}

// readSettings takes the settings from the default branch: as the push makes
// it, if it moves it, else as it stands.
func (j *judgement) readSettings(head fs.FS) error {
	repo := j.push.Repository
	for _, u := range j.push.Updates {
		if u.Name == repo.Head && u.Refused == "" && !u.Deletes() {
			var err error
			if head, err = j.objects.Tree(u.New); err != nil {
				return err
			}
		}
	}
	j.settings = settingsOf(head, repo.DefaultBranch())
	return nil
}

// settingsOf reads the settings in a tree, which may be nil.
func settingsOf(tree fs.FS, defaultBranch string) settings.Settings {
	if tree == nil {
		return settings.Settings{Branches: []string{defaultBranch}, Publish: settings.OnPush}
	}
	set, _ := settings.Read(tree, defaultBranch)
	return set
}

// concerns reports whether the ref's content is ours to judge: that of every
// branch, and of a tag where tags publish.
func (j *judgement) concerns(u *gitserver.RefUpdate) bool {
	return u.Branch() != "" || j.releases(u)
}

// releases reports whether the update makes a release: a push to a published
// branch, by the settings or because a number is given for it; an annotated tag
// that names a number; where tags publish, every other tag.
func (j *judgement) releases(u *gitserver.RefUpdate) bool {
	if u.Deletes() {
		return false
	}
	if u.Branch() != "" {
		return j.settings.Published(u.Branch()) && (j.settings.Publish == settings.OnPush || len(j.wish.Numbers) > 0)
	}
	t, ok := j.tags[u.Name]
	switch {
	case !ok || t.odd || j.settings.Publish == settings.Manually:
		return false
	case t.named:
		return !t.light && !t.history
	}
	return j.settings.Publish == settings.OnTag
}

// judge decides on one update, tells the pusher and adds to the report.
func (j *judgement) judge(ctx context.Context, u *gitserver.RefUpdate) error {
	tree, err := j.objects.Tree(u.New)
	if err != nil {
		return err
	}
	found, err := j.look(ctx, u.New, j.progress(u, tree))
	if err != nil {
		return err
	}
	published := u.Branch() == "" || j.settings.Published(u.Branch())
	fresh, before := found.Problems, []collection.Problem(nil)
	if published && collection.HasErrors(fresh) {
		if fresh, before, err = j.compare(ctx, u, found); err != nil {
			return err
		}
	}
	part := report.Of(fresh, before, report.MaxProblems-j.kept)
	part.Name, part.Commit, part.Published = u.Name, u.New.String(), published
	if collection.HasErrors(fresh) && published {
		part.Refused = report.Of(fresh, nil, 0).Counts.String()
		u.Refused = part.Refused
	}
	declined := ""
	if u.Refused == "" {
		if declined, err = j.declines(ctx, u, found); err != nil {
			return err
		}
		if u.Refused = declined; declined != "" {
			part.Refused = declined
		}
	}
	for _, b := range found.Books {
		book := report.Book{Slug: b.Slug, Title: report.Printable(b.Title, 200), URL: j.address(u, b.Slug)}
		if err := j.addChanges(ctx, u, &book); err != nil {
			return err
		}
		part.Books = append(part.Books, book)
	}
	part.Quote(tree)
	j.kept += len(part.Problems)
	j.report.Refs = append(j.report.Refs, part)
	j.tell(u, &part, declined)
	return nil
}

// look examines the tree of a commit, once.
func (j *judgement) look(ctx context.Context, commit plumbing.Hash, tree fs.FS) (*check.Result, error) {
	if found, ok := j.trees[commit]; ok {
		return found, nil
	}
	found, err := check.Tree(ctx, tree, j.Analysis)
	if err == nil {
		found.Library = nil // a push may have many refs
		j.trees[commit] = found
	}
	return found, err
}

// compare tells apart what is new in a ref that is published and what was there
// before: in a branch's old tip, or in what a tag's forerunner released. After
// a publication that failed everything is new.
func (j *judgement) compare(ctx context.Context, u *gitserver.RefUpdate, found *check.Result) (fresh, before []collection.Problem, err error) {
	base, err := j.base(ctx, u)
	if err != nil || base.IsZero() {
		return found.Problems, nil, err
	}
	tree, err := j.objects.Tree(base)
	if err != nil {
		// A pusher may name any old tip; one that is not the true one is
		// refused when the refs are moved.
		return found.Problems, nil, nil
	}
	old, err := j.look(ctx, base, tree)
	if err != nil {
		return nil, nil, err
	}
	fresh, before = collection.New(found.Problems, old.Problems)
	if collection.HasErrors(before) {
		j.bases[u.Name] = base.String()
	}
	return fresh, before, nil
}

func (j *judgement) base(ctx context.Context, u *gitserver.RefUpdate) (plumbing.Hash, error) {
	switch {
	case j.DB == nil && u.Branch() != "":
		return u.Old, nil
	case j.DB == nil:
		return plumbing.ZeroHash, nil
	case u.Branch() == "":
		commit, err := publish.LastReleased(ctx, j.DB, j.push.Repository.ID, u.Name)
		return plumbing.NewHash(commit), err
	}
	failed, err := publish.LastFailed(ctx, j.DB, j.push.Repository.ID, u.Name)
	if err != nil || failed {
		return plumbing.ZeroHash, err
	}
	return u.Old, nil
}

// finish hands the report to the push.
func (j *judgement) finish() error {
	if j.kept > 0 {
		j.tellAddress()
	}
	if len(j.report.Refs) == 0 {
		return nil
	}
	var err error
	j.push.Report, err = j.report.Encode()
	return err
}

// enqueue implements gitserver.Enqueue.
func (j *judgement) enqueue(ctx context.Context, tx database.Tx, push *gitserver.Push) error {
	for _, u := range j.ordered(push.Updates) {
		if u.Refused != "" {
			continue
		}
		p := publish.Publication{RepositoryID: push.Repository.ID, Ref: u.Name, PushID: push.ID, Hops: push.Hops, Actor: push.Actor}
		switch {
		case j.releases(u) && len(j.trees[u.New].Formats) == 0:
			continue // nothing to publish, and nothing wrong with that
		case j.releases(u):
			p.Kind, p.Commit, p.Base, p.Request = publish.Release, j.commit(u).String(), j.bases[u.Name], j.wishFor(u)
		case u.Branch() != "":
			p.Kind = publish.Draft
			if !u.Deletes() {
				p.Commit = u.New.String()
			}
		default:
			continue
		}
		if _, err := publish.Request(ctx, tx, p); err != nil {
			return err
		}
	}
	return publish.Announce(ctx, tx, j.event(push), j.Announcers)
}

// ordered puts tags that name a number first: when a branch comes with its tag,
// the release gets that number, and nothing is left to release of the branch.
func (j *judgement) ordered(updates []*gitserver.RefUpdate) []*gitserver.RefUpdate {
	list := slices.Clone(updates)
	slices.SortStableFunc(list, func(a, b *gitserver.RefUpdate) int {
		switch named := j.tags[a.Name].named; {
		case named == j.tags[b.Name].named:
			return 0
		case named:
			return -1
		}
		return 1
	})
	return list
}

// address is where a book will be read: the release of the number that is
// wanted, its latest release, or the draft.
func (j *judgement) address(u *gitserver.RefUpdate, book string) string {
	repository := address.Of(j.URL, j.push.Repository.Path())
	if !j.releases(u) {
		return repository.Draft(book, u.Branch())
	}
	w := j.wishFor(u)
	if n, ok := w.Number(book); ok {
		return repository.Release(book, n)
	}
	return repository.Book(book)
}

// addChanges says where to see what a draft changes, if the book has been
// released.
func (j *judgement) addChanges(ctx context.Context, u *gitserver.RefUpdate, book *report.Book) error {
	if j.DB == nil || book.Slug == "" || j.releases(u) {
		return nil
	}
	latest, err := release.Newest(ctx, j.DB, j.push.Repository.ID, book.Slug, release.Current)
	if errors.Is(err, release.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	book.Since = latest.Number.String()
	book.Changes = address.Of(j.URL, j.push.Repository.Path()).Comparison(book.Slug, book.Since, address.BranchSegment(u.Branch()))
	return nil
}
