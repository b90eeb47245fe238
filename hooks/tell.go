package hooks

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/publish/address"
	"github.com/rhaptos/rhaptos/publish/report"
	"github.com/rhaptos/rhaptos/publish/settings"
)

// Bounds of what a pusher is told. The report has more.
const (
	maxLines = 40 // of problems, in the whole push
	maxRefs  = 20
	maxBooks = 20 // of one ref
)

// tell says to the pusher what is wrong with the update's content, line by
// line, and what will become of it; declined is why what was wanted beside cannot
// be, if it cannot.
func (j *judgement) tell(u *gitserver.RefUpdate, part *report.Ref, declined string) {
	if n := len(j.report.Refs); n > maxRefs {
		if n == maxRefs+1 {
			fmt.Fprintf(j.out, "There are more refs; the report has them.\n")
		}
		return
	}
	short := strings.TrimPrefix(strings.TrimPrefix(u.Name, "refs/heads/"), "refs/tags/")
	counts := part.Counts.String()
	switch {
	case declined != "":
		fmt.Fprintf(j.out, "%s is not taken: %s.\n", short, declined)
	case u.Refused != "":
		fmt.Fprintf(j.out, "%s is published, and this cannot be: %s.\n", short, u.Refused)
	case counts != "" && !part.Published:
		fmt.Fprintf(j.out, "%s is a draft and is taken, with %s.\n", short, counts)
	case counts != "":
		fmt.Fprintf(j.out, "%s is taken, with %s.\n", short, counts)
	}
	switch n := part.Counts.Before; {
	case n == 1:
		fmt.Fprintf(j.out, "1 error was there before and stops nothing.\n")
	case n > 1:
		fmt.Fprintf(j.out, "%d errors were there before and stop nothing.\n", n)
	}
	j.list(part)
	switch {
	case declined != "":
	case u.Refused != "" && u.Branch() != "":
		fmt.Fprintf(j.out, "Mend these and push again, or push to another branch to see it as a draft.\n")
	case u.Refused != "":
		fmt.Fprintf(j.out, "Mend these and tag again.\n")
	case len(part.Books) == 0:
		fmt.Fprintf(j.out, "%s: no books found, nothing to publish. (A book is META-INF/books.xml or book.toml in the root.)\n", short)
	default:
		for i, b := range part.Books {
			if i == maxBooks {
				fmt.Fprintf(j.out, "and %d more books\n", len(part.Books)-i)
				break
			}
			fmt.Fprintf(j.out, "%s: %s%s\n", cmp.Or(b.Title, b.Slug), b.URL, j.when(u))
			if b.Changes != "" {
				fmt.Fprintf(j.out, "What changes since %s: %s\n", b.Since, b.Changes)
			}
		}
	}
}

// list writes a line for each error and warning. Notes are for those who ask,
// but for what the settings make of errors.
func (j *judgement) list(part *report.Ref) {
	left := part.Omitted
	for _, p := range part.Problems {
		switch {
		case p.Severity == "note" && p.Path != settings.File:
		case j.told == maxLines:
			left++
		default:
			j.told++
			fmt.Fprintln(j.out, p)
		}
	}
	if left > 0 {
		fmt.Fprintf(j.out, "... and %d more.\n", left)
	}
}

// tellAddress says where the report will be.
func (j *judgement) tellAddress() {
	if j.URL != "" {
		fmt.Fprintf(j.out, "All that was found: %s\n", address.Of(j.URL, j.push.Repository.Path()).Push(j.push.ID))
	}
}
