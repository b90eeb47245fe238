package hooks

import (
	"context"
	"io/fs"
	"slices"

	"github.com/rhaptos/rhaptos/gitserver/pathpolicy"
	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/check"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// CheckTree returns what a server would say of a tree that is pushed: the result of
// [check.Tree] with the problems of [CheckPaths]. Paths that skip reports belong to
// no commit; it may be nil, and so may cache.
func CheckTree(ctx context.Context, fsys fs.FS, cache analysis.Cache, skip func(path string) bool) (*check.Result, error) {
	found, err := check.Tree(ctx, fsys, cache)
	if err != nil {
		return nil, err
	}
	found.Problems, err = CheckPaths(ctx, fsys, skip, found.Problems)
	return found, err
}

// CheckPaths adds the paths that a repository does not accept to the problems of a
// tree (see [pathpolicy.Check]). No setting changes their severity: a server
// refuses them whatever branch they are on.
func CheckPaths(ctx context.Context, fsys fs.FS, skip func(path string) bool, problems []collection.Problem) ([]collection.Problem, error) {
	refused, warnings, err := pathpolicy.Check(ctx, fsys, skip)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, p := range problems {
		if p.Rule == caseCollision {
			known[p.Path] = true
		}
	}
	problems = slices.Clip(problems)
	for _, p := range refused {
		problems = append(problems, collection.Problem{Path: p.Path, Rule: "path-refused", Severity: collection.Error, Message: "the path " + p.Why})
	}
	for _, p := range warnings {
		if !known[p.Path] {
			problems = append(problems, collection.Problem{Path: p.Path, Rule: caseCollision, Severity: collection.Warning, Message: "the path " + p.Why})
		}
	}
	collection.SortProblems(problems)
	return problems, nil
}

const caseCollision = "case-collision"
