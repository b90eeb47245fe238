// Command rhaptos is a git server for books: see the README.
//
// The files of this package are the program's subcommands. They build the
// parts in order and pass them on as arguments; what the parts do is theirs.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// version is set at link time.
var version = "dev"

// cli is the command line. Every flag is also an environment variable
// RHAPTOS_NAME and a key of the TOML file that --config names, in that order
// of precedence.
type cli struct {
	Data    string           `help:"Folder that holds everything." default:"./data" type:"path"`
	Config  kong.ConfigFlag  `help:"TOML file with settings." placeholder:"FILE"`
	Version kong.VersionFlag `help:"Print the version."`

	Serve   serveCmd   `cmd:"" help:"Serve git over HTTP and SSH, publish what is pushed, and show it."`
	User    userCmd    `cmd:"" help:"Accounts and their SSH keys."`
	Token   tokenCmd   `cmd:"" help:"Tokens for git over HTTP."`
	Repo    repoCmd    `cmd:"" help:"Repositories."`
	Grant   grantCmd   `cmd:"" help:"Give an account a role on a repository."`
	Release releaseCmd `cmd:"" help:"Releases of books."`
	Webhook webhookCmd `cmd:"" help:"Who is told of releases."`
	Trigger triggerCmd `cmd:"" help:"Addresses where others ask for a publication."`
	Check   checkCmd   `cmd:"" help:"Judge a folder as a push of it would be judged."`
}

// console is where a subcommand reads and writes.
type console struct {
	in  io.Reader
	out io.Writer
	err io.Writer
}

func (c console) printf(format string, args ...any) { fmt.Fprintf(c.out, format, args...) }

func (c console) errorf(format string, args ...any) { fmt.Fprintf(c.err, format, args...) }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], console{in: os.Stdin, out: os.Stdout, err: os.Stderr})
	stop()
	os.Exit(code)
}

// run carries out one command line and returns the exit status: 0 when it went
// well, 1 when it did not, 2 when the words are wrong.
func run(ctx context.Context, args []string, con console) int {
	var c cli
	exited := -1
	parser, err := kong.New(&c,
		kong.Name("rhaptos"),
		kong.Description("A git server for books."),
		kong.DefaultEnvars("RHAPTOS"),
		kong.Configuration(tomlSettings),
		kong.Vars{"version": "rhaptos " + version},
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Writers(con.out, con.err),
		kong.Exit(func(code int) { exited = code }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(con),
	)
	if err != nil {
		fmt.Fprintln(con.err, "rhaptos:", err)
		return 2
	}
	command, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		fmt.Fprintln(con.err, "rhaptos:", err)
		return 2
	}
	if err := command.Run(&c); err != nil {
		fmt.Fprintln(con.err, "rhaptos:", err)
		return 1
	}
	return 0
}
