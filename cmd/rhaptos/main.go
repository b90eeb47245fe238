// Command rhaptos is a git server for books: see the README.
//
// The files of this package are the program's subcommands, one file each, with
// flags, help texts and output. serve.go builds the parts of the server in the
// order in which they need each other, and passes them on in their Config; the
// parts themselves are in the packages that they come from. The package is large
// because there are some sixty commands; they share only cli, env and console.
package main

import (
	"context"
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
	Data     string           `help:"Data folder." default:"./data" type:"path"`
	Database string           `help:"PostgreSQL database: postgres://USER@HOST/DATABASE. Default: SQLite in the data folder." placeholder:"URL"`
	Blobs    string           `help:"Folder of packs and published files, common to all servers of a database. Default: blobs in the data folder." type:"path" placeholder:"DIR"`
	Config   kong.ConfigFlag  `help:"TOML file with default values for flags." placeholder:"FILE"`
	Version  kong.VersionFlag `help:"Print the version."`

	bucketFlags `embed:""`

	Serve   serveCmd `cmd:"" help:"Run the server: git over HTTP and SSH, publication, web pages."`
	verbs   `embed:""`
	Search  searchCmd  `cmd:"" help:"Maintain the full-text index."`
	Fsck    fsckCmd    `cmd:"" help:"Verify that every referenced object exists and is intact."`
	Migrate migrateCmd `cmd:"" help:"Move a library from a data folder to PostgreSQL, and its blobs to a bucket or a common folder."`
	Check   checkCmd   `cmd:"" help:"Check a folder or a commit as a push would."`
	Merge   mergeCmd   `cmd:"" help:"Merge three versions of a file of a book, also as git's merge driver."`
	Build   buildCmd   `cmd:"" help:"Build or preview the pages of a folder for proofreading."`
	Probe   probeCmd   `cmd:"" help:"Test an HTTP server against the decision diagram."`

	caller
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], console{in: os.Stdin, out: os.Stdout, err: os.Stderr})
	stop()
	os.Exit(code)
}

// run carries out one command line and returns the exit status: 0 when it went
// well, 1 or what the command says when it did not, 2 when the words are wrong.
func run(ctx context.Context, args []string, con console) int {
	var c cli
	con.err = plainWriter{con.err} // errors quote names and files of anybody
	return parseAndRun(ctx, &c, &c, args, con,
		kong.Description("A git server for books."),
		kong.DefaultEnvars("RHAPTOS"),
		kong.Configuration(tomlSettings),
		kong.Vars{"version": "rhaptos " + version},
	)
}
