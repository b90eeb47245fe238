package publish

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/edition"
	"github.com/rhaptos/rhaptos/publish/release"
)

// maxReported bounds the problems in the report of a publication.
const maxReported = 100

// result holds the editions of one publication. All bytes that it names are in the
// blob store.
type result struct {
	editions []*storedEdition
	problems []collection.Problem // of the tree and of all editions
	blocking []collection.Problem // those that keep it from being released
	remark   string               // a sentence that is not about one file
}

// storedEdition is an edition whose manifest is in the blob store.
type storedEdition struct {
	*edition.Edition
	digest blobstore.Digest // of the manifest
	count  int              // of errors and warnings, the tree's among them
	moves  release.Moves    // of pages since the latest release; of releases only
}

// add adds problems that were found while an edition was built.
func (r *result) add(problems ...collection.Problem) {
	r.problems = append(r.problems[:len(r.problems):len(r.problems)], problems...)
	r.blocking = append(r.blocking[:len(r.blocking):len(r.blocking)], problems...)
}

// emptied is the result for a branch that was deleted.
func emptied() *result { return &result{remark: "the branch is gone, and its drafts with it"} }

// hopeless reports whether the result allows no release.
func (r *result) hopeless() bool { return len(r.editions) == 0 || collection.HasErrors(r.blocking) }

// books returns the slugs of all books that there is an edition of.
func (r *result) books() []string {
	var slugs []string
	for _, e := range r.editions {
		slugs = append(slugs, e.Book.Slug)
	}
	return slugs
}

// report returns the text of the report: the lines, the remark, and the problems,
// errors first.
func (r *result) report(lines ...string) string {
	if r.remark != "" {
		lines = append(lines, r.remark)
	}
	problems := slices.Clone(r.problems)
	collection.SortProblems(problems)
	problems = slices.Compact(problems) // two books may share a module
	slices.SortStableFunc(problems, func(a, b collection.Problem) int { return int(b.Severity) - int(a.Severity) })
	for i, p := range problems {
		if i == maxReported {
			lines = append(lines, fmt.Sprintf("and %d more problems", len(problems)-i))
			break
		}
		lines = append(lines, p.Severity.String()+": "+p.String())
	}
	return strings.Join(lines, "\n")
}
