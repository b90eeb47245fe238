package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/alecthomas/kong"

	"github.com/rhaptos/rhaptos/gitserver/access"
	"github.com/rhaptos/rhaptos/gitserver/plaintext"
	"github.com/rhaptos/rhaptos/gitserver/ssh"
)

// verbs are the administration commands, the same at the command line of the
// machine and over SSH. Each has a permission that says who may use it there.
type verbs struct {
	User    userCmd    `cmd:"" help:"Manage accounts and their keys."`
	Token   tokenCmd   `cmd:"" help:"Manage tokens for git over HTTP."`
	CA      caCmd      `cmd:"" name:"ca" help:"Manage the SSH certificate authorities (CAs) to trust."`
	Repo    repoCmd    `cmd:"" help:"Manage repositories."`
	Grant   grantCmd   `cmd:"" help:"Manage permissions on repositories."`
	Release releaseCmd `cmd:"" help:"Manage releases of books."`

	Contribution contributionCmd `cmd:"" help:"Read, review and accept changes that are proposed to a repository."`
	Derive       deriveCmd       `cmd:"" help:"Create a repository of your own from a release of another one."`

	Webhook webhookCmd `cmd:"" help:"Manage webhooks, which deliver events to URLs."`
	Trigger triggerCmd `cmd:"" help:"Manage triggers, which let other programs request a publication."`
	Mirror  mirrorCmd  `cmd:"" help:"Manage mirrors of repositories on other servers."`
}

// caller says for whom a verb is carried out: at the machine, on the folder that the
// flags name, or for an account over SSH, inside the server.
type caller struct {
	env       *env              // of the server; nil at the machine
	principal *access.Principal // who asks over SSH; nil at the machine
}

// actor is the name of the account that asks over SSH; empty at the machine.
func (h caller) actor() string {
	if h.principal == nil {
		return ""
	}
	return h.principal.Name()
}

// may reports whether the caller may do the action on the repository at the path.
func (h caller) may(ctx context.Context, rec *env, path string, action access.Action) (bool, error) {
	if h.principal == nil {
		return true, nil
	}
	err := access.OnRepository(path, action)(ctx, rec.access, *h.principal)
	if errors.Is(err, access.ErrForbidden) || errors.Is(err, access.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// administer carries out a command line that came over SSH and returns the exit
// status: 0, 1, or 2 when the words are wrong.
func (r *env) administer(ctx context.Context, p access.Principal, words []string, in io.Reader, out, errOut io.Writer) int {
	if len(words) > 0 && words[0] == "help" {
		words = append(words[1:], "--help")
	}
	con := console{in: in, out: plainWriter{out}, err: plainWriter{errOut}, remote: true}
	var v verbs
	c := &cli{caller: caller{env: r, principal: &p}}
	return parseAndRun(ctx, &v, c, words, con, kong.Name(cmp.Or(r.sshCommand, ssh.Command(""))), kong.Description("Administer what is yours on this server."),
		kong.PostBuild(func(k *kong.Kong) error {
			hideForbidden(k.Model.Node, p)
			return nil
		}))
}

// parseAndRun reads words by the grammar and runs the verb that they name.
func parseAndRun(ctx context.Context, grammar any, c *cli, words []string, con console, options ...kong.Option) int {
	exited := -1
	parser, err := kong.New(grammar, append([]kong.Option{
		kong.Name("rhaptos"),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Writers(con.out, con.err),
		kong.Exit(func(code int) { exited = code }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(con),
	}, options...)...)
	if err != nil {
		fmt.Fprintln(con.err, "rhaptos:", err)
		return 2
	}
	command, err := parser.Parse(words)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		fmt.Fprintln(con.err, "rhaptos:", err)
		var wrong *kong.ParseError
		if errors.As(err, &wrong) {
			parser.Stdout = con.err
			_ = kong.DefaultShortHelpPrinter(kong.HelpOptions{}, wrong.Context)
		}
		return 2
	}
	if err := c.permit(ctx, command); err != nil {
		fmt.Fprintln(con.err, "rhaptos:", err)
		return 1
	}
	if err := command.Run(c); err != nil {
		fmt.Fprintln(con.err, "rhaptos:", err)
		var own exitStatus
		if errors.As(err, &own) {
			return own.status
		}
		return 1
	}
	return 0
}

// permit checks the permission of the command that a command line names.
func (c *cli) permit(ctx context.Context, command *kong.Context) error {
	if c.principal == nil {
		return nil
	}
	verb, ok := command.Selected().Target.Addr().Interface().(restricted)
	if !ok {
		return fmt.Errorf("%s cannot be used over SSH", command.Command())
	}
	return verb.permission(c.env)(ctx, c.env.access, *c.principal)
}

// plainWriter writes text so that no terminal takes a part of it for a command: names
// and messages in it may come from anybody. What is written at once must be whole
// characters.
type plainWriter struct{ w io.Writer }

// Write implements [io.Writer].
func (e plainWriter) Write(p []byte) (int, error) {
	safe := plaintext.Text(string(p))
	if _, err := io.WriteString(e.w, safe); err != nil {
		return 0, err
	}
	return len(p), nil
}
