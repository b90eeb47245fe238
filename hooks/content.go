package hooks

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/publish"
	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/check"
	"github.com/rhaptos/rhaptos/publish/report"
	"github.com/rhaptos/rhaptos/publish/settings"
)

// Content implements gitserver.Hooks for repositories that hold books. Away from
// a server all fields but Analysis can be left out.
type Content struct {
	URL      string           // of the server, without a slash at the end; for addresses in the feedback
	Analysis analysis.Cache   // kept from one push to the next; may be nil
	DB       database.Queryer // has earlier pushes and releases; may be nil

	Announcers []publish.Announcer // get an event of every push

	Locks Locks // of files; may be nil
}

var _ gitserver.Hooks = Content{}

// Policy implements gitserver.Hooks: published are the branches that the settings
// name, and all tags.
func (c Content) Policy(repo *gitserver.Repository, head fs.FS) gitserver.Policy {
	set := settingsOf(head, repo.DefaultBranch())
	return gitserver.Policy{
		Published: func(ref string) bool {
			branch, ok := strings.CutPrefix(ref, "refs/heads/")
			return !ok || set.Published(branch)
		},
		Rewrite:   gitserver.Rewrite(set.Rewrite),
		Signed:    set.Signed,
		Approvals: set.Approvals,
	}
}

// PreReceive implements gitserver.Hooks. It refuses an update of a published ref
// for errors that its baseline lacks (see [publish.Publication.Base]) and for a
// number that cannot be given. The report of the push is a [report.Report].
func (c Content) PreReceive(ctx context.Context, push *gitserver.Push, head fs.FS, objects gitserver.Incoming, w io.Writer) (gitserver.Enqueue, error) {
	p := &pushCheck{Content: c, push: push, objects: objects, out: w, plans: map[string]*plan{}, results: map[plumbing.Hash]*check.Result{}}
	if err := p.readSettings(head); err != nil {
		return nil, err
	}
	if err := p.makePlans(ctx); err != nil {
		return nil, err
	}
	if err := p.refuseLocked(ctx); err != nil {
		return nil, err
	}
	for _, u := range push.Updates {
		if u.Refused != "" || !p.plans[u.Name].checked() {
			continue
		}
		if err := p.check(ctx, u, p.plans[u.Name]); err != nil {
			return nil, fmt.Errorf("%s: %w", u.Name, err)
		}
	}
	return p.enqueue, p.finish()
}

// pushCheck checks one push.
type pushCheck struct {
	Content
	push     *gitserver.Push
	objects  gitserver.Incoming
	out      io.Writer // the feedback
	settings settings.Settings
	plans    map[string]*plan                // by ref
	results  map[plumbing.Hash]*check.Result // by commit, or annotated tag
	report   report.Report
	printed  int  // problems in the feedback
	kept     int  // problems in the report
	first    bool // the repository may have no branch: the first one that is pushed becomes the default
}

// readSettings reads the settings from the default branch: as the push makes it,
// if it moves it, else as it stands in head.
func (c *pushCheck) readSettings(head fs.FS) error {
	repo := c.push.Repository
	c.first = head == nil
	for _, u := range c.push.Updates {
		if u.Name == repo.Head && u.Refused == "" && !u.Deletes() {
			var err error
			if head, err = c.objects.Tree(u.New); err != nil {
				return err
			}
		}
	}
	c.settings = settingsOf(head, repo.DefaultBranch())
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

// finish encodes the report of the push.
func (c *pushCheck) finish() error {
	if c.kept > 0 {
		c.printAddress()
	}
	if len(c.report.Refs) == 0 {
		return nil
	}
	var err error
	c.push.Report, err = c.report.Encode()
	return err
}
