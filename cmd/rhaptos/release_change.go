package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/access"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/publish"
	"github.com/rhaptos/rhaptos/publish/release"
)

// oneRelease names a release on the command line.
type oneRelease struct {
	Path    string `arg:"" name:"owner/name" help:"The repository."`
	Release string `arg:"" name:"book@n" help:"Release, such as algebra@1.4."`
}

func (o *oneRelease) parse() (book string, n release.Number, err error) {
	book, number, _ := strings.Cut(o.Release, "@")
	n, ok := release.ParseNumber(number)
	if !ok || book == "" {
		return "", n, fmt.Errorf("%q does not name a release: write BOOK@N, such as algebra@1.4", o.Release)
	}
	return book, n, nil
}

// decision returns the change of the release that the caller asks for.
func (o *oneRelease) decision(ctx context.Context, c *cli, rec *env, reason string) (publish.Decision, error) {
	book, n, err := o.parse()
	if err != nil {
		return publish.Decision{}, err
	}
	repo, err := rec.repositories.LookupPath(ctx, o.Path)
	if err != nil {
		return publish.Decision{}, err
	}
	return publish.Decision{RepositoryID: repo.ID, Book: book, Number: n, Reason: reason, Actor: c.actor()}, nil
}

type releaseWithdrawCmd struct {
	oneRelease
	Reason string `help:"Reason, shown to readers." required:""`
	Legal  bool   `help:"Block for legal reasons: answer 451 instead of 410. Requires a server admin."`
	By     string `help:"With --legal: URL of the party that demands the block." placeholder:"URL"`
}

func (w *releaseWithdrawCmd) permission(*env) access.Permission {
	if w.Legal {
		return access.ServerAdmins()
	}
	return access.OnRepository(w.Path, access.PushPublished)
}

// Run withdraws the release at once; a running server, or the next one to start,
// makes it known.
func (w *releaseWithdrawCmd) Run(ctx context.Context, c *cli, con console) error {
	if err := w.check(); err != nil {
		return err
	}
	return c.with(ctx, func(rec *env) error {
		d, err := w.decision(ctx, c, rec, w.Reason)
		if err != nil {
			return err
		}
		releases := release.NewStore(rec.db, nil)
		d.By = w.By
		do := publish.Withdraw
		if w.Legal {
			do = publish.Block
		}
		what, err := do(ctx, rec.db, releases, d)
		if err != nil {
			return err
		}
		con.printf("%s %s is %s\n", d.Book, d.Number, what)
		return nil
	})
}

func (w *releaseWithdrawCmd) check() error {
	switch u, err := url.Parse(w.By); {
	case w.By != "" && !w.Legal:
		return fmt.Errorf("--by requires --legal")
	case w.By != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.ContainsAny(w.By, "<>\" ")):
		return fmt.Errorf("--by must be the URL of the party that demands the block, not %q", w.By)
	}
	return nil
}

type releaseRestoreCmd struct{ oneRelease }

// permission asks for an admin of the server where a block is to be lifted.
func (r *releaseRestoreCmd) permission(rec *env) access.Permission {
	return func(ctx context.Context, a *access.Access, p access.Principal) error {
		if err := access.OnRepository(r.Path, access.PushPublished)(ctx, a, p); err != nil {
			return err
		}
		book, n, err := r.parse()
		if err != nil {
			return err
		}
		repo, err := rec.repositories.LookupPath(ctx, r.Path)
		if err != nil {
			return err
		}
		found, err := release.NewStore(rec.db, nil).InAnyState(ctx, repo.ID, book, n)
		if err == nil && found.State == release.Blocked {
			return access.ServerAdmins()(ctx, a, p)
		}
		return nil // the verb reports what is missing
	}
}

// Run gives the release back to readers.
func (r *releaseRestoreCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.with(ctx, func(rec *env) error {
		d, err := r.decision(ctx, c, rec, "")
		if err != nil {
			return err
		}
		if err := publish.Restore(ctx, rec.db, release.NewStore(rec.db, nil), d); err != nil {
			return err
		}
		con.printf("%s %s is %s\n", d.Book, d.Number, release.ChangeRestored)
		return nil
	})
}

type releaseRescheduleCmd struct {
	oneRelease
	At string `arg:"" name:"time" help:"New time, such as 2026-12-24T08:00:00Z, or now."`
}

func (r *releaseRescheduleCmd) permission(*env) access.Permission {
	return access.OnRepository(r.Path, access.PushPublished)
}

// Run gives an embargoed release another time.
func (r *releaseRescheduleCmd) Run(ctx context.Context, c *cli, con console) error {
	at := time.Now().UTC().Truncate(time.Microsecond)
	if r.At != "now" {
		given, err := publish.ParseTime(r.At, at)
		if err != nil {
			return err
		}
		if !given.IsZero() {
			at = given
		}
	}
	return c.with(ctx, func(rec *env) error {
		d, err := r.decision(ctx, c, rec, "")
		if err != nil {
			return err
		}
		if err := publish.Reschedule(ctx, rec.db, release.NewStore(rec.db, nil), d, at); err != nil {
			return err
		}
		con.printf("%s %s will appear at %s\n", d.Book, d.Number, at.Format(time.RFC3339))
		return nil
	})
}

type releaseRetryCmd struct {
	Path   string `arg:"" name:"owner/name" help:"The repository."`
	Number int64  `arg:"" help:"Number of the publication, from repo show."`
}

func (r *releaseRetryCmd) permission(*env) access.Permission {
	return access.OnRepository(r.Path, access.PushPublished)
}

// Run queues a publication that failed once more.
func (r *releaseRetryCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.with(ctx, func(rec *env) error {
		repo, err := rec.repositories.LookupPath(ctx, r.Path)
		if err != nil {
			return err
		}
		var n int64
		err = rec.db.Write(ctx, func(ctx context.Context, tx database.Tx) (err error) {
			n, err = publish.Retry(ctx, tx, repo.ID, r.Number, c.actor())
			return err
		})
		if err != nil {
			return err
		}
		con.printf("publication %d of %s is queued\n", n, repo.Path())
		return nil
	})
}

type releaseCancelCmd struct {
	Path   string `arg:"" name:"owner/name" help:"The repository."`
	Number int64  `arg:"" help:"Number of the publication, from repo show."`
}

func (r *releaseCancelCmd) permission(*env) access.Permission {
	return access.OnRepository(r.Path, access.PushPublished)
}

// Run asks for a pending publication to be given up, so that those after it get
// their turn.
func (r *releaseCancelCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.with(ctx, func(rec *env) error {
		repo, err := rec.repositories.LookupPath(ctx, r.Path)
		if err != nil {
			return err
		}
		err = rec.db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
			return publish.Cancel(ctx, tx, repo.ID, r.Number, c.actor())
		})
		if err != nil {
			return err
		}
		con.printf("publication %d of %s will be given up\n", r.Number, repo.Path())
		return nil
	})
}

type releaseShowCmd struct{ oneRelease }

func (s *releaseShowCmd) permission(*env) access.Permission {
	return access.OnRepository(s.Path, access.Read)
}

// Run prints all that is known of the release. Of one that is embargoed those
// learn who may push.
func (s *releaseShowCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.with(ctx, func(rec *env) error {
		d, err := s.decision(ctx, c, rec, "")
		if err != nil {
			return err
		}
		releases := release.NewStore(rec.db, nil)
		r, err := releases.InAnyState(ctx, d.RepositoryID, d.Book, d.Number)
		if err == nil && r.State == release.Embargoed {
			var may bool
			if may, err = c.may(ctx, rec, s.Path, access.PushDraft); err == nil && !may {
				err = release.ErrNotFound
			}
		}
		if err != nil {
			return fmt.Errorf("%s: %w", s.Release, err)
		}
		changes, err := releases.Changes(ctx, d.RepositoryID, d.Book, d.Number)
		if err != nil {
			return err
		}
		showRelease(con, r, changes)
		return nil
	})
}

func showRelease(con console, r *release.Release, changes []*release.Change) {
	con.printf("%s %s\t%s\nstate\t%s\n", r.Book, r.Number, r.Title, r.State)
	if r.State == release.Embargoed {
		con.printf("appears\t%s\n", r.Appears.Format(time.RFC3339))
	} else {
		con.printf("published\t%s\n", r.Published.Format(time.RFC3339))
	}
	con.printf("commit\t%s\nref\t%s\npublication\t%d\n", r.Commit, r.Ref, r.Publication)
	for _, c := range changes {
		by := ""
		if c.Actor != "" {
			by = " by " + c.Actor
		}
		con.printf("%s\t%s%s%s\n", c.At.Format(time.RFC3339), c.Kind, by, mark(c.Reason != "", c.Reason))
	}
	if r.BlockedBy != "" {
		con.printf("blocked by\t%s\n", r.BlockedBy)
	}
}
