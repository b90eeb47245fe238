package publish

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/failpoint"
	"github.com/rhaptos/rhaptos/publish/check"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/edition"
	"github.com/rhaptos/rhaptos/publish/fault"
	"github.com/rhaptos/rhaptos/publish/release"
)

// build checks the tree of a commit and builds editions of its books. What is
// wrong with the books is in the result; an error is one of storage or source.
func (p *Publisher) build(ctx context.Context, log *slog.Logger, publication *Publication) (_ *result, err error) {
	tree, closeTree, err := p.Source.Tree(ctx, publication.RepositoryID, publication.Commit)
	if err != nil {
		return nil, fmt.Errorf("open the tree of %s: %w", publication.Commit, err)
	}
	defer func() { err = errors.Join(err, closeTree()) }()
	checked, err := check.Tree(ctx, tree, p.Analysis)
	failpoint.Hit("publish-tree-read")
	if broken := (*fault.Panic)(nil); errors.As(err, &broken) {
		log.ErrorContext(ctx, "panic while reading books", "value", broken.Value, "stack", broken.Stack)
		result := &result{}
		result.add(broken.Problem("."))
		return result, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the books of %s: %w", publication.Commit, err)
	}
	result := &result{problems: checked.Problems, blocking: checked.Problems}
	if len(checked.Books) == 0 {
		result.remark = collection.ErrNoBooks.Error()
	} else if publication.Kind == Release && collection.HasErrors(checked.Problems) {
		if result.blocking, err = p.blocking(ctx, log, publication, checked); err != nil {
			return nil, err
		}
		if collection.HasErrors(result.blocking) {
			return result, nil
		}
	}
	return result, p.editions(ctx, log, publication, tree, checked, result)
}

// editions builds an edition of every book and stores its manifest, but for
// those with errors that cannot be released. A draft takes what can be rendered.
func (p *Publisher) editions(ctx context.Context, log *slog.Logger, publication *Publication, tree fs.FS, checked *check.Result, result *result) error {
	builder := edition.New(edition.Config{Blobs: p.Blobs, Theme: p.Theme, Analysis: p.Analysis, Version: p.Version, Log: log})
	warnings := count(result.problems)
	var previous *release.Manifest // of the book that is built
	in := edition.Input{Tree: tree, Checked: checked, Previous: func(book string) (_ *release.Manifest, err error) {
		previous, err = p.previous(ctx, publication, book)
		return previous, err
	}}
	if publication.Kind == Draft {
		in.Draft = publication.Branch()
	}
	return builder.Each(ctx, in, func(e *edition.Edition) error {
		result.add(e.Problems...)
		if e.Manifest == nil || publication.Kind == Release && collection.HasErrors(e.Problems) {
			return nil
		}
		digest, err := p.Releases.PutManifest(ctx, e.Manifest)
		if err != nil {
			return err
		}
		failpoint.Hit("publish-manifest-stored")
		stored := &storedEdition{Edition: e, digest: digest, count: warnings + count(e.Problems)}
		if publication.Kind == Release && previous != nil {
			if stored.moves, err = p.moves(ctx, log, publication.RepositoryID, publication.Commit, e.Manifest); err != nil {
				return err
			}
		}
		result.editions = append(result.editions, stored)
		return nil
	})
}

// count returns the number of errors and warnings.
func count(problems []collection.Problem) int {
	n := 0
	for _, p := range problems {
		if p.Severity > collection.Note {
			n++
		}
	}
	return n
}

// previous returns the manifest whose files may be reused: that of the branch's
// draft or of the book's latest release, nil if there is neither or it is damaged.
func (p *Publisher) previous(ctx context.Context, publication *Publication, book string) (*release.Manifest, error) {
	if publication.Kind == Draft {
		switch d, err := p.Releases.Draft(ctx, publication.RepositoryID, publication.Branch(), book); {
		case err == nil:
			return p.readable(ctx, d.Manifest)
		case !errors.Is(err, release.ErrNotFound):
			return nil, err
		}
	}
	switch r, err := p.Releases.Latest(ctx, publication.RepositoryID, book); {
	case err == nil:
		return p.readable(ctx, r.Manifest)
	case errors.Is(err, release.ErrNotFound):
		return nil, nil
	default:
		return nil, err
	}
}

// readable returns a manifest, nil if its blob is damaged or lost: a publication does
// without it, and logs why.
func (p *Publisher) readable(ctx context.Context, d blobstore.Digest) (*release.Manifest, error) {
	m, err := p.Releases.Manifest(ctx, d)
	if errors.Is(err, blobstore.ErrDamaged) || errors.Is(err, fs.ErrNotExist) {
		p.Log.ErrorContext(ctx, "the manifest of an earlier edition cannot be read", "manifest", d, "err", err)
		return nil, nil
	}
	return m, err
}
