package publish

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/rhaptos/rhaptos/publish/release"
)

// Renamer is a further power of a [Source]: it knows which files were renamed.
type Renamer interface {
	// Renames are the files that have another path in the commit to than they
	// had in from, by old path, as "git diff -M" finds them. The error of a commit
	// that is not there matches fs.ErrNotExist.
	Renames(ctx context.Context, repositoryID, from, to string) (map[string]string, error)
}

// moves compares an edition with the last one that readers got. That git cannot
// tell what was renamed loses a guess and not the release.
func (p *Publisher) moves(ctx context.Context, log *slog.Logger, repositoryID, commit string, m *release.Manifest) (release.Moves, error) {
	last, err := p.Releases.Previous(ctx, p.DB, repositoryID, m.Book.Slug)
	if errors.Is(err, release.ErrNotFound) {
		return release.Moves{}, nil
	}
	if err != nil {
		return release.Moves{}, err
	}
	before, err := p.Releases.Manifest(ctx, last.Manifest)
	if err != nil {
		return release.Moves{}, fmt.Errorf("read %s %s: %w", last.Book, last.Number, err)
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
