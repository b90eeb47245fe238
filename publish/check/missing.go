package check

import (
	"io/fs"

	"github.com/rhaptos/rhaptos/publish/collection"
)

// partial is a tree that may lack the content of some files: Git LFS leaves a
// pointer in the place of a file, and the file itself may not have been pushed.
type partial interface {
	// Missing returns the paths of those that were asked for so far.
	Missing() []string
}

// withMissing adds an error for each file whose content is missing, as far as
// the tree has been read.
func withMissing(fsys fs.FS, problems []collection.Problem) []collection.Problem {
	tree, ok := fsys.(partial)
	if !ok {
		return problems
	}
	missing := tree.Missing()
	for _, path := range missing {
		problems = append(problems, collection.Problem{
			Path: path, Rule: "lfs-object-missing", Severity: collection.Error,
			Message: "this file is in Git LFS, and its content was not pushed: push it with \"git lfs push --all\" and the name of the remote",
		})
	}
	if len(missing) > 0 {
		collection.SortProblems(problems)
	}
	return problems
}
