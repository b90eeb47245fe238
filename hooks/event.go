package hooks

import (
	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/publish"
	"github.com/rhaptos/rhaptos/publish/address"
)

// event returns the event of the push as it ended.
func (c *pushCheck) event(push *gitserver.Push) publish.Event {
	e := publish.Event{RepositoryID: push.Repository.ID, Type: publish.PushRefused, Time: push.At, Hops: push.Hops}
	e.Data = publish.EventData{
		Repository: push.Repository.Path(), Push: push.ID, Actor: push.Actor,
		Report: address.Of(c.URL, push.Repository.Path()).Push(push.ID),
	}
	for _, u := range push.Updates {
		if u.Refused == "" {
			e.Type = publish.PushAccepted
		}
		if len(e.Data.Updates) == publish.MaxUpdates {
			e.Data.Omitted++
			continue
		}
		e.Data.Updates = append(e.Data.Updates, publish.Update{
			Ref: u.Name, Old: u.Old.String(), New: u.New.String(), Refused: u.Refused, Forced: u.Forced})
	}
	for _, r := range c.report.Refs {
		e.Data.Problems.Errors += r.Counts.Errors
		e.Data.Problems.Warnings += r.Counts.Warnings
		e.Data.Problems.Notes += r.Counts.Notes
	}
	return e
}
