package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/access"
)

type userCmd struct {
	Add     userAddCmd     `cmd:"" help:"Add an account."`
	List    userListCmd    `cmd:"" help:"List the accounts."`
	Key     userKeyCmd     `cmd:"" help:"SSH keys of an account."`
	Disable userDisableCmd `cmd:"" help:"Lock an account out."`
	Enable  userEnableCmd  `cmd:"" help:"Let an account in again."`
}

type userAddCmd struct {
	Name  string   `arg:"" help:"Name of the account."`
	Key   []string `help:"File with a public SSH key; may be given several times." placeholder:"FILE"`
	Admin bool     `help:"May do everything."`
}

func (u *userAddCmd) Run(ctx context.Context, c *cli, con console) error {
	var lines []string
	for _, path := range u.Key {
		line, err := readKey(path)
		if err != nil {
			return err
		}
		if _, _, err := access.ParseKey(line); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		lines = append(lines, line)
	}
	return c.with(ctx, func(r *records) error {
		if _, err := r.access.AddAccount(ctx, u.Name, u.Admin); err != nil {
			return err
		}
		con.printf("added account %s\n", u.Name)
		return addKeys(ctx, r, con, u.Name, lines)
	})
}

func addKeys(ctx context.Context, r *records, con console, name string, lines []string) error {
	for _, line := range lines {
		key, err := r.access.AddKey(ctx, name, line)
		if err != nil {
			return err
		}
		con.printf("added key %s\n", key.Fingerprint)
	}
	return nil
}

// readKey reads the one line of a public key file.
func readKey(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("key: %w", err)
	}
	return strings.TrimSpace(string(data)), nil
}

type userListCmd struct{}

func (*userListCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.with(ctx, func(r *records) error {
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
	File string `arg:"" help:"File with a public SSH key."`
}

func (u *userKeyAddCmd) Run(ctx context.Context, c *cli, con console) error {
	line, err := readKey(u.File)
	if err != nil {
		return err
	}
	return c.with(ctx, func(r *records) error { return addKeys(ctx, r, con, u.Name, []string{line}) })
}

type userKeyListCmd struct {
	Name string `arg:"" help:"Name of the account."`
}

func (u *userKeyListCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.with(ctx, func(r *records) error {
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
	Fingerprint string `arg:"" help:"The key's fingerprint, SHA256:..."`
}

func (u *userKeyRemoveCmd) Run(ctx context.Context, c *cli) error {
	return c.with(ctx, func(r *records) error { return r.access.RemoveKey(ctx, u.Name, u.Fingerprint) })
}

type userDisableCmd struct {
	Name string `arg:"" help:"Name of the account."`
}

func (u *userDisableCmd) Run(ctx context.Context, c *cli) error {
	return c.with(ctx, func(r *records) error { return r.access.Disable(ctx, u.Name) })
}

type userEnableCmd struct {
	Name string `arg:"" help:"Name of the account."`
}

func (u *userEnableCmd) Run(ctx context.Context, c *cli) error {
	return c.with(ctx, func(r *records) error { return r.access.Enable(ctx, u.Name) })
}

type tokenCmd struct {
	Create tokenCreateCmd `cmd:"" help:"Make a token and print it; it is shown only once."`
	List   tokenListCmd   `cmd:"" help:"List the tokens of an account."`
	Revoke tokenRevokeCmd `cmd:"" help:"Make a token useless."`
}

type tokenCreateCmd struct {
	Name    string `arg:"" help:"Name of the account."`
	Scope   string `help:"What it may be used for: read, write or admin." default:"write" enum:"read,write,admin"`
	Expires string `help:"How long it is good for, in days (90d) or hours (12h); 0 for ever." default:"90d"`
}

func (t *tokenCreateCmd) Run(ctx context.Context, c *cli, con console) error {
	scope, err := access.ParseScope(t.Scope)
	if err != nil {
		return err
	}
	expires, err := parseAge(t.Expires)
	if err != nil {
		return err
	}
	return c.with(ctx, func(r *records) error {
		token, err := r.access.CreateToken(ctx, t.Name, scope, expires)
		if err != nil {
			return err
		}
		con.printf("%s\n", token)
		return nil
	})
}

// parseAge reads a length of time as Go writes it, or in days: 90d.
func parseAge(s string) (time.Duration, error) {
	if s == "0" {
		return 0, nil
	}
	var days int
	if n, err := fmt.Sscanf(s, "%dd", &days); err == nil && n == 1 && s == fmt.Sprintf("%dd", days) && days > 0 && days <= 36500 {
		return time.Duration(days) * 24 * time.Hour, nil
	}
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("%q is not a length of time such as 90d or 12h", s)
	}
	return d, nil
}

type tokenListCmd struct {
	Name string `arg:"" help:"Name of the account."`
}

func (t *tokenListCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.with(ctx, func(r *records) error {
		tokens, err := r.access.Tokens(ctx, t.Name)
		if err != nil {
			return err
		}
		for _, k := range tokens {
			con.printf("%s\t%s\tcreated %s%s%s\n", k.ID, k.Scope, day(k.Created),
				mark(!k.Expires.IsZero(), "expires "+day(k.Expires)), mark(!k.Revoked.IsZero(), "revoked "+day(k.Revoked)))
		}
		return nil
	})
}

func day(t time.Time) string { return t.Format(time.DateOnly) }

type tokenRevokeCmd struct {
	ID string `arg:"" help:"The token's id, from token list."`
}

func (t *tokenRevokeCmd) Run(ctx context.Context, c *cli) error {
	return c.with(ctx, func(r *records) error { return r.access.RevokeToken(ctx, t.ID) })
}
