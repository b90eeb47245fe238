package publish

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// LastReleased is the commit that the last release publication of the ref was
// about, if it did not fail: what a next one is compared with. Of a tag, which
// is new each time, it is that of any ref. It is empty if there is none, and
// the next commit then judged in whole.
func LastReleased(ctx context.Context, q database.Queryer, repositoryID, ref string) (string, error) {
	var commit string
	var state State
	err := q.QueryRowContext(ctx, `SELECT commit_id, state FROM publication
		WHERE repository_id = $1 AND kind = $2 AND (ref = $3 OR $4) ORDER BY number DESC LIMIT 1`,
		repositoryID, string(Release), []byte(ref), !strings.HasPrefix(ref, "refs/heads/")).Scan(&commit, &state)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("look for the last release of %s: %w", ref, err)
	case state == Failed:
		return "", nil
	}
	return commit, nil
}

// LastFailed reports whether the last release publication of the ref failed.
func LastFailed(ctx context.Context, q database.Queryer, repositoryID, ref string) (bool, error) {
	var state State
	err := q.QueryRowContext(ctx, `SELECT state FROM publication
		WHERE repository_id = $1 AND kind = $2 AND ref = $3 ORDER BY number DESC LIMIT 1`,
		repositoryID, string(Release), []byte(ref)).Scan(&state)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for the last release of %s: %w", ref, err)
	}
	return state == Failed, nil
}

// blocking are those of the problems that keep the publication's commit from
// being released: all, but for errors that its base has too. A page that cannot
// be read at all blocks whatever the base had: a release that lost it would
// take the place of one that has it.
func (p *Publisher) blocking(ctx context.Context, log *slog.Logger, publication *Publication,
	lib *collection.Library, problems []collection.Problem) (_ []collection.Problem, err error) {
	if publication.Base == "" {
		return problems, nil
	}
	tree, closeTree, err := p.Source.Tree(ctx, publication.RepositoryID, publication.Base)
	if errors.Is(err, fs.ErrNotExist) {
		log.WarnContext(ctx, "the commit to compare with is gone", "base", publication.Base)
		return problems, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open the tree of %s: %w", publication.Base, err)
	}
	defer func() { err = errors.Join(err, closeTree()) }()
	before, err := Examine(ctx, tree, p.Analysis)
	if err != nil {
		return nil, fmt.Errorf("judge %s: %w", publication.Base, err)
	}
	fresh, old := collection.New(problems, before.Problems)
	unread := map[string]bool{}
	for _, m := range lib.Modules {
		unread[m.Path] = m.Key == ""
	}
	for _, problem := range old {
		if unread[problem.Path] {
			fresh = append(fresh, problem)
		}
	}
	return fresh, nil
}
