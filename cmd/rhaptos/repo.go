package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/rhaptos/rhaptos/gitserver/access"
	"github.com/rhaptos/rhaptos/publish"
)

type repoCmd struct {
	Create repoCreateCmd `cmd:"" help:"Make an empty repository."`
	List   repoListCmd   `cmd:"" help:"List the repositories."`
	Show   repoShowCmd   `cmd:"" help:"Show a repository: its refs, who may what, and its latest publications."`
}

type repoCreateCmd struct {
	Path    string `arg:"" name:"owner/name" help:"Owner and name, as in the URL."`
	Private bool   `help:"Readable only for those who were given a role."`
}

func (r *repoCreateCmd) Run(ctx context.Context, c *cli, con console) error {
	owner, name, err := splitPath(r.Path)
	if err != nil {
		return err
	}
	return c.with(ctx, func(rec *records) error {
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

type repoListCmd struct{}

func (*repoListCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.with(ctx, func(rec *records) error {
		list, err := rec.repositories.List(ctx)
		if err != nil {
			return err
		}
		for _, repo := range list {
			con.printf("%s%s\n", repo.Path(), mark(repo.Private, "private"))
		}
		return nil
	})
}

type repoShowCmd struct {
	Path string `arg:"" name:"owner/name" help:"Owner and name."`
}

func (r *repoShowCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.with(ctx, func(rec *records) error {
		repo, err := rec.repositories.LookupPath(ctx, r.Path)
		if err != nil {
			return err
		}
		repo, refs, err := rec.repositories.Refs(ctx, repo.ID)
		if err != nil {
			return err
		}
		con.printf("%s%s\nHEAD %s\n", repo.Path(), mark(repo.Private, "private"), repo.Head)
		for _, ref := range refs {
			con.printf("%s %s\n", ref.Target, ref.Name)
		}
		if err := showGrants(ctx, rec, con, repo.ID); err != nil {
			return err
		}
		if err := showPushes(ctx, rec, con, repo.ID); err != nil {
			return err
		}
		return showPublications(ctx, rec, con, repo.ID)
	})
}

func showGrants(ctx context.Context, rec *records, con console, id string) error {
	grants, err := rec.access.Grants(ctx, id)
	if err != nil {
		return err
	}
	for _, g := range grants {
		con.printf("%s is %s\n", g.Account, g.Role)
	}
	return nil
}

func showPublications(ctx context.Context, rec *records, con console, id string) error {
	const latest = 10
	list, err := publish.Publications(ctx, rec.db, id, latest)
	if err != nil {
		return err
	}
	for _, p := range list {
		con.printf("publication %d: %s of %s, %s\n", p.Number, p.Kind, p.Ref, p.State)
		for line := range strings.Lines(p.Report) {
			con.printf("    %s\n", strings.TrimRight(line, "\n"))
		}
	}
	return nil
}

type grantCmd struct {
	Path string `arg:"" name:"owner/name" help:"The repository."`
	Name string `arg:"" help:"The account."`
	Role string `arg:"" help:"reader, author (may push drafts), editor (may push published branches), admin, or none." enum:"reader,author,editor,admin,none"`
}

func (g *grantCmd) Run(ctx context.Context, c *cli, con console) error {
	role, err := access.ParseRole(g.Role)
	if err != nil {
		return err
	}
	return c.with(ctx, func(rec *records) error {
		repo, err := rec.repositories.LookupPath(ctx, g.Path)
		if err != nil {
			return err
		}
		if err := rec.access.Grant(ctx, repo.ID, g.Name, role); err != nil {
			return err
		}
		con.printf("%s is %s of %s\n", g.Name, role, repo.Path())
		return nil
	})
}
