package hooks

import (
	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/publish"
	"github.com/rhaptos/rhaptos/publish/address"
	"github.com/rhaptos/rhaptos/publish/settings"
)

// plan says what one ref update leads to if it is accepted.
type plan struct {
	kind      publish.Kind           // empty: no publication
	commit    plumbing.Hash          // to publish; zero: the branch is deleted, and its drafts with it
	published bool                   // errors in the content refuse the update
	request   publish.ReleaseRequest // of a release
	tag       tag                    // zero for a branch
	baseline  plumbing.Hash          // whose errors the commit may keep; set when it has any
	ref       string                 // to publish in the place of the updated one; empty: that one
	unchecked bool                   // the commit is not new
}

// checked reports whether there is content to check.
func (p *plan) checked() bool { return p.kind != "" && !p.commit.IsZero() && !p.unchecked }

// classify makes the plan of an update from the settings of the repository, the
// push options, and what the tag, if it is one, leads to. This is the one place
// that knows which ref updates make releases.
func classify(set *settings.Settings, options publish.ReleaseRequest, u *gitserver.RefUpdate, t tag) *plan {
	switch {
	case u.Proposal != nil && u.Old != u.New:
		return &plan{kind: publish.Draft, commit: u.New, ref: versionRef(u.Proposal)}
	case isBase(u):
		return &plan{kind: publish.Draft, commit: u.New, unchecked: true}
	case address.IsContribution(u.Name):
		return &plan{}
	}
	branch := u.Branch()
	published := branch != "" && set.Published(branch)
	draft := &plan{kind: publish.Draft, commit: u.New, published: published}
	release := &plan{kind: publish.Release, commit: u.New, published: true, request: options}
	nothing := &plan{tag: t}
	switch {
	case branch != "" && u.Deletes():
		return draft
	case published && set.Publish == settings.OnPush:
		return release
	case published && len(options.Numbers) > 0:
		return release
	case branch != "":
		return draft
	case !t.leadsToCommit || set.Publish == settings.Manually:
		return nothing
	}
	release.commit, release.tag = t.commit, t
	switch {
	case t.named && (t.lightweight || t.historical):
		return nothing
	case t.named:
		release.request.Numbers, release.request.Only = []publish.RequestedNumber{t.number}, t.number.Book != ""
		return release
	case set.Publish == settings.OnTag:
		return release
	}
	return nothing
}
