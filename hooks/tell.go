package hooks

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// maxProblems bounds the lines of problems that a pusher is shown per ref.
const maxProblems = 40

// tell says to the pusher what is wrong with the update's content, line by
// line, and what will become of it.
func (j *judgement) tell(u *gitserver.RefUpdate, r *reading, published bool) {
	short := strings.TrimPrefix(strings.TrimPrefix(u.Name, "refs/heads/"), "refs/tags/")
	switch {
	case u.Refused != "":
		fmt.Fprintf(j.out, "%s is published, and this cannot be: %s.\n", short, count(r.problems))
	case len(r.problems) > 0 && !published:
		fmt.Fprintf(j.out, "%s is a draft and is taken, with %s.\n", short, count(r.problems))
	case len(r.problems) > 0:
		fmt.Fprintf(j.out, "%s is taken, with %s.\n", short, count(r.problems))
	}
	listProblems(j.out, r.problems)
	switch {
	case u.Refused != "" && u.Branch() != "":
		fmt.Fprintf(j.out, "Mend these and push again, or push to another branch to see it as a draft.\n")
	case u.Refused != "":
		fmt.Fprintf(j.out, "Mend these and tag again.\n")
	case r.library == nil || len(r.library.Books) == 0:
		fmt.Fprintf(j.out, "%s: no books found, nothing to publish. (A book is META-INF/books.xml or book.toml in the root.)\n", short)
	default:
		for _, b := range r.library.Books {
			fmt.Fprintf(j.out, "%s: %s\n", cmp.Or(b.Title, b.Slug), j.address(u, b.Slug))
		}
	}
}

// listProblems writes a line for each error and warning, the errors first.
// Notes are for those who ask: rhaptos check lists them.
func listProblems(w io.Writer, problems []collection.Problem) {
	sorted := slices.DeleteFunc(slices.Clone(problems), func(p collection.Problem) bool { return p.Severity == collection.Note })
	slices.SortStableFunc(sorted, func(a, b collection.Problem) int { return cmp.Compare(b.Severity, a.Severity) })
	for i, p := range sorted {
		if i == maxProblems {
			fmt.Fprintf(w, "... and %d more.\n", len(sorted)-i)
			return
		}
		if p.Severity != collection.Error {
			p.Message = p.Severity.String() + ": " + p.Message
		}
		fmt.Fprintf(w, "%s\n", p)
	}
}

// count is a number of problems in words: "2 errors, 1 warning".
func count(problems []collection.Problem) string {
	var n [3]int
	for _, p := range problems {
		n[p.Severity]++
	}
	var parts []string
	for _, s := range []collection.Severity{collection.Error, collection.Warning, collection.Note} {
		switch n[s] {
		case 0:
		case 1:
			parts = append(parts, "1 "+s.String())
		default:
			parts = append(parts, fmt.Sprintf("%d %ss", n[s], s))
		}
	}
	return strings.Join(parts, ", ")
}
