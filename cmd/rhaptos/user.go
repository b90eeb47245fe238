package main

import (
	"context"
	"fmt"

	"github.com/rhaptos/rhaptos/gitserver/access"
)

type userCmd struct {
	Add     userAddCmd     `cmd:"" help:"Add an account."`
	List    userListCmd    `cmd:"" help:"List the accounts."`
	Key     userKeyCmd     `cmd:"" help:"Manage the SSH keys of an account."`
	GPG     userGPGCmd     `cmd:"" name:"gpg" help:"Manage the OpenPGP keys with which an account signs pushes."`
	Disable userDisableCmd `cmd:"" help:"Disable an account immediately."`
	Enable  userEnableCmd  `cmd:"" help:"Enable a disabled account."`
	Promote userPromoteCmd `cmd:"" help:"Make an account a server admin."`
	Demote  userDemoteCmd  `cmd:"" help:"Remove an account's server admin role."`
}

type userAddCmd struct {
	forServerAdmins

	Name  string   `arg:"" help:"Name of the account."`
	Key   []string `help:"File with a public SSH key; -: standard input; repeatable." placeholder:"FILE"`
	Admin bool     `help:"Make the account a server admin."`
}

// Run adds the account only if all of its keys can be read.
func (u *userAddCmd) Run(ctx context.Context, c *cli, con console) error {
	var lines []string
	for _, path := range u.Key {
		line, err := con.text(path)
		if err != nil {
			return err
		}
		if _, _, err := access.ParseKey(line); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		lines = append(lines, line)
	}
	return c.with(ctx, func(r *env) error {
		if _, err := r.access.AddAccount(ctx, u.Name, u.Admin); err != nil {
			return err
		}
		con.printf("added account %s\n", u.Name)
		return addKeys(ctx, r, con, u.Name, lines)
	})
}

func addKeys(ctx context.Context, r *env, con console, name string, lines []string) error {
	for _, line := range lines {
		key, err := r.access.AddKey(ctx, name, line)
		if err != nil {
			return err
		}
		con.printf("added key %s\n", key.Fingerprint)
	}
	return nil
}

type userListCmd struct{ forServerAdmins }

func (*userListCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.with(ctx, func(r *env) error {
		accounts, err := r.access.Accounts(ctx)
		if err != nil {
			return err
		}
		for _, a := range accounts {
			con.printf("%s%s%s\n", a.Name, mark(a.Admin, "admin"), mark(a.Disabled, "disabled"))
		}
		return nil
	})
}

func mark(set bool, word string) string {
	if set {
		return "\t" + word
	}
	return ""
}

type userKeyCmd struct {
	Add    userKeyAddCmd    `cmd:"" help:"Add a key."`
	List   userKeyListCmd   `cmd:"" help:"List the keys."`
	Remove userKeyRemoveCmd `cmd:"" help:"Remove a key."`
}

type userKeyAddCmd struct {
	Name string `arg:"" help:"Name of the account."`
	File string `arg:"" optional:"" default:"-" help:"File with a public SSH key; - or none: standard input."`
}

func (u *userKeyAddCmd) permission(*env) access.Permission { return access.OwnAccount(u.Name) }

func (u *userKeyAddCmd) Run(ctx context.Context, c *cli, con console) error {
	line, err := con.text(u.File)
	if err != nil {
		return err
	}
	return c.with(ctx, func(r *env) error { return addKeys(ctx, r, con, u.Name, []string{line}) })
}

type userKeyListCmd struct {
	Name string `arg:"" help:"Name of the account."`
}

func (u *userKeyListCmd) permission(*env) access.Permission { return access.OwnAccount(u.Name) }

func (u *userKeyListCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.with(ctx, func(r *env) error {
		keys, err := r.access.Keys(ctx, u.Name)
		if err != nil {
			return err
		}
		for _, k := range keys {
			con.printf("%s\t%s\n", k.Fingerprint, k.Line)
		}
		return nil
	})
}

type userKeyRemoveCmd struct {
	Name        string `arg:"" help:"Name of the account."`
	Fingerprint string `arg:"" help:"Fingerprint of the key (SHA256:...)."`
}

func (u *userKeyRemoveCmd) permission(*env) access.Permission { return access.OwnAccount(u.Name) }

func (u *userKeyRemoveCmd) Run(ctx context.Context, c *cli) error {
	return c.with(ctx, func(r *env) error { return r.access.RemoveKey(ctx, u.Name, u.Fingerprint) })
}

type userDisableCmd struct {
	forServerAdmins

	Name string `arg:"" help:"Name of the account."`
}

func (u *userDisableCmd) Run(ctx context.Context, c *cli) error {
	return c.with(ctx, func(r *env) error { return r.access.Disable(ctx, u.Name) })
}

type userEnableCmd struct {
	forServerAdmins

	Name string `arg:"" help:"Name of the account."`
}

func (u *userEnableCmd) Run(ctx context.Context, c *cli) error {
	return c.with(ctx, func(r *env) error { return r.access.Enable(ctx, u.Name) })
}

type userPromoteCmd struct {
	forServerAdmins

	Name string `arg:"" help:"Name of the account."`
}

func (u *userPromoteCmd) Run(ctx context.Context, c *cli) error {
	return c.with(ctx, func(r *env) error { return r.access.Promote(ctx, u.Name) })
}

type userDemoteCmd struct {
	forServerAdmins

	Name string `arg:"" help:"Name of the account."`
}

func (u *userDemoteCmd) Run(ctx context.Context, c *cli) error {
	return c.with(ctx, func(r *env) error { return r.access.Demote(ctx, u.Name) })
}
