package main

import (
	"context"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/access"
)

type grantCmd struct {
	Add    grantAddCmd    `cmd:"" default:"withargs" help:"Grant an account a role on a repository."`
	List   grantListCmd   `cmd:"" help:"List the roles granted on a repository."`
	Revoke grantRevokeCmd `cmd:"" help:"Revoke an account's role."`
}

type grantAddCmd struct {
	Path string `arg:"" name:"owner/name" help:"The repository."`
	Name string `arg:"" help:"The account."`
	Role string `arg:"" help:"Role: reader, author (may push drafts), editor (may push published branches), admin, or none." enum:"reader,author,editor,admin,none"`
}

func (g *grantAddCmd) permission(*env) access.Permission {
	return access.OnRepository(g.Path, access.Administer)
}

func (g *grantAddCmd) Run(ctx context.Context, c *cli, con console) error {
	role, err := access.ParseRole(g.Role)
	if err != nil {
		return err
	}
	return c.grant(ctx, con, g.Path, g.Name, role)
}

// grant gives an account a role on the repository at the path.
func (c *cli) grant(ctx context.Context, con console, path, name string, role access.Role) error {
	return c.onRepository(ctx, path, func(rec *env, repo *gitserver.Repository) error {
		if err := rec.access.Grant(ctx, repo.ID, name, role); err != nil {
			return err
		}
		con.printf("%s is %s of %s\n", name, role, repo.Path())
		return nil
	})
}

type grantListCmd struct {
	Path string `arg:"" name:"owner/name" help:"The repository."`
}

func (g *grantListCmd) permission(*env) access.Permission {
	return access.OnRepository(g.Path, access.Administer)
}

func (g *grantListCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.onRepository(ctx, g.Path, func(rec *env, repo *gitserver.Repository) error {
		return showGrants(ctx, rec, con, repo)
	})
}

type grantRevokeCmd struct {
	Path string `arg:"" name:"owner/name" help:"The repository."`
	Name string `arg:"" help:"The account."`
}

func (g *grantRevokeCmd) permission(*env) access.Permission {
	return access.OnRepository(g.Path, access.Administer)
}

func (g *grantRevokeCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.grant(ctx, con, g.Path, g.Name, access.RoleNone)
}
