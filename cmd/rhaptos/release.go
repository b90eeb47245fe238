package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/access"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/publish"
	"github.com/rhaptos/rhaptos/publish/release"
)

type releaseCmd struct {
	List       releaseListCmd       `cmd:"" help:"List the releases of a repository."`
	Show       releaseShowCmd       `cmd:"" help:"Show a release and its history."`
	Publish    releasePublishCmd    `cmd:"" help:"Publish a ref now or at a given time."`
	Retry      releaseRetryCmd      `cmd:"" help:"Retry a failed publication."`
	Cancel     releaseCancelCmd     `cmd:"" help:"Give up a pending publication."`
	Withdraw   releaseWithdrawCmd   `cmd:"" help:"Withdraw a release, or cancel a scheduled one."`
	Restore    releaseRestoreCmd    `cmd:"" help:"Restore a withdrawn release."`
	Reschedule releaseRescheduleCmd `cmd:"" help:"Change the time of a scheduled release."`

	PurgeExports purgeExportsCmd `cmd:"" help:"Delete generated export files (EPUB, PDF, zip)."`
}

type releaseListCmd struct {
	Path string `arg:"" name:"owner/name" help:"The repository."`
}

func (l *releaseListCmd) permission(*env) access.Permission {
	return access.OnRepository(l.Path, access.Read)
}

func (l *releaseListCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.with(ctx, func(rec *env) error {
		repo, err := rec.repositories.LookupPath(ctx, l.Path)
		if err != nil {
			return err
		}
		// Only rows are read here; the blobs are the server's.
		releases := release.NewStore(rec.db, nil)
		list, err := releases.Releases(ctx, repo.ID)
		if err != nil {
			return err
		}
		may, err := c.may(ctx, rec, l.Path, access.PushDraft)
		if err != nil {
			return err
		}
		if may {
			embargoes, err := releases.Embargoes(ctx, repo.ID)
			if err != nil {
				return err
			}
			list = append(embargoes, list...)
		}
		for _, r := range list {
			state := string(r.State)
			if r.Reason != "" {
				state += ": " + r.Reason
			}
			con.printf("%s@%s\t%s\t%s\t%s%s\n", r.Book, r.Number, r.Commit, r.Published.Format(time.RFC3339), r.Ref,
				mark(r.State != release.Current, state))
		}
		return nil
	})
}

type releasePublishCmd struct {
	Path string `arg:"" name:"owner/name" help:"The repository."`
	Ref  string `arg:"" help:"Branch or tag, such as main or refs/tags/v2."`

	Number []string `help:"Number of the release, for all books or for one." placeholder:"[BOOK@]N" sep:"none"`
	At     string   `help:"Time of the release, such as 2026-12-24T08:00:00Z. Default: now." placeholder:"TIME"`
}

func (p *releasePublishCmd) permission(*env) access.Permission {
	return access.OnRepository(p.Path, access.PushPublished)
}

// Run queues the publication; the running server, or the next one to start,
// carries it out.
func (p *releasePublishCmd) Run(ctx context.Context, c *cli, con console) error {
	request, err := p.request()
	if err != nil {
		return err
	}
	return c.with(ctx, func(rec *env) error {
		repo, err := rec.repositories.LookupPath(ctx, p.Path)
		if err != nil {
			return err
		}
		var ref gitserver.Ref
		var number int64
		err = rec.db.Write(ctx, func(ctx context.Context, tx database.Tx) (err error) {
			if ref, err = findRef(ctx, rec, tx, repo.ID, p.Ref); err != nil {
				return err
			}
			if err := refuseNumbers(ctx, rec, tx, repo.ID, request); err != nil {
				return err
			}
			number, err = publish.Request(ctx, tx, publish.Publication{
				RepositoryID: repo.ID, Ref: ref.Name, Commit: commitOf(ref), Kind: publish.Release, Actor: c.actor(), Request: request,
			})
			return err
		})
		if err != nil {
			return err
		}
		con.printf("publication %d of %s is queued: %s\n", number, repo.Path(), ref.Name)
		return nil
	})
}

// request reads the flags in the form of push options.
func (p *releasePublishCmd) request() (publish.ReleaseRequest, error) {
	var options []string
	for _, n := range p.Number {
		options = append(options, publish.NumberOption+n)
	}
	if p.At != "" {
		options = append(options, publish.TimeOption+p.At)
	}
	request, err := publish.ParseReleaseOptions(options, time.Now())
	if err != nil {
		return request, err
	}
	request.Only = len(request.Numbers) > 0 && request.Numbers[0].Book != ""
	return request, nil
}

// refuseNumbers is an error if a number cannot be given, as far as that can be
// told without the commit: to a book that is named, or to all if there is one.
func refuseNumbers(ctx context.Context, rec *env, q database.Queryer, repositoryID string, request publish.ReleaseRequest) error {
	releases := release.NewStore(rec.db, nil)
	var books []string
	for _, n := range request.Numbers {
		if n.Book != "" {
			books = append(books, n.Book)
		}
	}
	if len(books) == 0 {
		known, err := releases.Books(ctx, q, repositoryID)
		if err != nil {
			return err
		}
		if len(known) == 1 {
			books = known
		}
	}
	why, err := request.Refuses(ctx, q, releases, repositoryID, books)
	if why != "" {
		return errors.New(why)
	}
	return err
}

// findRef finds a ref by its full name, or a branch or tag by its short name.
func findRef(ctx context.Context, rec *env, q database.Queryer, repositoryID, name string) (gitserver.Ref, error) {
	names := []string{name}
	if !strings.HasPrefix(name, "refs/") {
		names = []string{"refs/heads/" + name, "refs/tags/" + name}
	}
	for _, full := range names {
		ref, ok, err := rec.repositories.Ref(ctx, q, repositoryID, full)
		if err != nil || ok {
			return ref, err
		}
	}
	return gitserver.Ref{}, fmt.Errorf("there is no branch or tag %q", name)
}

// commitOf is the commit that a ref leads to, through an annotated tag if need be.
func commitOf(ref gitserver.Ref) string {
	if !ref.Peeled.IsZero() {
		return ref.Peeled.String()
	}
	return ref.Target.String()
}
