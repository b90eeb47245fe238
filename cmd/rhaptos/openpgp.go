package main

import (
	"context"

	"github.com/rhaptos/rhaptos/gitserver/access"
)

type userGPGCmd struct {
	Add    userGPGAddCmd    `cmd:"" help:"Add a key."`
	List   userGPGListCmd   `cmd:"" help:"List the keys."`
	Remove userGPGRemoveCmd `cmd:"" help:"Remove a key."`
}

type userGPGAddCmd struct {
	Name string `arg:"" help:"Name of the account."`
	File string `arg:"" optional:"" default:"-" help:"File with a public key, as gpg --armor --export prints it; - or none: standard input."`
}

func (u *userGPGAddCmd) permission(*env) access.Permission { return access.OwnAccount(u.Name) }

func (u *userGPGAddCmd) Run(ctx context.Context, c *cli, con console) error {
	text, err := con.text(u.File)
	if err != nil {
		return err
	}
	return c.with(ctx, func(r *env) error {
		key, err := r.access.AddOpenPGPKey(ctx, u.Name, text)
		if err != nil {
			return err
		}
		con.printf("added key %s\n", key.Fingerprint)
		return nil
	})
}

type userGPGListCmd struct {
	Name string `arg:"" help:"Name of the account."`
}

func (u *userGPGListCmd) permission(*env) access.Permission { return access.OwnAccount(u.Name) }

func (u *userGPGListCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.with(ctx, func(r *env) error {
		keys, err := r.access.OpenPGPKeys(ctx, u.Name)
		if err != nil {
			return err
		}
		for _, k := range keys {
			con.printf("%s\t%s\n", k.Fingerprint, k.Identity)
		}
		return nil
	})
}

type userGPGRemoveCmd struct {
	Name        string `arg:"" help:"Name of the account."`
	Fingerprint string `arg:"" help:"Fingerprint of the key, as gpg shows it."`
}

func (u *userGPGRemoveCmd) permission(*env) access.Permission { return access.OwnAccount(u.Name) }

func (u *userGPGRemoveCmd) Run(ctx context.Context, c *cli) error {
	return c.with(ctx, func(r *env) error { return r.access.RemoveOpenPGPKey(ctx, u.Name, u.Fingerprint) })
}
