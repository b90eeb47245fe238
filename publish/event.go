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

// The types of events. EventData says which members each has.
const (
	PushAccepted      = "push.accepted"      // at least one ref was moved
	PushRefused       = "push.refused"       // no ref was moved
	DraftBuilt        = "draft.built"        // the draft of a book was built
	ReleasePublished  = "release.published"  // a release has appeared
	ReleaseWithdrawn  = "release.withdrawn"  // a release was withdrawn by its publisher
	ReleaseBlocked    = "release.blocked"    // a release was blocked for legal reasons
	ReleaseRestored   = "release.restored"   // a withdrawn or blocked release is available again
	PublicationFailed = "publication.failed" // a publication led to no release

	ContributionOpened   = "contribution.opened"   // a change was proposed
	ContributionUpdated  = "contribution.updated"  // a new version of it was pushed
	ContributionReviewed = "contribution.reviewed" // somebody reviewed it
	ContributionAccepted = "contribution.accepted" // it was merged into its branch
	ContributionClosed   = "contribution.closed"   // it was closed without that
	ContributionReopened = "contribution.reopened" // it was opened again
)

// EventTypes returns all types of events, in the order of a book's life.
func EventTypes() []string {
	return []string{PushAccepted, PushRefused, DraftBuilt, ReleasePublished, ReleaseWithdrawn, ReleaseBlocked, ReleaseRestored, PublicationFailed,
		ContributionOpened, ContributionUpdated, ContributionReviewed, ContributionAccepted, ContributionClosed, ContributionReopened}
}

// Event is a change to a repository or to its books.
type Event struct {
	RepositoryID string // decides who gets the event; not sent
	Type         string
	Time         time.Time
	Hops         int // triggers and webhooks in a row that led to it
	Data         EventData
}

// EventData is the content of an event. Members that an event lacks are left out.
type EventData struct {
	Repository string `json:"repository"`       // OWNER/NAME
	Book       string `json:"book,omitempty"`   // slug; of drafts and releases
	Number     string `json:"number,omitempty"` // "1.4"; of releases
	Title      string `json:"title,omitempty"`  // the book's
	Commit     string `json:"commit,omitempty"` // what was built, or was to be
	Ref        string `json:"ref,omitempty"`    // its full name; of all but pushes
	URL        string `json:"url,omitempty"`    // where the draft or release is read

	Push    string   `json:"push,omitempty"`    // id; of pushes, and of events that a push led to
	Actor   string   `json:"actor,omitempty"`   // who pushed, or withdrew, blocked, restored
	Updates []Update `json:"updates,omitempty"` // of pushes, at most MaxUpdates
	Omitted int      `json:"omitted,omitempty"` // number of further updates

	Publication int64  `json:"publication,omitempty"` // number; of drafts, publications and failures
	Report      string `json:"report,omitempty"`      // URL of the report of the push, if one led to it
	Reason      string `json:"reason,omitempty"`      // why it was withdrawn, blocked or failed
	Problems    Counts `json:"problems,omitzero"`     // of pushes, drafts and failures

	Contribution *EventContribution `json:"contribution,omitempty"` // of contributions
}

// EventContribution is the contribution that an event is about.
type EventContribution struct {
	Number  int64  `json:"number"`
	Branch  string `json:"branch"`
	Title   string `json:"title"`
	Author  string `json:"author"` // name of the account
	State   string `json:"state"`
	Version int64  `json:"version"`
	Verdict string `json:"verdict,omitempty"` // of a review
	Text    string `json:"text,omitempty"`    // of a review
	Path    string `json:"path,omitempty"`    // that a review is about
	Line    int    `json:"line,omitempty"`
}

// MaxUpdates bounds the updates in the event of a push.
const MaxUpdates = 1000

// Update describes the update of one ref. An id of zeros stands for no object.
type Update struct {
	Ref     string `json:"ref"` // full name
	Old     string `json:"old"`
	New     string `json:"new"`
	Refused string `json:"refused,omitempty"` // the reason, if the update was refused
	Forced  bool   `json:"forced,omitempty"`  // the branch's history is replaced
}

// Counts has the number of problems of each severity.
type Counts struct {
	Errors   int `json:"errors"`
	Warnings int `json:"warnings"`
	Notes    int `json:"notes"`
}

// Announcer receives events, to pass them on or to act on them.
type Announcer interface {
	// Announce takes the event into the transaction: it is passed on if the
	// transaction commits, and only then. Announce does not wait for receivers.
	Announce(ctx context.Context, tx database.Tx, e Event) error
}

// Announce passes the event to all announcers, in order.
func Announce(ctx context.Context, tx database.Tx, e Event, all []Announcer) error {
	for _, a := range all {
		if err := a.Announce(ctx, tx, e); err != nil {
			return err
		}
	}
	return nil
}

// ReleaseEvent returns an event of the type about a release in the repository with
// the path OWNER/NAME on the server at baseURL. Its time is that of the release's
// publication.
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

// event returns what all events of a publication have in common.
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

// maxReason bounds the part of a report that an event holds, in bytes.
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
