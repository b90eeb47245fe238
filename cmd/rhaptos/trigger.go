package main

import (
	"context"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/access"
	"github.com/rhaptos/rhaptos/publish/webhook"
)

type triggerCmd struct {
	Add    triggerAddCmd    `cmd:"" help:"Add a trigger at /-/hooks/NAME and print its secret, which is shown only once."`
	Rotate triggerRotateCmd `cmd:"" help:"Rotate a trigger's secret and print the new one."`
	List   triggerListCmd   `cmd:"" help:"List the triggers."`
	Remove triggerRemoveCmd `cmd:"" help:"Remove a trigger."`
}

type triggerAddCmd struct {
	Name        string `arg:"" help:"Name of the trigger, part of its URL."`
	Repo        string `help:"Repository to publish." placeholder:"OWNER/NAME" required:""`
	SecretStdin bool   `help:"Read the secret from standard input instead of generating it."`
	Ref         string `help:"Ref to publish: a branch or a full name. Default: any published branch." placeholder:"REF"`
}

func (t *triggerAddCmd) permission(*env) access.Permission {
	return access.OnRepository(t.Repo, access.Administer)
}

func (t *triggerAddCmd) Run(ctx context.Context, c *cli, con console) error {
	if t.Ref != "" && !strings.HasPrefix(t.Ref, "refs/") {
		t.Ref = "refs/heads/" + t.Ref
	}
	given, err := con.secret(t.SecretStdin)
	if err != nil {
		return err
	}
	return c.with(ctx, func(rec *env) error {
		repo, err := rec.repositories.LookupPath(ctx, t.Repo)
		if err != nil {
			return err
		}
		secret, err := webhook.NewTriggers(rec.db).Add(ctx, t.Name, repo.ID, t.Ref, given)
		if err != nil {
			return err
		}
		if given == "" {
			con.printf("%s\n", secret)
		}
		return nil
	})
}

type triggerListCmd struct{}

func (*triggerListCmd) permission(*env) access.Permission { return access.AnyAccount() }

func (*triggerListCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.with(ctx, func(rec *env) error {
		list, err := webhook.NewTriggers(rec.db).List(ctx)
		if err != nil {
			return err
		}
		for _, t := range list {
			path, err := rec.pathOf(ctx, t.RepositoryID)
			if err != nil {
				return err
			}
			if may, err := c.mayAnnounce(ctx, rec, t.RepositoryID, path); err != nil {
				return err
			} else if !may {
				continue
			}
			con.printf("%s\t%s%s\n", t.Name, path, mark(t.Ref != "", t.Ref))
		}
		return nil
	})
}

type triggerRemoveCmd struct {
	Name string `arg:"" help:"Name of the trigger."`
}

func (t *triggerRemoveCmd) permission(rec *env) access.Permission {
	return access.OnOwner(rec.owner(func(ctx context.Context) (string, error) {
		return webhook.NewTriggers(rec.db).RepositoryOf(ctx, t.Name)
	}), access.Administer)
}

func (t *triggerRemoveCmd) Run(ctx context.Context, c *cli) error {
	return c.with(ctx, func(rec *env) error { return webhook.NewTriggers(rec.db).Remove(ctx, t.Name) })
}

type triggerRotateCmd struct {
	Name        string        `arg:"" help:"Name of the trigger."`
	Grace       time.Duration `help:"Time for which the old secret remains valid." default:"24h"`
	SecretStdin bool          `help:"Read the new secret from standard input instead of generating it."`
}

func (t *triggerRotateCmd) permission(rec *env) access.Permission {
	return (&triggerRemoveCmd{Name: t.Name}).permission(rec)
}

func (t *triggerRotateCmd) Run(ctx context.Context, c *cli, con console) error {
	given, err := con.secret(t.SecretStdin)
	if err != nil {
		return err
	}
	return c.with(ctx, func(rec *env) error {
		secret, err := webhook.NewTriggers(rec.db).Rotate(ctx, t.Name, given, t.Grace)
		if err == nil && given == "" {
			con.printf("%s\n", secret)
		}
		return err
	})
}
