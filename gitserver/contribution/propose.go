package contribution

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/gitexec"
)

// proposal is one change that a push proposes.
type proposal struct {
	*batch
	pushed       *gitserver.RefUpdate // of refs/for/...
	contribution *Contribution
	version      *Version // nil: the head is the one that is there
	what         string   // Opened or Updated
	updates      []*gitserver.RefUpdate
}

// same reports whether two updates of one push propose the same change.
func (p *proposal) same(other *proposal) bool {
	a, b := p.contribution, other.contribution
	return a.Number == b.Number || a.Topic != "" && a.Topic == b.Topic && a.Branch == b.Branch
}

// prepare finds out what the update proposes, and makes the updates that replace it.
// It returns why the update is refused; empty: it is not.
func (p *proposal) prepare(ctx context.Context) (refused string, err error) {
	branch, topic, ok := destination(p.pushed.Name, p.Refs)
	if !ok {
		return fmt.Sprintf("there is no branch of the name %.200q to propose a change to", p.pushed.Name[len(gitserver.ForPrefix):]), nil
	}
	switch {
	case topic != "" && p.options.topic != "" && topic != p.options.topic:
		return "the topic is given twice: in the name and as a push option", nil
	case len(topic)+len(p.options.topic) > maxTopic:
		return fmt.Sprintf("a topic has at most %d bytes", maxTopic), nil
	}
	topic = cmp.Or(topic, p.options.topic)
	target, kind, err := p.Objects.Peel(p.pushed.New)
	if err != nil {
		return "", err
	}
	if kind != plumbing.CommitObject || target != p.pushed.New {
		return "only a commit can be proposed", nil
	}
	commit, err := p.readCommit(ctx, p.pushed.New)
	if err != nil {
		return "", err
	}
	tip, _ := find(p.Refs, "refs/heads/"+branch)
	v := &Version{Number: 1, Head: p.pushed.New, Tip: tip.Target, Push: p.Push.ID, At: p.Push.At}
	if refused, err := p.compare(ctx, v, branch); refused != "" || err != nil {
		return refused, err
	}
	before, refused, err := p.recognise(ctx, branch, topic, commit.changeID)
	if refused != "" || err != nil {
		return refused, err
	}
	p.what = Updated
	switch {
	case before == nil:
		if refused, err := p.begin(ctx, branch); refused != "" || err != nil {
			return refused, err
		}
	case before.Head != v.Head:
		if v.Number = before.Version + 1; v.Number > maxVersions {
			return fmt.Sprintf("contribution %d has %d versions, more are not kept: close it and propose anew", before.Number, maxVersions), nil
		}
		fallthrough
	default:
		c := *before
		p.contribution = &c
	}
	p.describe(commit, topic)
	if before != nil && before.Head == v.Head {
		p.updates = []*gitserver.RefUpdate{{Name: HeadRef(before.Number), Old: before.Head, New: before.Head}}
		p.updates[0].Proposal = p.proposal(&Version{Number: before.Version, Base: v.Base, Tip: v.Tip}, plumbing.ZeroHash)
		return "", p.mergeAgain(ctx, v)
	}
	p.contribution.Version, p.contribution.Head, p.version = v.Number, v.Head, v
	merge, err := p.merge(ctx, v)
	if err != nil {
		return "", err
	}
	return "", p.makeUpdates(ctx, before, v, merge)
}

// compare finds the merge base and says why the commits cannot be proposed, if so.
func (p *proposal) compare(ctx context.Context, v *Version, branch string) (refused string, err error) {
	environment := p.Objects.Environment()
	if v.Base, err = p.mergeBase(ctx, environment, v.Tip, v.Head); err != nil {
		return "", err
	}
	switch v.Base {
	case plumbing.ZeroHash:
		return branch + " and these commits have no common history", nil
	case v.Head:
		return "everything in this is in " + branch + " already", nil
	}
	n, err := p.commits(ctx, environment, v.Tip, v.Head)
	if n > maxCommits {
		refused = fmt.Sprintf("a contribution has at most %d commits", maxCommits)
	}
	return refused, err
}

// recognise returns the open contribution of the pusher's that the push amends; nil:
// it is a new one.
func (p *proposal) recognise(ctx context.Context, branch, topic, changeID string) (before *Contribution, refused string, err error) {
	author := p.Push.Actor
	if number := p.options.number; number != 0 {
		c, err := p.Find(ctx, p.Push.Repository.ID, number)
		switch {
		case errors.Is(err, ErrNotFound):
			return nil, fmt.Sprintf("there is no contribution %d", number), nil
		case err != nil:
			return nil, "", err
		case c.Author != author:
			return nil, fmt.Sprintf("contribution %d is not yours to amend", number), nil
		case c.Branch != branch:
			return nil, fmt.Sprintf("contribution %d is to %s: git push origin HEAD:%s%[2]s", number, c.Branch, gitserver.ForPrefix), nil
		case c.State == Accepted:
			return nil, fmt.Sprintf("contribution %d has been accepted: propose a new one", number), nil
		case c.State == Closed:
			return nil, fmt.Sprintf("contribution %d is closed; to open it again: rhaptos contribution reopen %s %[1]d", number, p.Push.Repository.Path()), nil
		}
		return c, "", nil
	}
	open, err := openOn(ctx, p.DB, p.Push.Repository.ID, branch)
	if err != nil {
		return nil, "", err
	}
	for _, c := range open {
		switch {
		case c.Author != author:
			continue
		case topic != "" || c.Topic != "":
			if topic != c.Topic {
				continue
			}
			return c, "", nil
		case changeID != "" && changeID == c.ChangeID, c.Head == p.pushed.New:
			return c, "", nil
		}
		if follows, err := p.Objects.Descends(ctx, p.pushed.New, c.Head); err != nil || follows {
			return c, "", err
		}
	}
	return nil, "", nil
}

// begin makes a new contribution, if there is room.
func (p *proposal) begin(ctx context.Context, branch string) (refused string, err error) {
	repo, author := p.Push.Repository, p.Push.Actor
	n, err := p.count(ctx, repo.ID, author)
	switch {
	case err != nil:
		return "", err
	case n.ofAuthor >= maxOfAuthor:
		return fmt.Sprintf("you have %d open contributions here, which is the most: close some first", n.ofAuthor), nil
	case n.open >= maxOpen:
		return fmt.Sprintf("this repository has %d open contributions, which is the most", n.open), nil
	case n.rejected >= maxAll:
		return fmt.Sprintf("%d of your contributions here were not accepted, which is the most", n.rejected), nil
	}
	number, err := p.reserve(ctx, repo.ID)
	p.what = Opened
	p.contribution = &Contribution{RepositoryID: repo.ID, Number: number, Branch: branch, Author: author, State: Open, Created: p.Push.At}
	return "", err
}

// describe sets what is said about the contribution.
func (p *proposal) describe(said commit, topic string) {
	c := p.contribution
	c.Updated = p.Push.At
	c.Topic = cmp.Or(oneLine(topic, maxTopic), c.Topic)
	c.ChangeID = cmp.Or(said.changeID, c.ChangeID)
	switch given := p.options.title != "" || p.options.description != ""; {
	case given:
		c.Title = cmp.Or(p.options.title, c.Title, said.title)
		c.Description = cmp.Or(p.options.description, c.Description, said.text)
		c.titled = true
	case !c.titled:
		c.Title, c.Description = said.title, said.text
	}
	c.Title = cmp.Or(c.Title, "(no title)")
}

// merge merges a version into the branch as it is. The result is zero if there are
// conflicts.
func (p *proposal) merge(ctx context.Context, v *Version) (commit plumbing.Hash, err error) {
	environment := p.Objects.Environment()
	merged, err := p.Merger.Merge(ctx, p.Objects, v.Base, v.Tip, v.Head)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	if v.Conflicts, v.Notices = merged.Conflicts, merged.Notices; len(v.Conflicts) > 0 {
		return plumbing.ZeroHash, nil
	}
	return p.Git.CommitTree(ctx, environment, merged.Tree, gitexec.Commit{
		By: p.person("rhaptos", v.At), Message: fmt.Sprintf("Merge contribution %d: %s\n", p.contribution.Number, p.contribution.Title),
		Parents: []plumbing.Hash{v.Tip, v.Head},
	})
}

// mergeAgain merges the version that is there into the branch as it is now.
func (p *proposal) mergeAgain(ctx context.Context, v *Version) error {
	merge, err := p.merge(ctx, v)
	if err != nil {
		return err
	}
	main := p.updates[0]
	main.Proposal.Merge, main.Proposal.Conflicts, main.Proposal.Notices = merge, v.Conflicts, v.Notices
	p.companion(main, BaseRef(p.contribution.Number), v.Base)
	p.companion(main, mergeRef(p.contribution.Number), merge)
	return nil
}

// makeUpdates replaces the pushed update by those of the refs of the contribution.
func (p *proposal) makeUpdates(ctx context.Context, before *Contribution, v *Version, merge plumbing.Hash) (err error) {
	number := p.contribution.Number
	main := &gitserver.RefUpdate{Name: HeadRef(number), New: v.Head, Proposal: p.proposal(v, merge)}
	if before != nil {
		main.Old = before.Head
		forward, err := p.Objects.Descends(ctx, v.Head, before.Head)
		if err != nil {
			return err
		}
		main.Forced = !forward
	}
	p.updates = []*gitserver.RefUpdate{main}
	p.companion(main, VersionRef(number, v.Number), v.Head)
	p.companion(main, BaseRef(number), v.Base)
	p.companion(main, mergeRef(number), merge)
	return nil
}

func (p *proposal) proposal(v *Version, merge plumbing.Hash) *gitserver.Proposal {
	c := p.contribution
	return &gitserver.Proposal{
		Pushed: p.pushed.Name, Number: c.Number, Version: v.Number, Branch: c.Branch, Title: c.Title, Author: c.Author,
		Base: v.Base, Tip: v.Tip, Merge: merge, Conflicts: v.Conflicts, Notices: v.Notices,
	}
}

// companion adds the update of another ref of the contribution, unless it is there.
func (p *proposal) companion(main *gitserver.RefUpdate, name string, id plumbing.Hash) {
	old, _ := find(p.Refs, name)
	if old.Target != id {
		p.updates = append(p.updates, &gitserver.RefUpdate{Name: name, Old: old.Target, New: id, With: main})
	}
}

// record writes the rows of the contribution.
func (p *proposal) record(ctx context.Context, tx database.Tx, push *gitserver.Push) error {
	c := p.contribution
	if p.what == Updated {
		now, err := Find(ctx, tx, c.RepositoryID, c.Number)
		if err != nil {
			return err
		}
		if now.State != Open {
			return fmt.Errorf("it is %s: %w", now.State, ErrState)
		}
	}
	if err := c.put(ctx, tx); err != nil {
		return err
	}
	if p.version != nil {
		if err := p.version.put(ctx, tx, c); err != nil {
			return err
		}
	}
	return p.announce(ctx, tx, Change{Repository: push.Repository, Contribution: c, What: p.what, Actor: push.Actor, PushID: push.ID, At: push.At, Hops: push.Hops})
}
