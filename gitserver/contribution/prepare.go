package contribution

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/database"
)

// batch is a push on its way.
type batch struct {
	*Contributions
	*gitserver.Preparation
	options   options
	proposals []*proposal
	landings  []landing
}

// Prepare implements [gitserver.Contributions].
func (c *Contributions) Prepare(ctx context.Context, p *gitserver.Preparation) (gitserver.Enqueue, error) {
	b := &batch{Contributions: c, Preparation: p}
	if err := b.propose(ctx); err != nil {
		return nil, err
	}
	if err := b.requireApprovals(ctx); err != nil {
		return nil, err
	}
	if err := b.findLandings(ctx); err != nil {
		return nil, err
	}
	if len(b.proposals)+len(b.landings) == 0 && p.Push.Accepts == 0 {
		return nil, nil
	}
	return b.enqueue, nil
}

// propose makes contributions of what is pushed to refs/for/.
func (b *batch) propose(ctx context.Context) error {
	var list []*gitserver.RefUpdate
	for _, u := range b.Push.Updates {
		if strings.HasPrefix(u.Name, gitserver.ForPrefix) && u.Refused == "" {
			list = append(list, u)
		}
	}
	if len(list) == 0 {
		return nil
	}
	var why string
	var err error
	if b.options, err = readOptions(b.Push.Options); err != nil {
		why = err.Error()
	} else if len(list) > maxInPush {
		why = fmt.Sprintf("a push proposes at most %d changes", maxInPush)
	} else if len(list) > 1 && b.options != (options{}) {
		why = "push options are for one contribution: push them one by one"
	} else if len(belowContributions(b.Refs)) > maxRefs {
		why = "this repository has too many contributions: ask its admin"
	}
	var updates []*gitserver.RefUpdate
	for _, u := range b.Push.Updates {
		switch {
		case !slices.Contains(list, u):
			updates = append(updates, u)
			continue
		case why != "":
			u.Refused = why
			updates = append(updates, u)
			continue
		}
		p := &proposal{batch: b, pushed: u}
		if u.Refused, err = p.prepare(ctx); err != nil {
			return fmt.Errorf("%s: %w", u.Name, err)
		}
		if u.Refused == "" && slices.ContainsFunc(b.proposals, p.same) {
			u.Refused = "multiple updates for one ref"
		}
		if u.Refused != "" {
			updates = append(updates, u)
			continue
		}
		b.proposals = append(b.proposals, p)
		updates = append(updates, p.updates...)
	}
	b.Push.Updates = updates
	return b.Objects.Seal(ctx)
}

func belowContributions(refs []gitserver.Ref) (list []gitserver.Ref) {
	for _, r := range refs {
		if strings.HasPrefix(r.Name, gitserver.ContributionPrefix) {
			list = append(list, r)
		}
	}
	return list
}

// enqueue implements gitserver.Enqueue: it records the contributions whose refs are
// moved, and those that got into their branches.
func (b *batch) enqueue(ctx context.Context, tx database.Tx, push *gitserver.Push) error {
	accepted := func(name string) bool {
		return slices.ContainsFunc(push.Updates, func(u *gitserver.RefUpdate) bool { return u.Name == name && u.Refused == "" })
	}
	for _, p := range b.proposals {
		if !accepted(HeadRef(p.contribution.Number)) {
			continue
		}
		if err := p.record(ctx, tx, push); err != nil {
			return fmt.Errorf("contribution %d: %w", p.contribution.Number, err)
		}
	}
	done := int64(0)
	for _, l := range b.landings {
		if !accepted(l.update.Name) {
			continue
		}
		moved, err := l.record(ctx, tx, b, push)
		if err != nil {
			return fmt.Errorf("contribution %d: %w", l.contribution.Number, err)
		}
		if moved && l.contribution.Number == push.Accepts {
			done = push.Accepts
		}
	}
	if push.Accepts != done && slices.ContainsFunc(push.Updates, func(u *gitserver.RefUpdate) bool { return u.Refused == "" }) {
		return fmt.Errorf("contribution %d was changed meanwhile: %w", push.Accepts, ErrState)
	}
	return nil
}
