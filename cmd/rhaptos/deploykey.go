package main

import (
	"context"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/access"
)

type repoKeyCmd struct {
	Add    repoKeyAddCmd    `cmd:"" help:"Add a deploy key."`
	List   repoKeyListCmd   `cmd:"" help:"List the deploy keys."`
	Remove repoKeyRemoveCmd `cmd:"" help:"Remove a deploy key."`
}

type repoKeyAddCmd struct {
	Path  string `arg:"" name:"owner/name" help:"The repository."`
	File  string `arg:"" optional:"" default:"-" help:"File with a public SSH key; - or none: standard input."`
	Write bool   `help:"Allow pushes, including to published branches. Without it the key is read-only."`
}

func (k *repoKeyAddCmd) permission(*env) access.Permission {
	return access.OnRepository(k.Path, access.Administer)
}

func (k *repoKeyAddCmd) Run(ctx context.Context, c *cli, con console) error {
	line, err := con.text(k.File)
	if err != nil {
		return err
	}
	return c.onRepository(ctx, k.Path, func(rec *env, repo *gitserver.Repository) error {
		key, err := rec.access.AddDeployKey(ctx, repo.ID, line, k.Write)
		if err != nil {
			return err
		}
		con.printf("added deploy key %s\n", key.Fingerprint)
		return nil
	})
}

type repoKeyListCmd struct {
	Path string `arg:"" name:"owner/name" help:"The repository."`
}

func (k *repoKeyListCmd) permission(*env) access.Permission {
	return access.OnRepository(k.Path, access.Administer)
}

func (k *repoKeyListCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.onRepository(ctx, k.Path, func(rec *env, repo *gitserver.Repository) error {
		keys, err := rec.access.DeployKeys(ctx, repo.ID)
		if err != nil {
			return err
		}
		for _, key := range keys {
			con.printf("%s\t%s%s\n", key.Fingerprint, key.Line, mark(key.Write, "write"))
		}
		return nil
	})
}

type repoKeyRemoveCmd struct {
	Path        string `arg:"" name:"owner/name" help:"The repository."`
	Fingerprint string `arg:"" help:"Fingerprint of the key (SHA256:...)."`
}

func (k *repoKeyRemoveCmd) permission(*env) access.Permission {
	return access.OnRepository(k.Path, access.Administer)
}

func (k *repoKeyRemoveCmd) Run(ctx context.Context, c *cli) error {
	return c.onRepository(ctx, k.Path, func(rec *env, repo *gitserver.Repository) error {
		return rec.access.RemoveDeployKey(ctx, repo.ID, k.Fingerprint)
	})
}
