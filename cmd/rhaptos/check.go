package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"

	"github.com/rhaptos/rhaptos/gitserver/plaintext"
	"github.com/rhaptos/rhaptos/hooks"
	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/report"
)

type checkCmd struct {
	Target string `arg:"" optional:"" name:"dir|ref" help:"Folder to check (default: .). With --repo: branch, tag or commit id (default: HEAD)."`

	Repo        string `help:"Check a commit of this git repository." placeholder:"DIR" type:"existingdir" xor:"what"`
	Staged      bool   `help:"Check the staged files of the folder's git repository." xor:"what"`
	Base        string `help:"Ignore errors that this commit already has, as a push to a published branch does." placeholder:"REF"`
	Format      string `help:"Output format: text, json, sarif or github (annotations)." enum:"text,json,sarif,github" default:"text"`
	Fix         bool   `help:"Fix missing ids, media types and names of collection files in the folder." xor:"what,do"`
	InstallHook bool   `help:"Install a pre-push hook that runs this check before every push." xor:"what,do"`
	PrePush     string `help:"Run as git's pre-push hook for this remote." placeholder:"REMOTE" hidden:"" xor:"what,do"`

	cache analysis.Cache // kept from one commit to the next; nil in a single run
}

// Validate is called by kong.
func (k *checkCmd) Validate() error {
	switch {
	case k.Base != "" && k.Repo == "" && !k.Staged:
		return errors.New("--base needs --repo or --staged")
	case k.Repo != "":
		return nil
	}
	info, err := os.Stat(k.dir())
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is not a folder", k.dir())
	}
	return err
}

// dir is the folder that the command is about.
func (k *checkCmd) dir() string {
	switch {
	case k.Repo != "":
		return k.Repo
	case k.Target != "":
		return k.Target
	}
	return "."
}

// Run prints what is wrong, in the words and with the verdict of a push, and
// fails if an error is among it.
func (k *checkCmd) Run(ctx context.Context, con console) error {
	switch {
	case k.InstallHook:
		return installHook(ctx, k.dir(), con)
	case k.PrePush != "":
		return prePush(ctx, k.dir(), k.PrePush, con)
	case k.Fix:
		if err := fixFolder(ctx, k.dir(), con); err != nil {
			return err
		}
	}
	subject, err := k.open(ctx)
	if err != nil {
		return err
	}
	defer subject.close()
	return k.check(ctx, subject, con)
}

// subject is a tree to be judged.
type subject struct {
	tree   fs.FS
	skip   func(path string) bool // paths that belong to no commit; may be nil
	base   fs.FS                  // whose errors are left out of account; nil: none
	commit string                 // its id; empty if it is none
	close  func() error
}

func (k *checkCmd) check(ctx context.Context, s *subject, con console) error {
	found, err := hooks.CheckTree(ctx, s.tree, k.cache, s.skip)
	if err != nil {
		return err
	}
	if len(found.Formats) == 0 && !collection.HasErrors(found.Problems) {
		return fmt.Errorf("%s: no books found (a book is META-INF/books.xml or book.toml)", k.dir())
	}
	fresh, before := found.Problems, []collection.Problem(nil)
	if s.base != nil {
		old, err := hooks.CheckTree(ctx, s.base, k.cache, nil)
		if err != nil {
			return err
		}
		fresh, before = collection.DiffProblems(found.Problems, old.Problems)
	}
	ref := report.Of(fresh, before, math.MaxInt)
	ref.Commit = s.commit
	ref.Quote(s.tree, k.cache)
	for _, b := range found.Books {
		ref.Books = append(ref.Books, report.Book{Slug: b.Slug, Title: plaintext.Line(b.Title, 200)})
	}
	if err := k.write(con, &report.Report{Refs: []report.Ref{ref}}); err != nil {
		return err
	}
	if collection.HasErrors(fresh) {
		return errors.New("this cannot be published")
	}
	if k.Format == "text" {
		for _, b := range found.Books {
			con.printf("%s: can be published\n", b.Slug)
		}
	}
	return nil
}

func (k *checkCmd) write(con console, r *report.Report) error {
	switch k.Format {
	case "json":
		return r.WriteJSON(con.out)
	case "sarif":
		return r.WriteSARIF(con.out, report.Tool{Version: version})
	case "github":
		return r.WriteGitHub(con.out)
	}
	return r.WriteText(con.out)
}
