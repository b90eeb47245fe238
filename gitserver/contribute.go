package gitserver

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/packscan"
)

// Contributions turns what is pushed to refs/for/ into contributions; the
// contribution package implements it.
type Contributions interface {
	// Prepare is called with every push when its objects have been received and
	// checked. It replaces the updates of names below [ForPrefix] by those of the
	// refs of contributions, or refuses them. What it writes to objects must be
	// sealed. The function that it returns runs in the transaction that moves the
	// refs; nil: there is nothing to do there.
	Prepare(ctx context.Context, p *Preparation) (Enqueue, error)
}

// Preparation is a push on its way through [Contributions].
type Preparation struct {
	Push    *Push
	Refs    []Ref  // of the repository before the push, ordered by name
	Policy  Policy // of the repository before the push
	Objects Quarantine
	Out     io.Writer // lines for the pusher

	MayAdminister func(ctx context.Context) error // as of [Session]; may be nil
}

// mayPropose says why an update of a name below ForPrefix is refused, or nothing.
func (r *receiver) mayPropose(ctx context.Context, u *RefUpdate) string {
	switch {
	case r.config.Contributions == nil || r.session.MayPropose == nil:
		return "this repository takes no contributions"
	case u.Deletes():
		return "there is no such ref to delete; to close a contribution: rhaptos contribution close"
	}
	if err := r.session.MayPropose(ctx); err != nil {
		return printable(err.Error())
	}
	return ""
}

// suggest says how to propose what may not be pushed.
func (r *receiver) suggest(ctx context.Context, u *RefUpdate) {
	if u.Branch() == "" || u.Deletes() || r.config.Contributions == nil || r.session.MayPropose == nil || r.session.MayPropose(ctx) != nil {
		return
	}
	if _, ok := find(r.refs, u.Name); !ok {
		return
	}
	fmt.Fprintf(r.sideband, "You may not push to %[1]s, but you may propose this change: git push origin HEAD:%[2]s%[1]s\n", u.Branch(), ForPrefix)
}

// contribute makes contributions of what is pushed to refs/for/.
func (r *receiver) contribute(ctx context.Context, q Quarantine) (Enqueue, error) {
	if r.config.Contributions == nil || r.session.Mirror {
		return nil, nil
	}
	enqueue, err := r.config.Contributions.Prepare(ctx, &Preparation{Push: r.push, Refs: r.refs, Policy: r.policy, Objects: q, Out: r.sideband, MayAdminister: r.session.MayAdminister})
	if err != nil {
		return nil, fmt.Errorf("prepare the contributions: %w", err)
	}
	return enqueue, nil
}

// limits bounds the pack. One that brings nothing but contributions may be sent by
// people whom nobody has given a role.
func (r *receiver) limits() packscan.Limits {
	for _, u := range r.push.Updates {
		if u.Refused == "" && !u.Deletes() && !strings.HasPrefix(u.Name, ForPrefix) {
			return packscan.Standard
		}
	}
	return packscan.Contribution
}

// both runs two functions in one transaction.
func both(first, second Enqueue) Enqueue {
	if first == nil {
		return second
	}
	return func(ctx context.Context, tx database.Tx, push *Push) error {
		if err := first(ctx, tx, push); err != nil {
			return err
		}
		return second(ctx, tx, push)
	}
}

// advertised are the refs that clients see without asking for them by name.
func advertised(refs []Ref) []Ref {
	hidden := below(refs, ContributionPrefix)
	if len(hidden) == 0 {
		return refs
	}
	list := make([]Ref, 0, len(refs)-len(hidden))
	for _, r := range refs {
		if !strings.HasPrefix(r.Name, ContributionPrefix) {
			list = append(list, r)
		}
	}
	return list
}
