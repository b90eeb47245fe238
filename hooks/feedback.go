package hooks

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/publish"
	"github.com/rhaptos/rhaptos/publish/address"
	"github.com/rhaptos/rhaptos/publish/report"
	"github.com/rhaptos/rhaptos/publish/settings"
)

// Bounds of the feedback. The report has more.
const (
	maxLines = 40 // of problems, in the whole push
	maxRefs  = 20
	maxBooks = 20 // of one ref
)

// print prints the problems of the update's content, line by line, and what it
// leads to. unavailable says why the requested number cannot be given; empty if
// it can.
func (c *pushCheck) print(u *gitserver.RefUpdate, p *plan, part *report.Ref, unavailable string) {
	if n := len(c.report.Refs); n > maxRefs {
		if n == maxRefs+1 {
			fmt.Fprintf(c.out, "The report lists more refs.\n")
		}
		return
	}
	short := strings.TrimPrefix(strings.TrimPrefix(u.Name, "refs/heads/"), "refs/tags/")
	counts := part.Counts.String()
	switch {
	case unavailable != "":
		fmt.Fprintf(c.out, "%s is refused: %s.\n", short, unavailable)
	case u.Refused != "":
		fmt.Fprintf(c.out, "%s cannot be published: %s.\n", short, u.Refused)
	case counts != "" && !part.Published:
		fmt.Fprintf(c.out, "%s is accepted as a draft, with %s.\n", short, counts)
	case counts != "":
		fmt.Fprintf(c.out, "%s is accepted, with %s.\n", short, counts)
	}
	switch n := part.Counts.Before; {
	case n == 1:
		fmt.Fprintf(c.out, "1 error existed before and does not stop the push.\n")
	case n > 1:
		fmt.Fprintf(c.out, "%d errors existed before and do not stop the push.\n", n)
	}
	c.list(part)
	switch {
	case unavailable != "":
	case u.Refused != "" && u.Branch() != "" && c.first: // another branch would be the default one, which is published
		fmt.Fprintf(c.out, "Fix these and push again.\n")
	case u.Refused != "" && u.Branch() != "":
		fmt.Fprintf(c.out, "Fix these and push again, or push to another branch to see a draft.\n")
	case u.Refused != "":
		fmt.Fprintf(c.out, "Fix these and tag again.\n")
	case len(part.Books) == 0:
		fmt.Fprintf(c.out, "%s: no books found, nothing to publish. (A book is META-INF/books.xml or book.toml in the root.)\n", short)
	default:
		for i, b := range part.Books {
			if i == maxBooks {
				fmt.Fprintf(c.out, "and %d more books\n", len(part.Books)-i)
				break
			}
			fmt.Fprintf(c.out, "%s: %s%s\n", cmp.Or(b.Title, b.Slug), b.URL, from(p))
			if b.Changes != "" {
				fmt.Fprintf(c.out, "Changes since %s: %s\n", b.Since, b.Changes)
			}
		}
	}
}

// list prints a line for each error and warning. Notes are left to the report,
// but for those of the settings, which say what was lowered.
func (c *pushCheck) list(part *report.Ref) {
	left := part.Omitted
	for _, p := range part.Problems {
		switch {
		case p.Severity == "note" && p.Path != settings.File:
		case c.printed == maxLines:
			left++
		default:
			c.printed++
			fmt.Fprintln(c.out, p)
		}
	}
	if left > 0 {
		fmt.Fprintf(c.out, "... and %d more.\n", left)
	}
}

// printAddress prints the address of the report.
func (c *pushCheck) printAddress() {
	if c.URL != "" {
		fmt.Fprintf(c.out, "Full report: %s\n", address.Of(c.URL, c.push.Repository.Path()).Push(c.push.ID))
	}
}

// from returns the end of the embargo, if the release has one, as the end of a
// sentence.
func from(p *plan) string {
	if at := p.request.At; p.kind == publish.Release && !at.IsZero() {
		return ", from " + at.Format(time.RFC3339) + " on"
	}
	return ""
}
