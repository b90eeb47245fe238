package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/store"
	"github.com/rhaptos/rhaptos/publish"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/report"
	"github.com/rhaptos/rhaptos/web"
	"github.com/rhaptos/rhaptos/web/resource"
)

// recordedPushes shows the view what the store has recorded. It is web.Pushes.
type recordedPushes struct {
	repositories store.Repositories
	blobs        blobstore.Store
	releases     *release.Store
}

// Push implements web.Pushes.
func (p recordedPushes) Push(ctx context.Context, repositoryID, id string) (*web.Push, error) {
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
	return push, p.addPublications(ctx, repositoryID, push)
}

// addPublications adds what readers may know of the publications of a push, and
// hides what reveals others.
func (p recordedPushes) addPublications(ctx context.Context, repositoryID string, push *web.Push) error {
	outcome, err := publish.OutcomeOf(ctx, p.repositories.DB, p.releases, repositoryID, push.ID, time.Now())
	if err != nil {
		return err
	}
	if outcome.Embargoed {
		push.Verdict = nil
	}
	outcome.Redact(push.Report)
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
	return nil
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
func (p recordedPushes) Pushes(ctx context.Context, repositoryID, before string, n int) ([]*web.Push, error) {
	env, err := p.repositories.Pushes(ctx, repositoryID, before, n)
	if err != nil {
		return nil, err
	}
	var list []*web.Push
	for _, record := range env {
		push := viewedPush(record)
		outcome, err := publish.OutcomeOf(ctx, p.repositories.DB, p.releases, repositoryID, push.ID, time.Now())
		if err != nil {
			return nil, err
		}
		if outcome.Embargoed {
			push.Verdict = nil
		}
		list = append(list, push)
	}
	return list, nil
}

func viewedPush(r *store.PushRecord) *web.Push {
	p := &web.Push{ID: r.ID, Actor: r.Actor, Transport: r.Transport, At: r.At, Accepted: r.Accepted, Verdict: r.Verdict}
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
	const latest = 10
	list, err := rec.repositories.Pushes(ctx, id, "", latest)
	if err != nil {
		return err
	}
	for _, p := range list {
		con.printf("push %s: %s by %s over %s%s%s\n", p.ID, p.At.Format(time.RFC3339), p.Actor, p.Transport, signature(p.Certificate), options(p.Options))
		for _, u := range p.Updates {
			con.printf("    %s %.10s..%.10s%s\n", report.Printable(u.Name, 500), u.Old, u.New, mark(u.Refused != "", "refused: "+u.Refused))
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
	return " with the options " + report.Printable(strings.Join(list, ", "), 500)
}
