package hooks

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/publish"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// Content implements gitserver.Hooks for repositories that hold books.
type Content struct {
	URL string // of the server, without a slash at the end; for what the pusher is told
}

// Published implements gitserver.Hooks: the branches that the settings name,
// and all tags.
func (c Content) Published(repo *gitserver.Repository, head fs.FS) func(ref string) bool {
	settings := settingsOf(head, repo.DefaultBranch())
	return func(ref string) bool {
		branch, ok := strings.CutPrefix(ref, "refs/heads/")
		return !ok || settings.Published(branch)
	}
}

// PreReceive implements gitserver.Hooks.
func (c Content) PreReceive(ctx context.Context, push *gitserver.Push, head fs.FS,
	tree func(plumbing.Hash) (fs.FS, error), w io.Writer) (gitserver.Enqueue, error) {
	j := &judgement{Content: c, push: push, tree: tree, out: w, read: map[plumbing.Hash]*reading{}}
	if err := j.readSettings(head); err != nil {
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
	return j.enqueue, nil
}

// judgement is one push under judgement.
type judgement struct {
	Content
	push     *gitserver.Push
	tree     func(plumbing.Hash) (fs.FS, error)
	out      io.Writer
	settings publish.Settings
	read     map[plumbing.Hash]*reading
}

// reading is what a commit's tree holds.
type reading struct {
	library  *collection.Library // nil when there are no books
	problems []collection.Problem
}

// readSettings takes the settings from the default branch: as the push makes
// it, if it moves it, else as it stands.
func (j *judgement) readSettings(head fs.FS) error {
	repo := j.push.Repository
	for _, u := range j.push.Updates {
		if u.Name == repo.Head && u.Refused == "" && !u.Deletes() {
			var err error
			if head, err = j.tree(u.New); err != nil {
				return err
			}
		}
	}
	j.settings = settingsOf(head, repo.DefaultBranch())
	return nil
}

// settingsOf reads the settings in a tree, which may be nil.
func settingsOf(tree fs.FS, defaultBranch string) publish.Settings {
	if tree == nil {
		return publish.Settings{Branches: []string{defaultBranch}, Publish: publish.OnPush}
	}
	settings, _ := publish.ReadSettings(tree, defaultBranch)
	return settings
}

// concerns reports whether the ref's content is ours to judge: that of every
// branch, and of a tag where tags publish.
func (j *judgement) concerns(u *gitserver.RefUpdate) bool {
	return u.Branch() != "" || j.releases(u)
}

// releases reports whether the update makes a release.
func (j *judgement) releases(u *gitserver.RefUpdate) bool {
	if u.Deletes() {
		return false
	}
	if u.Branch() != "" {
		return j.settings.Publish == publish.OnPush && j.settings.Published(u.Branch())
	}
	return j.settings.Publish == publish.OnTag && strings.HasPrefix(u.Name, "refs/tags/")
}

func (j *judgement) judge(ctx context.Context, u *gitserver.RefUpdate) error {
	r, err := j.look(ctx, u)
	if err != nil {
		return err
	}
	published := u.Branch() == "" || j.settings.Published(u.Branch())
	if published && collection.HasErrors(r.problems) {
		u.Refused = count(r.problems)
	}
	j.tell(u, r, published)
	return nil
}

// look reads the library and the settings in the tree of the update's commit.
func (j *judgement) look(ctx context.Context, u *gitserver.RefUpdate) (*reading, error) {
	if r, ok := j.read[u.New]; ok {
		return r, nil
	}
	tree, err := j.tree(u.New)
	if err != nil {
		return nil, err
	}
	r := &reading{}
	r.library, r.problems, err = publish.Read(ctx, tree)
	if err != nil && !errors.Is(err, collection.ErrNoBooks) {
		return nil, err
	}
	if u.Name == j.push.Repository.Head {
		_, problems := publish.ReadSettings(tree, j.push.Repository.DefaultBranch())
		r.problems = append(problems, r.problems...)
	}
	j.read[u.New] = r
	return r, nil
}

// enqueue implements gitserver.Enqueue.
func (j *judgement) enqueue(ctx context.Context, tx database.Tx, push *gitserver.Push) error {
	for _, u := range push.Updates {
		if u.Refused != "" {
			continue
		}
		p := publish.Publication{RepositoryID: push.Repository.ID, Ref: u.Name, PushID: push.ID}
		switch {
		case j.releases(u) && j.read[u.New].library == nil:
			continue // nothing to publish, and nothing wrong with that
		case j.releases(u):
			p.Kind, p.Commit = publish.Release, u.New.String()
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
	return nil
}

// address is where a book will be read: its latest release, or the draft.
func (j *judgement) address(u *gitserver.RefUpdate, book string) string {
	a := j.URL + "/" + j.push.Repository.Path() + "/" + url.PathEscape(book)
	if j.releases(u) {
		return a
	}
	return a + "@" + url.PathEscape(strings.ReplaceAll(u.Branch(), "/", "~"))
}
