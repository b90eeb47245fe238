package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/contribution"
	"github.com/rhaptos/rhaptos/publish/address"
	web "github.com/rhaptos/rhaptos/web/contribution"
)

func asRefused(err error, refused **contribution.RefusedError) bool { return errors.As(err, refused) }

// detailsJSON is all that is known of a contribution as data, without what only the view
// has.
type detailsJSON struct {
	*web.Contribution
	Conflicts []string      `json:"conflicts"` // with the branch as it is now; none of one that is not open
	Approvals []string      `json:"approvals"`
	Against   []string      `json:"against"`
	Versions  []web.Version `json:"versions"`
	Reviews   []web.Review  `json:"reviews"`
}

func newDetailsJSON(d *contribution.Details, conflicts []string) detailsJSON {
	return detailsJSON{
		Contribution: viewedContribution(d.Contribution), Conflicts: append([]string{}, conflicts...),
		Approvals: append([]string{}, d.Approvals...), Against: append([]string{}, d.Against...),
		Versions: viewedVersions(d), Reviews: viewedReviews(d),
	}
}

// showContribution prints all that is known of a contribution.
func showContribution(con console, repo *gitserver.Repository, d *contribution.Details, conflicts []string, base string) {
	con.printf("contribution %d of %s\t%s\nstate\t%s%s\nbranch\t%s\nauthor\t%s\n", d.Number, repo.Path(), d.Title, d.State, mark(d.ChangedBy != "", "by "+d.ChangedBy), d.Branch, d.Author)
	for _, v := range d.Versions {
		con.printf("version %d\t%s\t%s\n", v.Number, v.At.Format(time.RFC3339), v.Head)
	}
	con.printf("fetch\tgit fetch origin refs/contributions/%d/head\n", d.Number)
	if base != "" {
		con.printf("read\t%s\n", address.Of(base, repo.Path()).Contribution(d.Number))
	}
	if d.State == contribution.Open {
		showMerge(con, d, conflicts)
	}
	if len(d.Approvals) > 0 {
		con.printf("approved by\t%s\n", strings.Join(d.Approvals, ", "))
	}
	if len(d.Against) > 0 {
		con.printf("changes requested by\t%s\n", strings.Join(d.Against, ", "))
	}
	if d.Description != "" {
		con.printf("\n%s\n", d.Description)
	}
	for _, r := range d.Reviews {
		con.printf("\n%s, %s, version %d%s%s\n", r.Author, r.At.Format(time.RFC3339), r.Version, mark(r.Verdict != contribution.Remark, string(r.Verdict)), place(r))
		if r.Quote != "" {
			con.printf("> %s\n", r.Quote)
		}
		if r.Text != "" {
			con.printf("%s\n", r.Text)
		}
	}
}

// showMerge prints whether the contribution merges with its branch as it is now.
func showMerge(con console, d *contribution.Details, conflicts []string) {
	moved := ""
	switch {
	case d.Tip.IsZero():
		con.printf("merge\tthe branch %s has been deleted\n", d.Branch)
		return
	case d.Tip != d.Latest().Tip:
		moved = fmt.Sprintf(", which has moved to %.10s since", d.Tip)
	}
	if len(conflicts) == 0 {
		con.printf("merge\tmerges with %s%s\n", d.Branch, moved)
		return
	}
	con.printf("merge\tconflicts with %s%s\n", d.Branch, moved)
	for _, line := range conflicts {
		con.printf("\t%s\n", line)
	}
}

// place is what a review is about.
func place(r *contribution.Review) string {
	switch {
	case r.Path == "":
		return ""
	case r.Line == 0:
		return ", " + r.Path + placeNow(r)
	}
	return fmt.Sprintf(", %s:%d", r.Path, r.Line) + placeNow(r)
}

// placeNow is where the latest version has what a review is about, if elsewhere.
func placeNow(r *contribution.Review) string {
	switch now := r.Now; {
	case now == nil, !now.Outdated && now.Path == r.Path && now.Line == r.Line:
		return ""
	case now.Outdated:
		return " (outdated: not in the latest version)"
	case now.Line == 0:
		return ", now " + now.Path
	default:
		return fmt.Sprintf(", now %s:%d", now.Path, now.Line)
	}
}
