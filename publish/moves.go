package publish

import (
	"context"
	"errors"
	"log/slog"

	"github.com/rhaptos/rhaptos/publish/release"
)

// Renamer is a [Source] that knows which files were renamed.
type Renamer interface {
	// Renames returns the new paths, by old path, of the files that were renamed
	// between two commits, as "git diff -M" finds them. The error of a missing
	// commit matches fs.ErrNotExist.
	Renames(ctx context.Context, repositoryID, from, to string) (map[string]string, error)
}

// moves compares an edition with the release before it: which pages left their
// place, and which modules were renamed. If git fails to find renames the release
// does without them.
func (p *Publisher) moves(ctx context.Context, log *slog.Logger, repositoryID, commit string, m *release.Manifest) (release.Moves, error) {
	last, err := p.Releases.Previous(ctx, p.DB, repositoryID, m.Book.Slug)
	if errors.Is(err, release.ErrNotFound) {
		return release.Moves{}, nil
	}
	if err != nil {
		return release.Moves{}, err
	}
	before, err := p.readable(ctx, last.Manifest)
	if err != nil || before == nil {
		return release.Moves{}, err
	}
	var moves release.Moves
	var gone []release.Entry
	moves.Left, gone = m.MovedSince(before, last.Number)
	renamer, ok := p.Source.(Renamer)
	if !ok || len(gone) == 0 {
		return moves, nil
	}
	renames, err := renamer.Renames(ctx, repositoryID, last.Commit, commit)
	if err != nil {
		log.WarnContext(ctx, "cannot tell which modules were renamed", "from", last.Commit, "err", err)
		return moves, nil
	}
	byPath := map[string]string{}
	m.Pages(func(e release.Entry) bool {
		if e.Path != "" {
			byPath[e.Path] = e.Module
		}
		return true
	})
	for _, e := range gone {
		if became := byPath[renames[e.Path]]; became != "" {
			moves.Renamed = append(moves.Renamed, release.Renamed{Module: e.Module, Became: became})
		}
	}
	return moves, nil
}
