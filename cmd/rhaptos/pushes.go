package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/access"
	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/plaintext"
	"github.com/rhaptos/rhaptos/gitserver/store"
	"github.com/rhaptos/rhaptos/publish"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/report"
	"github.com/rhaptos/rhaptos/web"
	"github.com/rhaptos/rhaptos/web/resource"
)

// recordedPushes shows the view what the store has recorded, as far as the sender of
// a request may know. It is web.Pushes.
type recordedPushes struct {
	repositories store.Repositories
	blobs        blobstore.Store
	releases     *release.Store
	access       *access.Access
	senders      *access.Senders
}

// pushReader is who reads about pushes to a repository.
type pushReader struct {
	name string // of the account; empty for nobody
	role access.Role
}

// mayReadRefused reports whether texts of a refused push may be shown: to the account
// that pushed, and to those who have a role on the repository. Others would read what
// was never accepted.
func (r pushReader) mayReadRefused(push *web.Push) bool {
	return r.role >= access.RoleReader || r.name != "" && r.name == push.Actor
}

// mayReadEmbargoed reports whether the reader may know of releases that are to appear.
func (r pushReader) mayReadEmbargoed() bool { return r.role >= access.RoleAuthor }

func (p recordedPushes) reader(r *http.Request, repositoryID string) (pushReader, error) {
	sender, err := p.senders.Principal(r)
	if err != nil {
		return pushReader{}, viewError(err)
	}
	repo, err := p.repositories.ByID(r.Context(), p.repositories.DB, repositoryID)
	if err != nil {
		return pushReader{}, err
	}
	role, err := p.access.RoleOn(r.Context(), sender, repo)
	return pushReader{sender.Name(), role}, err
}

// Push implements web.Pushes.
func (p recordedPushes) Push(r *http.Request, repositoryID, id string) (*web.Push, error) {
	ctx := r.Context()
	reader, err := p.reader(r, repositoryID)
	if err != nil {
		return nil, err
	}
	record, err := p.repositories.Push(ctx, repositoryID, id)
	if errors.Is(err, store.ErrNoPush) {
		return nil, resource.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	push := viewedPush(record)
	if record.Report != "" {
		if push.Report, err = p.report(ctx, record.Report); err != nil {
			return nil, err
		}
	}
	outcome, err := p.withhold(ctx, reader, repositoryID, push)
	if err != nil {
		return nil, err
	}
	addPublications(push, outcome)
	return push, nil
}

// withhold takes out of a push what the reader may not know, and returns its outcome
// as far as the reader may know.
func (p recordedPushes) withhold(ctx context.Context, reader pushReader, repositoryID string, push *web.Push) (*publish.Outcome, error) {
	if !reader.mayReadRefused(push) {
		push.WithholdRefused()
	}
	if reader.mayReadEmbargoed() {
		return publish.FullOutcomeOf(ctx, p.repositories.DB, p.releases, repositoryID, push.ID)
	}
	outcome, err := publish.OutcomeOf(ctx, p.repositories.DB, p.releases, repositoryID, push.ID, time.Now())
	if err != nil {
		return nil, err
	}
	if outcome.Embargoed {
		push.Verdict, push.Report = nil, nil
	}
	return outcome, nil
}

// addPublications adds the publications of a push.
func addPublications(push *web.Push, outcome *publish.Outcome) {
	for _, s := range outcome.Publications {
		one := web.PushPublication{Number: s.Number, Kind: string(s.Kind), Ref: s.Ref, State: string(s.State)}
		if s.Report != "" {
			one.Report = strings.Split(s.Report, "\n")
		}
		for _, r := range s.Releases {
			one.Releases = append(one.Releases, web.PushRelease{Book: r.Book, Number: r.Number, Title: r.Title})
		}
		push.Publications = append(push.Publications, one)
	}
}

func (p recordedPushes) report(ctx context.Context, digest blobstore.Digest) (*report.Report, error) {
	blob, err := p.blobs.Open(ctx, digest)
	if err != nil {
		return nil, fmt.Errorf("open the report of a push: %w", err)
	}
	defer blob.Close()
	data, err := io.ReadAll(blob)
	if err != nil {
		return nil, fmt.Errorf("read the report of a push: %w", err)
	}
	return report.Decode(data)
}

// Pushes implements web.Pushes.
func (p recordedPushes) Pushes(r *http.Request, repositoryID, before string, n int) ([]*web.Push, error) {
	ctx := r.Context()
	reader, err := p.reader(r, repositoryID)
	if err != nil {
		return nil, err
	}
	records, err := p.repositories.Pushes(ctx, repositoryID, before, n)
	if err != nil {
		return nil, err
	}
	var list []*web.Push
	for _, record := range records {
		push := viewedPush(record)
		if _, err := p.withhold(ctx, reader, repositoryID, push); err != nil {
			return nil, err
		}
		list = append(list, push)
	}
	return list, nil
}

func viewedPush(r *store.PushRecord) *web.Push {
	p := &web.Push{ID: r.ID, Actor: r.Actor, Transport: r.Transport, At: r.At, Accepted: r.Accepted, Omitted: r.Omitted, Verdict: r.Verdict}
	for _, u := range r.Updates {
		p.Updates = append(p.Updates, web.PushUpdate{Ref: u.Name, Old: u.Old.String(), New: u.New.String(), Refused: u.Refused})
	}
	if c := r.Certificate; c != nil {
		p.Certificate = &web.PushCertificate{Status: string(c.Status), Signer: c.Signer, Nonce: string(c.Nonce)}
	}
	return p
}

// showPushes prints the latest pushes of a repository.
func showPushes(ctx context.Context, rec *env, con console, id string) error {
	const latest, shown = 10, 20
	list, err := rec.repositories.Pushes(ctx, id, "", latest)
	if err != nil {
		return err
	}
	for _, p := range list {
		con.printf("push %s: %s by %s over %s%s%s\n", p.ID, p.At.Format(time.RFC3339), p.Actor, p.Transport, signature(p.Certificate), options(p.Options))
		for _, u := range p.Updates[:min(shown, len(p.Updates))] {
			con.printf("    %s %.10s..%.10s%s\n", plaintext.Line(u.Name, 500), u.Old, u.New, mark(u.Refused != "", "refused: "+u.Refused))
		}
		if more := len(p.Updates) + p.Omitted - shown; more > 0 {
			con.printf("    and %d more\n", more)
		}
	}
	return nil
}

// signature returns who signed a push and whether that was verified; empty without a
// certificate.
func signature(c *gitserver.Certificate) string {
	if c == nil {
		return ""
	}
	return fmt.Sprintf(", signed by %s (signature %s, nonce %s)", cmp.Or(c.Signer, "an unknown key"), c.Status, c.Nonce)
}

func options(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return " with the options " + plaintext.Line(strings.Join(list, ", "), 500)
}
