package publish

import (
	"context"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/publish/address"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/release"
)

// The types of events. Data says in comments which of its members each has.
const (
	PushAccepted      = "push.accepted"      // at least one ref was moved
	PushRefused       = "push.refused"       // no ref was moved
	DraftBuilt        = "draft.built"        // a book on a branch is there to be read
	ReleasePublished  = "release.published"  // a release is there to be read
	ReleaseWithdrawn  = "release.withdrawn"  // a release is not there any more, by its publisher's wish
	ReleaseBlocked    = "release.blocked"    // nor by law
	ReleaseRestored   = "release.restored"   // a release that was withdrawn or blocked is back
	PublicationFailed = "publication.failed" // nothing came of what was to be published
)

// EventTypes are all types of events, in the order of a book's life.
func EventTypes() []string {
	return []string{PushAccepted, PushRefused, DraftBuilt, ReleasePublished, ReleaseWithdrawn, ReleaseBlocked, ReleaseRestored, PublicationFailed}
}

// Event is something that has happened to a repository or to its books.
type Event struct {
	RepositoryID string // decides who is told; not told itself
	Type         string
	Time         time.Time
	Hops         int // how many other programs have told each other until this happened
	Data         EventData
}

// EventData is what is told of an event. What an event does not have is left out.
type EventData struct {
	Repository string `json:"repository"`       // OWNER/NAME
	Book       string `json:"book,omitempty"`   // slug; of drafts and releases
	Number     string `json:"number,omitempty"` // "1.4"; of releases
	Title      string `json:"title,omitempty"`  // the book's
	Commit     string `json:"commit,omitempty"` // what was built, or was to be
	Ref        string `json:"ref,omitempty"`    // its full name; of all but pushes
	URL        string `json:"url,omitempty"`    // where the draft or release is read

	Push    string   `json:"push,omitempty"`    // id; of pushes, and of what came of one
	Actor   string   `json:"actor,omitempty"`   // who pushed, or withdrew, blocked, restored
	Updates []Update `json:"updates,omitempty"` // of pushes, at most MaxUpdates
	Omitted int      `json:"omitted,omitempty"` // how many more updates there are

	Publication int64  `json:"publication,omitempty"` // number; of drafts, publications and failures
	Report      string `json:"report,omitempty"`      // URL of all that was found, if a push led to it
	Reason      string `json:"reason,omitempty"`      // why it was withdrawn, blocked or failed
	Problems    Counts `json:"problems,omitzero"`     // of pushes, drafts and failures
}

// MaxUpdates is how many updates of a push are told.
const MaxUpdates = 1000

// Update is what a push did to one ref. An id of zeros stands for no object.
type Update struct {
	Ref     string `json:"ref"` // full name
	Old     string `json:"old"`
	New     string `json:"new"`
	Refused string `json:"refused,omitempty"` // why it was not made
	Forced  bool   `json:"forced,omitempty"`  // the branch's history is replaced
}

// Counts are how many problems were found.
type Counts struct {
	Errors   int `json:"errors"`
	Warnings int `json:"warnings"`
	Notes    int `json:"notes"`
}

// Announcer is told about events: it tells the world, or makes something of
// them.
type Announcer interface {
	// Announce makes the event known if the transaction commits, and not at all
	// if it does not. It does not wait for anybody to take the news.
	Announce(ctx context.Context, tx database.Tx, e Event) error
}

// Announce tells all of them, in order.
func Announce(ctx context.Context, tx database.Tx, e Event, all []Announcer) error {
	for _, a := range all {
		if err := a.Announce(ctx, tx, e); err != nil {
			return err
		}
	}
	return nil
}

// ReleaseEvent is an event of the type, about a release in the repository with
// the path OWNER/NAME, on a server that is known as baseURL. Its time is that
// of the release's publication.
func ReleaseEvent(eventType string, r *release.Release, path, baseURL string) Event {
	return Event{
		RepositoryID: r.RepositoryID,
		Type:         eventType,
		Time:         r.Published,
		Data: EventData{
			Repository:  path,
			Book:        r.Book,
			Number:      r.Number.String(),
			Title:       r.Title,
			Commit:      r.Commit,
			Ref:         r.Ref,
			URL:         address.Of(baseURL, path).Release(r.Book, r.Number),
			Publication: r.Publication,
		},
	}
}

func (p *Publisher) announce(ctx context.Context, tx database.Tx, e Event) error {
	return Announce(ctx, tx, e, p.Announcers)
}

// event is what all events of a publication have in common.
func (p *Publisher) event(eventType string, publication *Publication, path string) Event {
	e := Event{RepositoryID: publication.RepositoryID, Type: eventType, Time: time.Now(), Hops: publication.Hops}
	e.Data = EventData{
		Repository: path, Commit: publication.Commit, Ref: publication.Ref,
		Publication: publication.Number, Push: publication.PushID,
	}
	if publication.PushID != "" {
		e.Data.Report = address.Of(p.BaseURL, path).Push(publication.PushID)
	}
	return e
}

func (p *Publisher) releaseEvent(publication *Publication, r *release.Release, path string) Event {
	e := ReleaseEvent(ReleasePublished, r, path, p.BaseURL)
	common := p.event(ReleasePublished, publication, path)
	e.Hops, e.Data.Push, e.Data.Report = common.Hops, common.Data.Push, common.Data.Report
	return e
}

func (p *Publisher) draftEvent(publication *Publication, d *release.Draft, path string, problems []collection.Problem) Event {
	e := p.event(DraftBuilt, publication, path)
	e.Time = d.Updated
	e.Data.Book, e.Data.Title, e.Data.URL = d.Book, d.Title, address.Of(p.BaseURL, path).Draft(d.Book, d.Branch)
	e.Data.Problems = countsOf(problems)
	return e
}

// maxReason is how many bytes of a report an event holds.
const maxReason = 4000

func (p *Publisher) failedEvent(publication *Publication, path, report string, problems []collection.Problem) Event {
	e := p.event(PublicationFailed, publication, path)
	if len(report) > maxReason {
		report = strings.ToValidUTF8(report[:maxReason], "") + "..."
	}
	e.Data.Reason, e.Data.Problems = report, countsOf(problems)
	return e
}

func countsOf(problems []collection.Problem) (c Counts) {
	for _, p := range problems {
		switch p.Severity {
		case collection.Error:
			c.Errors++
		case collection.Warning:
			c.Warnings++
		default:
			c.Notes++
		}
	}
	return c
}
