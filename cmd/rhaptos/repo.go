package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/access"
	"github.com/rhaptos/rhaptos/publish"
)

type repoCmd struct {
	Create     repoCreateCmd     `cmd:"" help:"Create an empty repository."`
	List       repoListCmd       `cmd:"" help:"List the repositories."`
	Show       repoShowCmd       `cmd:"" help:"Show a repository: refs, permissions, latest publications."`
	Visibility repoVisibilityCmd `cmd:"" help:"Make a repository public or private."`
	Rename     repoRenameCmd     `cmd:"" help:"Rename a repository. The old address redirects to the new one."`
	Archive    repoArchiveCmd    `cmd:"" help:"Make a repository read-only."`
	Unarchive  repoUnarchiveCmd  `cmd:"" help:"Accept pushes again."`
	Delete     repoDeleteCmd     `cmd:"" help:"Delete a repository. It can be restored until --retention has passed."`
	Restore    repoRestoreCmd    `cmd:"" help:"Restore a deleted repository."`
	Key        repoKeyCmd        `cmd:"" help:"Manage deploy keys: SSH keys for one repository."`
}

type repoCreateCmd struct {
	Path    string `arg:"" name:"owner/name" help:"Repository to create."`
	Private bool   `help:"Restrict reading to accounts with a role."`
}

// permission lets an account make repositories of its own.
func (r *repoCreateCmd) permission(*env) access.Permission {
	owner, _, _ := strings.Cut(r.Path, "/")
	return access.OwnAccount(owner)
}

func (r *repoCreateCmd) Run(ctx context.Context, c *cli, con console) error {
	owner, name, err := splitPath(r.Path)
	if err != nil {
		return err
	}
	return c.with(ctx, func(rec *env) error {
		repo, err := rec.repositories.Create(ctx, owner, name, r.Private)
		if err != nil {
			return err
		}
		con.printf("created %s\n", repo.Path())
		return nil
	})
}

func splitPath(path string) (owner, name string, err error) {
	owner, name, ok := strings.Cut(path, "/")
	if !ok {
		return "", "", fmt.Errorf("name the repository as OWNER/NAME, not %q", path)
	}
	return owner, name, nil
}

type repoListCmd struct {
	Deleted bool `help:"List deleted repositories that can still be restored."`
}

func (*repoListCmd) permission(*env) access.Permission { return access.AnyAccount() }

func (l *repoListCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.with(ctx, func(rec *env) error {
		if l.Deleted {
			return listDeleted(ctx, c, rec, con)
		}
		list, err := rec.repositories.List(ctx)
		if err != nil {
			return err
		}
		for _, repo := range list {
			if may, err := c.may(ctx, rec, repo.Path(), access.Read); err != nil {
				return err
			} else if may {
				con.printf("%s%s\n", repo.Path(), marks(repo))
			}
		}
		return nil
	})
}

func marks(repo *gitserver.Repository) string {
	return mark(repo.Private, "private") + mark(repo.Archived, "archived")
}

type repoShowCmd struct {
	Path string `arg:"" name:"owner/name" help:"The repository."`
}

func (r *repoShowCmd) permission(*env) access.Permission {
	return access.OnRepository(r.Path, access.Read)
}

// refsShown is how many refs of a repository are listed.
const refsShown = 100

func (r *repoShowCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.with(ctx, func(rec *env) error {
		repo, err := rec.repositories.LookupPath(ctx, r.Path)
		if err != nil {
			return err
		}
		repo, refs, err := rec.repositories.Refs(ctx, repo.ID)
		if err != nil {
			return err
		}
		refs = slices.DeleteFunc(slices.Clone(refs), func(r gitserver.Ref) bool { return strings.HasPrefix(r.Name, gitserver.ContributionPrefix) })
		size, err := rec.repositories.Size(ctx, repo.ID)
		if err != nil {
			return err
		}
		con.printf("%s%s\nHEAD %s\nversion %d\n%d bytes in packs\n%d refs\n", repo.Path(), marks(repo), repo.Head, repo.Version, size, len(refs))
		for _, ref := range refs[:min(refsShown, len(refs))] {
			con.printf("%s %s\n", ref.Target, ref.Name)
		}
		if more := len(refs) - refsShown; more > 0 {
			con.printf("and %d more refs: git ls-remote lists all\n", more)
		}
		// Roles, and the options of pushes, are not every reader's business.
		if may, err := c.may(ctx, rec, repo.Path(), access.Administer); err != nil {
			return err
		} else if may {
			if err := errors.Join(showGrants(ctx, rec, con, repo), showPushes(ctx, rec, con, repo.ID)); err != nil {
				return err
			}
		}
		may, err := c.may(ctx, rec, repo.Path(), access.PushDraft)
		if err != nil {
			return err
		}
		return showPublications(ctx, rec, con, repo.ID, may)
	})
}

func showGrants(ctx context.Context, rec *env, con console, repo *gitserver.Repository) error {
	grants, err := rec.access.Grants(ctx, repo.ID)
	if err != nil {
		return err
	}
	for _, g := range grants {
		con.printf("%s is %s\n", g.Account, g.Role)
	}
	return nil
}

// showPublications prints the latest publications. Those whose releases have not
// appeared are for those who may push.
func showPublications(ctx context.Context, rec *env, con console, id string, embargoed bool) error {
	const latest = 10
	list, err := publish.Publications(ctx, rec.db, id, latest)
	if err != nil {
		return err
	}
	if !embargoed {
		if list, err = publish.Public(ctx, rec.db, id, list, time.Now()); err != nil {
			return err
		}
	}
	for _, p := range list {
		con.printf("publication %d: %s of %s, %s\n", p.Number, p.Kind, p.Ref, p.State)
		for line := range strings.Lines(p.Report) {
			con.printf("    %s\n", strings.TrimRight(line, "\n"))
		}
	}
	return nil
}
