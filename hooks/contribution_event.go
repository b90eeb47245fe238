package hooks

import (
	"context"

	"github.com/rhaptos/rhaptos/gitserver/contribution"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/publish"
	"github.com/rhaptos/rhaptos/publish/address"
)

// ContributionEvents makes events of what happens to contributions.
type ContributionEvents struct {
	URL        string // of the server, without a slash at the end
	Announcers []publish.Announcer
}

// Announce announces a change in the transaction that makes it.
func (e ContributionEvents) Announce(ctx context.Context, tx database.Tx, c contribution.Change) error {
	of, repository := c.Contribution, address.Of(e.URL, c.Repository.Path())
	about := &publish.EventContribution{
		Number: of.Number, Branch: of.Branch, Title: of.Title, Author: of.Author, State: string(of.State), Version: of.Version,
	}
	if r := c.Review; r != nil {
		about.Verdict, about.Text, about.Path, about.Line = string(r.Verdict), r.Text, r.Path, r.Line
	}
	return publish.Announce(ctx, tx, publish.Event{
		RepositoryID: c.Repository.ID, Type: "contribution." + c.What, Time: c.At, Hops: c.Hops,
		Data: publish.EventData{
			Repository: c.Repository.Path(), Commit: of.Head.String(), Ref: "refs/heads/" + of.Branch,
			URL: repository.Contribution(of.Number), Push: c.PushID, Actor: c.Actor, Contribution: about,
		},
	}, e.Announcers)
}
