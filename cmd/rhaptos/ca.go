package main

import (
	"context"
	"errors"
)

type caCmd struct {
	Add    caAddCmd    `cmd:"" help:"Accept SSH certificates signed by a certificate authority."`
	List   caListCmd   `cmd:"" help:"List the certificate authorities."`
	Remove caRemoveCmd `cmd:"" help:"Stop accepting certificates of a CA."`
	Revoke caRevokeCmd `cmd:"" help:"Revoke individual certificates of a CA."`
}

type caAddCmd struct {
	forServerAdmins

	Name string `arg:"" help:"Name for the CA on this server."`
	File string `arg:"" optional:"" default:"-" help:"File with the public SSH key of the CA; - or none: standard input."`
}

func (a *caAddCmd) Run(ctx context.Context, c *cli, con console) error {
	line, err := con.text(a.File)
	if err != nil {
		return err
	}
	return c.with(ctx, func(rec *env) error {
		authority, err := rec.access.AddAuthority(ctx, a.Name, line)
		if err != nil {
			return err
		}
		con.printf("added certificate authority %s %s\n", authority.Name, authority.Fingerprint)
		return nil
	})
}

type caListCmd struct{ forServerAdmins }

func (*caListCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.with(ctx, func(rec *env) error {
		all, err := rec.access.Authorities(ctx)
		if err != nil {
			return err
		}
		for _, a := range all {
			con.printf("%s\t%s\t%s\n", a.Name, a.Fingerprint, a.Line)
		}
		return nil
	})
}

type caRemoveCmd struct {
	forServerAdmins

	Name string `arg:"" help:"Name of the CA."`
}

func (a *caRemoveCmd) Run(ctx context.Context, c *cli) error {
	return c.with(ctx, func(rec *env) error { return rec.access.RemoveAuthority(ctx, a.Name) })
}

type caRevokeCmd struct {
	forServerAdmins

	Name   string   `arg:"" help:"Name of the CA."`
	Serial []uint64 `help:"Serial number of a certificate to revoke; repeatable." placeholder:"N"`
	Key    string   `help:"Revoke all certificates for the public SSH key in this file; -: standard input." placeholder:"FILE"`
}

// Run revokes all that it is given, from the next command of those concerned on.
func (a *caRevokeCmd) Run(ctx context.Context, c *cli, con console) error {
	if len(a.Serial) == 0 && a.Key == "" {
		return errors.New("specify the certificates with --serial N or --key FILE")
	}
	return c.with(ctx, func(rec *env) error {
		for _, serial := range a.Serial {
			if err := rec.access.RevokeSerial(ctx, a.Name, serial); err != nil {
				return err
			}
		}
		if a.Key == "" {
			return nil
		}
		line, err := con.text(a.Key)
		if err != nil {
			return err
		}
		return rec.access.RevokeKey(ctx, a.Name, line)
	})
}
