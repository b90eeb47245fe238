package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/rhaptos/rhaptos/hooks"
	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/site"
	"github.com/rhaptos/rhaptos/publish/theme"
)

type buildCmd struct {
	Dir   string      `arg:"" optional:"" help:"Folder with the books." default:"." type:"existingdir"`
	Out   string      `help:"Write the pages to this folder. Open its index.html in a browser; no server is needed." placeholder:"DIR" type:"path"`
	Serve addressFlag `help:"Serve a live preview at http://127.0.0.1:4000, or at the given address. Saved changes appear at once." placeholder:"[=ADDR]"`
	Base  string      `help:"With --serve: mark what has changed since this commit." placeholder:"REF"`
}

// Validate is called by kong, which gives an existing folder no default.
func (k *buildCmd) Validate() error {
	if k.Dir == "" {
		k.Dir = "."
	}
	if k.Base != "" && k.Serve == "" {
		return errors.New("--base needs --serve")
	}
	return nil
}

// Run makes the pages of a folder as they would be published, and says what is
// wrong with them as check does. Without a folder to write to it does only that.
func (k *buildCmd) Run(ctx context.Context, con console) (err error) {
	look, err := theme.New()
	if err != nil {
		return err
	}
	log := slog.New(slog.DiscardHandler)
	b, err := site.Open(site.Config{
		Dir: k.Dir, Out: k.Out, Theme: look, Log: log,
		CheckPaths: func(ctx context.Context, fsys fs.FS, hidden string, problems []collection.Problem) ([]collection.Problem, error) {
			skip := ignored(ctx, k.Dir)
			return hooks.CheckPaths(ctx, fsys, func(path string) bool { return path == hidden || skip != nil && skip(path) }, problems)
		},
		OpenAnalysis: func(dir string) (*analysis.Dir, error) { return openAnalysis(dir, log) },
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	if k.Serve != "" {
		return k.preview(ctx, b, con)
	}
	proof, err := b.Build(ctx)
	if err != nil {
		return err
	}
	var written site.Written
	if k.Out != "" {
		if written, err = b.Write(ctx); err != nil {
			return err
		}
	}
	if err := site.WriteProblems(con.out, proof.Problems); err != nil {
		return err
	}
	if k.Out != "" {
		con.printf("%s: %d files written, %d unchanged\n", k.Out, written.New, written.Unchanged)
	}
	if err := b.Verdict(proof); err != nil || k.Out != "" {
		return err
	}
	for _, slug := range b.Order() {
		con.printf("%s: can be published\n", slug)
	}
	return nil
}

// addressFlag is a flag that may be given without a value.
type addressFlag string

// defaultPreview is where books are shown, on this machine alone.
const defaultPreview = "127.0.0.1:4000"

// IsBool implements kong.BoolMapperValue: a value must be joined by "=".
func (a *addressFlag) IsBool() bool { return true }

// Decode implements kong.MapperValue.
func (a *addressFlag) Decode(ctx *kong.DecodeContext) error {
	text := ""
	if ctx.Scan.Peek().Type == kong.FlagValueToken {
		text = fmt.Sprint(ctx.Scan.Pop().Value)
	}
	switch {
	case text == "" || text == "true":
		*a = defaultPreview
	case strings.HasPrefix(text, ":"):
		*a = addressFlag("127.0.0.1" + text)
	default:
		*a = addressFlag(text)
	}
	return nil
}
