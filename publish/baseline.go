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
	"github.com/rhaptos/rhaptos/publish/check"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// LastReleased returns the baseline of the next release of a ref: the commit of
// its last release publication, unless that failed. For a tag, which is new each
// time, the last publication of any ref counts. Without a baseline the result is
// empty, and all errors of the next commit count.
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

// blocking returns the problems that keep the publication's commit from being
// released: all but the errors that its baseline has too. A module that cannot be
// read at all blocks whatever the baseline has: a release without its page would
// take the place of one that has it.
func (p *Publisher) blocking(ctx context.Context, log *slog.Logger, publication *Publication,
	checked *check.Result) (_ []collection.Problem, err error) {
	if publication.Base == "" {
		return checked.Problems, nil
	}
	tree, closeTree, err := p.Source.Tree(ctx, publication.RepositoryID, publication.Base)
	if errors.Is(err, fs.ErrNotExist) {
		log.WarnContext(ctx, "the commit to compare with is gone", "base", publication.Base)
		return checked.Problems, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open the tree of %s: %w", publication.Base, err)
	}
	defer func() { err = errors.Join(err, closeTree()) }()
	before, err := check.Tree(ctx, tree, p.Analysis)
	if err != nil {
		return nil, fmt.Errorf("check %s: %w", publication.Base, err)
	}
	fresh, old := collection.DiffProblems(checked.Problems, before.Problems)
	unread := map[string]bool{}
	for _, m := range checked.Library.Modules {
		unread[m.Path] = m.Key == ""
	}
	for _, problem := range old {
		if unread[problem.Path] {
			fresh = append(fresh, problem)
		}
	}
	return fresh, nil
}
