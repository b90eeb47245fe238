package main

import (
	"context"
	"fmt"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/access"
)

type tokenCmd struct {
	Create tokenCreateCmd `cmd:"" help:"Create a token and print it. It is shown only once."`
	List   tokenListCmd   `cmd:"" help:"List the tokens of an account."`
	Revoke tokenRevokeCmd `cmd:"" help:"Revoke a token."`
}

type tokenCreateCmd struct {
	Name    string `arg:"" help:"Name of the account."`
	Scope   string `help:"Scope: read, write or admin." default:"write" enum:"read,write,admin"`
	Expires string `help:"Lifetime in days (90d) or hours (12h); 0: no expiry." default:"90d"`
}

func (t *tokenCreateCmd) permission(*env) access.Permission { return access.OwnAccount(t.Name) }

func (t *tokenCreateCmd) Run(ctx context.Context, c *cli, con console) error {
	scope, err := access.ParseScope(t.Scope)
	if err != nil {
		return err
	}
	expires, err := parseAge(t.Expires)
	if err != nil {
		return err
	}
	return c.with(ctx, func(r *env) error {
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
		return 0, fmt.Errorf("%q is not a duration such as 90d or 12h", s)
	}
	return d, nil
}

type tokenListCmd struct {
	Name string `arg:"" help:"Name of the account."`
}

func (t *tokenListCmd) permission(*env) access.Permission { return access.OwnAccount(t.Name) }

func (t *tokenListCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.with(ctx, func(r *env) error {
		tokens, err := r.access.Tokens(ctx, t.Name)
		if err != nil {
			return err
		}
		for _, k := range tokens {
			con.printf("%s\t%s\tcreated %s%s%s%s\n", k.ID, k.Scope, day(k.Created),
				mark(!k.Expires.IsZero(), "expires "+day(k.Expires)), mark(!k.Revoked.IsZero(), "revoked "+day(k.Revoked)),
				mark(!k.Used.IsZero(), "used "+day(k.Used)))
		}
		return nil
	})
}

func day(t time.Time) string { return t.Format(time.DateOnly) }

type tokenRevokeCmd struct {
	ID string `arg:"" help:"Id of the token, from token list. With -, read the id or the token itself from standard input."`
}

// permission lets in whose token it is. Which one is on standard input is not known
// before it is read, so that form is for admins.
func (t *tokenRevokeCmd) permission(*env) access.Permission {
	return func(ctx context.Context, a *access.Access, p access.Principal) error {
		if t.ID == "-" || p.ServerAdmin() {
			return access.ServerAdmins()(ctx, a, p)
		}
		owner, err := a.TokenOwner(ctx, t.ID)
		if err != nil {
			return err
		}
		return access.OwnAccount(owner)(ctx, a, p)
	}
}

func (t *tokenRevokeCmd) Run(ctx context.Context, c *cli, con console) error {
	id := t.ID
	if id == "-" {
		var err error
		if id, err = con.text("-"); err != nil {
			return err
		}
	}
	return c.with(ctx, func(r *env) error { return r.access.RevokeToken(ctx, id) })
}
