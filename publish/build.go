package publish

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"runtime/debug"

	"github.com/rhaptos/rhaptos/gitserver/failpoint"
	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/release"
)

// build reads the books of a commit and stores them. What is wrong with the
// books is in the result; an error is a fault of storage or source.
func (p *Publisher) build(ctx context.Context, log *slog.Logger, publication *Publication) (_ *result, err error) {
	tree, closeTree, err := p.Source.Tree(ctx, publication.RepositoryID, publication.Commit)
	if err != nil {
		return nil, fmt.Errorf("open the tree of %s: %w", publication.Commit, err)
	}
	defer func() { err = errors.Join(err, closeTree()) }()

	lib, problems, err := readGuarded(ctx, tree, p.Analysis)
	failpoint.Hit("publish-tree-read")
	result := &result{problems: problems, blocking: problems}
	if broken := (*panicError)(nil); errors.As(err, &broken) {
		log.ErrorContext(ctx, "panic while reading books", "value", broken.value, "stack", broken.stack)
		result.add(broken.problem("."))
		return result, nil
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the books of %s: %w", publication.Commit, err)
	case len(lib.Books) == 0:
		result.remark = collection.ErrNoBooks.Error()
	case publication.Kind == Release && collection.HasErrors(problems):
		if result.blocking, err = p.blocking(ctx, log, publication, lib, problems); err != nil {
			return nil, err
		}
		if collection.HasErrors(result.blocking) {
			return result, nil
		}
	}
	err = p.editions(ctx, log, publication, tree, lib, result)
	return result, err
}

func readGuarded(ctx context.Context, tree fs.FS, cache analysis.Cache) (lib *collection.Library, problems []collection.Problem, err error) {
	panicked := guard("reading the books", func() {
		lib, problems, err = readSettled(ctx, tree, cache)
	})
	if panicked != nil {
		return nil, nil, panicked
	}
	return lib, problems, err
}

// editions makes an edition of every book, and stops where no release can come
// of it any more. A draft goes on.
func (p *Publisher) editions(ctx context.Context, log *slog.Logger, publication *Publication, tree fs.FS, lib *collection.Library, result *result) error {
	warnings := count(result.problems)
	shared := newMade(tree)
	settings, _ := ReadSettings(tree, "") // what is wrong with them is among the problems
	for _, book := range lib.Books {
		if book.Slug == "" {
			continue
		}
		previous, err := p.previous(ctx, publication, book.Slug)
		if err != nil {
			return err
		}
		m := &maker{Publisher: p, log: log, tree: tree, lib: lib, book: book, draft: publication.draftBranch(), previous: previous, shared: shared, options: settings.Matter, moved: settings.Redirects}
		e, err := m.make(ctx)
		result.add(m.problems...)
		if err != nil {
			return fmt.Errorf("publish %s: %w", book.Slug, err)
		}
		if e == nil || publication.Kind == Release && collection.HasErrors(m.problems) {
			continue
		}
		if e.digest, err = p.Releases.PutManifest(ctx, &e.manifest); err != nil {
			return err
		}
		failpoint.Hit("publish-manifest-stored")
		if publication.Kind == Release && previous.Book.Slug != "" {
			if e.moves, err = p.moves(ctx, log, publication.RepositoryID, publication.Commit, &e.manifest); err != nil {
				return err
			}
		}
		e.count = warnings + count(m.problems)
		result.editions = append(result.editions, e)
	}
	return nil
}

// draftBranch is the branch of a draft, empty for a release.
func (p *Publication) draftBranch() string {
	if p.Kind == Draft {
		return p.Branch()
	}
	return ""
}

// count is how many problems an author should look at.
func count(problems []collection.Problem) int {
	n := 0
	for _, p := range problems {
		if p.Severity > collection.Note {
			n++
		}
	}
	return n
}

// previous is the manifest whose files may be used again: that of the branch's
// draft or of the book's latest release, an empty one if there is neither.
func (p *Publisher) previous(ctx context.Context, publication *Publication, book string) (*release.Manifest, error) {
	if publication.Kind == Draft {
		switch d, err := p.Releases.Draft(ctx, publication.RepositoryID, publication.Branch(), book); {
		case err == nil:
			return p.Releases.Manifest(ctx, d.Manifest)
		case !errors.Is(err, release.ErrNotFound):
			return nil, err
		}
	}
	switch r, err := p.Releases.Latest(ctx, publication.RepositoryID, book); {
	case err == nil:
		return p.Releases.Manifest(ctx, r.Manifest)
	case errors.Is(err, release.ErrNotFound):
		return &release.Manifest{}, nil
	default:
		return nil, err
	}
}

// panicError is a fault of this program that a book has brought to light.
type panicError struct {
	what  string
	value any
	stack string
}

func (e *panicError) Error() string { return fmt.Sprintf("%s: panic: %v", e.what, e.value) }

// problem tells the author; the operator finds the stack in the log.
func (e *panicError) problem(path string) collection.Problem {
	return collection.Problem{Path: path, Rule: "internal-fault", Severity: collection.Error,
		Message: fmt.Sprintf("%s failed because of a fault in the server (%v); its log says more", e.what, e.value)}
}

// guard calls f and turns a panic into an error.
func guard(what string, f func()) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicError{what, v, string(debug.Stack())}
		}
	}()
	f()
	return nil
}
