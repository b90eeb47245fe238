package publish

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/publish/release"
)

// ReleasePublished is the type of the event that a release has been published.
const ReleasePublished = "release.published"

// Event is something that has happened to a release.
type Event struct {
	RepositoryID string // decides who is told; not told itself
	Type         string
	Time         time.Time
	Data         EventData
}

// EventData is what is told of a release.
type EventData struct {
	Repository string `json:"repository"` // OWNER/NAME
	Book       string `json:"book"`       // slug
	Number     string `json:"number"`     // "1.4"
	Title      string `json:"title"`
	Commit     string `json:"commit"`
	Ref        string `json:"ref"` // full name
	URL        string `json:"url"` // where the release is read
}

// Announcer is told about releases: it tells the world, or makes something of
// them.
type Announcer interface {
	// Announce makes the event known if the transaction commits, and not at all
	// if it does not. It does not wait for anybody to take the news.
	Announce(ctx context.Context, tx database.Tx, e Event) error
}

// announcement is the event of a new release in the repository with the path
// OWNER/NAME, on a server that is known as baseURL.
func announcement(r *release.Release, path, baseURL string) Event {
	return Event{
		RepositoryID: r.RepositoryID,
		Type:         ReleasePublished,
		Time:         r.Published,
		Data: EventData{
			Repository: path,
			Book:       r.Book,
			Number:     r.Number.String(),
			Title:      r.Title,
			Commit:     r.Commit,
			Ref:        r.Ref,
			URL:        strings.TrimSuffix(baseURL, "/") + "/" + path + "/" + url.PathEscape(r.Book) + "@" + r.Number.String(),
		},
	}
}

func (p *Publisher) announce(ctx context.Context, tx database.Tx, e Event) error {
	for _, a := range p.Announcers {
		if err := a.Announce(ctx, tx, e); err != nil {
			return err
		}
	}
	return nil
}
