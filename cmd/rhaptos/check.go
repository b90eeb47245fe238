package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/rhaptos/rhaptos/publish"
	"github.com/rhaptos/rhaptos/publish/collection"
)

type checkCmd struct {
	Dir string `arg:"" optional:"" help:"The folder." default:"." type:"existingdir"`
}

// Run prints the problems of a folder, path:line:column first, and fails if one
// of them would keep it from being published.
func (k *checkCmd) Run(ctx context.Context, con console) error {
	lib, problems, err := publish.Read(ctx, os.DirFS(k.Dir))
	if errors.Is(err, collection.ErrNoBooks) {
		return fmt.Errorf("%s: no books found (a book is META-INF/books.xml or book.toml)", k.Dir)
	}
	if err != nil {
		return err
	}
	for _, p := range problems {
		if p.Severity != collection.Error {
			p.Message = p.Severity.String() + ": " + p.Message
		}
		con.printf("%s\n", p)
	}
	if collection.HasErrors(problems) {
		return errors.New("this cannot be published")
	}
	for _, b := range lib.Books {
		con.printf("%s: could be published\n", b.Slug)
	}
	return nil
}
