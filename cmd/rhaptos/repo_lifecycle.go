package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/access"
)

// onRepository runs f on the repository at the path.
func (c *cli) onRepository(ctx context.Context, path string, f func(*env, *gitserver.Repository) error) error {
	return c.with(ctx, func(rec *env) error {
		repo, err := rec.repositories.LookupPath(ctx, path)
		if err != nil {
			return err
		}
		return f(rec, repo)
	})
}

// change runs f on the repository at the path and says what was done.
func (c *cli) change(ctx context.Context, con console, path, done string, f func(*env, *gitserver.Repository) error) error {
	return c.onRepository(ctx, path, func(rec *env, repo *gitserver.Repository) error {
		if err := f(rec, repo); err != nil {
			return err
		}
		con.printf("%s %s\n", repo.Path(), done)
		return nil
	})
}

type repoVisibilityCmd struct {
	Path    string `arg:"" name:"owner/name" help:"The repository."`
	Visible string `arg:"" name:"visibility" help:"public (anyone may read) or private (only accounts with a role)." enum:"public,private"`
}

func (r *repoVisibilityCmd) permission(*env) access.Permission {
	return access.OnRepository(r.Path, access.Administer)
}

func (r *repoVisibilityCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.change(ctx, con, r.Path, "is "+r.Visible, func(rec *env, repo *gitserver.Repository) error {
		return rec.repositories.SetPrivate(ctx, repo.ID, r.Visible == "private")
	})
}

type repoRenameCmd struct {
	Path string `arg:"" name:"owner/name" help:"The repository."`
	To   string `arg:"" name:"new-owner/new-name" help:"New owner and name."`
}

// permission leaves it to the admins of the server to change who owns a repository.
func (r *repoRenameCmd) permission(*env) access.Permission {
	from, _, _ := strings.Cut(r.Path, "/")
	if to, _, _ := strings.Cut(r.To, "/"); from != to {
		return access.ServerAdmins()
	}
	return access.OnRepository(r.Path, access.Administer)
}

func (r *repoRenameCmd) Run(ctx context.Context, c *cli, con console) error {
	owner, name, err := splitPath(r.To)
	if err != nil {
		return err
	}
	return c.change(ctx, con, r.Path, "is now "+r.To, func(rec *env, repo *gitserver.Repository) error {
		return rec.repositories.Rename(ctx, repo.ID, owner, name)
	})
}

type repoArchiveCmd struct {
	Path string `arg:"" name:"owner/name" help:"The repository."`
}

func (r *repoArchiveCmd) permission(*env) access.Permission {
	return access.OnRepository(r.Path, access.Administer)
}

func (r *repoArchiveCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.change(ctx, con, r.Path, "is archived", func(rec *env, repo *gitserver.Repository) error {
		return rec.repositories.SetArchived(ctx, repo.ID, true)
	})
}

type repoUnarchiveCmd struct {
	Path string `arg:"" name:"owner/name" help:"The repository."`
}

func (r *repoUnarchiveCmd) permission(*env) access.Permission {
	return access.OnRepository(r.Path, access.Administer)
}

func (r *repoUnarchiveCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.change(ctx, con, r.Path, "takes pushes again", func(rec *env, repo *gitserver.Repository) error {
		return rec.repositories.SetArchived(ctx, repo.ID, false)
	})
}

type repoDeleteCmd struct {
	Path    string `arg:"" name:"owner/name" help:"The repository."`
	Confirm string `required:"" help:"Repeat the owner and name to confirm." placeholder:"OWNER/NAME"`
}

func (r *repoDeleteCmd) permission(*env) access.Permission {
	return access.OnRepository(r.Path, access.Administer)
}

func (r *repoDeleteCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.change(ctx, con, r.Path, "is deleted; repo restore brings it back until the server removes it for good (serve --retention)",
		func(rec *env, repo *gitserver.Repository) error {
			// What an old name leads to is not deleted by that name.
			if r.Confirm != repo.Path() {
				return fmt.Errorf("not deleted: to confirm, add --confirm %s", repo.Path())
			}
			return rec.repositories.Delete(ctx, repo.ID)
		})
}

type repoRestoreCmd struct {
	Path string `arg:"" name:"owner/name" help:"The repository."`
}

func (r *repoRestoreCmd) permission(*env) access.Permission {
	owner, _, _ := strings.Cut(r.Path, "/")
	return access.OwnAccount(owner)
}

func (r *repoRestoreCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.with(ctx, func(rec *env) error {
		if err := rec.repositories.Restore(ctx, r.Path); err != nil {
			return err
		}
		con.printf("%s is restored\n", r.Path)
		return nil
	})
}

// listDeleted lists what the caller could restore.
func listDeleted(ctx context.Context, c *cli, rec *env, con console) error {
	list, err := rec.repositories.Deleted(ctx)
	if err != nil {
		return err
	}
	for _, d := range list {
		if c.principal != nil && access.OwnAccount(d.Owner)(ctx, rec.access, *c.principal) != nil {
			continue
		}
		con.printf("%s\tdeleted %s\n", d.Path(), d.At.Format(time.RFC3339))
	}
	return nil
}
