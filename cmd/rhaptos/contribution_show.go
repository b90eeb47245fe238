package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/contribution"
	"github.com/rhaptos/rhaptos/publish/address"
)

func asRefused(err error, refused **contribution.RefusedError) bool { return errors.As(err, refused) }

// contributionJSON is a contribution as data.
type contributionJSON struct {
	Number      int64     `json:"number"`
	State       string    `json:"state"`
	Branch      string    `json:"branch"`
	Author      string    `json:"author"`
	Topic       string    `json:"topic,omitempty"`
	Title       string    `json:"title"`
	Description string    `json:"description,omitempty"`
	Version     int64     `json:"version"`
	Head        string    `json:"head"`
	Merged      string    `json:"merged,omitempty"` // the commit of the branch that accepted it
	ChangedBy   string    `json:"changed_by,omitempty"`
	Created     time.Time `json:"created"`
	Updated     time.Time `json:"updated"`
}

func newContributionJSON(c *contribution.Contribution) contributionJSON {
	j := contributionJSON{
		Number: c.Number, State: string(c.State), Branch: c.Branch, Author: c.Author, Topic: c.Topic, Title: c.Title, Description: c.Description,
		Version: c.Version, Head: c.Head.String(), ChangedBy: c.ChangedBy, Created: c.Created, Updated: c.Updated,
	}
	if !c.Merged.IsZero() {
		j.Merged = c.Merged.String()
	}
	return j
}

// detailsJSON is all that is known of a contribution as data.
type detailsJSON struct {
	contributionJSON
	Conflicts []string      `json:"conflicts"` // with the branch as it is now; none of one that is not open
	Approvals []string      `json:"approvals"`
	Against   []string      `json:"against"`
	Versions  []versionJSON `json:"versions"`
	Reviews   []reviewJSON  `json:"reviews"`
}

type versionJSON struct {
	Version int64     `json:"version"`
	Head    string    `json:"head"`
	Base    string    `json:"base"`
	Tip     string    `json:"tip"`
	Push    string    `json:"push"`
	At      time.Time `json:"at"`
}

type reviewJSON struct {
	ID      string    `json:"id"`
	Version int64     `json:"version"`
	Author  string    `json:"author"`
	At      time.Time `json:"at"`
	Verdict string    `json:"verdict,omitempty"`
	Text    string    `json:"text,omitempty"`
	Path    string    `json:"path,omitempty"`
	Line    int       `json:"line,omitempty"`
	Quote   string    `json:"quote,omitempty"`
}

func newDetailsJSON(d *contribution.Details, conflicts []string) detailsJSON {
	j := detailsJSON{
		contributionJSON: newContributionJSON(d.Contribution), Conflicts: append([]string{}, conflicts...),
		Approvals: append([]string{}, d.Approvals...), Against: append([]string{}, d.Against...), Versions: []versionJSON{}, Reviews: []reviewJSON{},
	}
	for _, v := range d.Versions {
		j.Versions = append(j.Versions, versionJSON{v.Number, v.Head.String(), v.Base.String(), v.Tip.String(), v.Push, v.At})
	}
	for _, r := range d.Reviews {
		j.Reviews = append(j.Reviews, reviewJSON{r.ID, r.Version, r.Author, r.At, string(r.Verdict), r.Text, r.Path, r.Line, r.Quote})
	}
	return j
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
		return ", " + r.Path
	}
	return fmt.Sprintf(", %s:%d", r.Path, r.Line)
}
