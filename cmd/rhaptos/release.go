package main

import (
	"context"
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
	List    releaseListCmd    `cmd:"" help:"List the releases of a repository."`
	Publish releasePublishCmd `cmd:"" help:"Publish a ref now."`

	PurgeExports purgeExportsCmd `cmd:"" help:"Drop the files that were made of releases to be carried away."`
}

type releaseListCmd struct {
	Path string `arg:"" name:"owner/name" help:"The repository."`
}

func (l *releaseListCmd) gate() gate { return forRepository(l.Path, access.Read) }

func (l *releaseListCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.with(ctx, func(rec *records) error {
		repo, err := rec.repositories.LookupPath(ctx, l.Path)
		if err != nil {
			return err
		}
		// Only rows are read here; the blobs are the server's.
		list, err := release.NewStore(rec.db, nil).Releases(ctx, repo.ID)
		if err != nil {
			return err
		}
		for _, r := range list {
			con.printf("%s@%s\t%s\t%s\t%s%s\n", r.Book, r.Number, r.Commit, r.Published.Format(time.RFC3339), r.Ref,
				mark(r.State != release.Current, string(r.State)))
		}
		return nil
	})
}

type releasePublishCmd struct {
	Path string `arg:"" name:"owner/name" help:"The repository."`
	Ref  string `arg:"" help:"Branch or tag, such as main or refs/tags/v2."`
}

func (p *releasePublishCmd) gate() gate { return forRepository(p.Path, access.PushPublished) }

// Run queues the publication; the running server, or the next one to start,
// carries it out.
func (p *releasePublishCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.with(ctx, func(rec *records) error {
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
			number, err = publish.Request(ctx, tx, publish.Publication{
				RepositoryID: repo.ID, Ref: ref.Name, Commit: commitOf(ref), Kind: publish.Release,
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

// findRef finds a ref by its full name, or a branch or tag by its short name.
func findRef(ctx context.Context, rec *records, q database.Queryer, repositoryID, name string) (gitserver.Ref, error) {
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
