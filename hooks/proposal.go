package hooks

import (
	"context"
	"fmt"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/contribution"
	"github.com/rhaptos/rhaptos/gitserver/plaintext"
	"github.com/rhaptos/rhaptos/publish/address"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/report"
)

// versionRef returns the ref of the version that is proposed.
func versionRef(p *gitserver.Proposal) string { return contribution.VersionRef(p.Number, p.Version) }

// isBase reports whether the update moves the base of a contribution, which is rendered
// so that the contribution can be compared with it.
func isBase(u *gitserver.RefUpdate) bool {
	return u.With != nil && u.With.Proposal != nil && u.Name == contribution.BaseRef(u.With.Proposal.Number) && !u.Deletes()
}

// checkProposal checks what the branch would contain if the contribution were accepted,
// or what is proposed if it cannot be merged. It never refuses: it says what would
// become of the push that accepts it.
func (c *pushCheck) checkProposal(ctx context.Context, u *gitserver.RefUpdate, p *plan) error {
	commit := u.Proposal.Merge
	if commit.IsZero() {
		commit = u.New
	}
	tree, err := c.objects.Tree(commit)
	if err != nil {
		return err
	}
	found, err := c.checkTree(ctx, commit, c.progress(u, tree))
	if err != nil {
		return err
	}
	fresh, before := found.Problems, []collection.Problem(nil)
	if collection.HasErrors(fresh) {
		tip := &gitserver.RefUpdate{Name: "refs/heads/" + u.Proposal.Branch, Old: u.Proposal.Tip, New: commit}
		if fresh, before, err = c.compare(ctx, tip, &plan{}, found); err != nil {
			return err
		}
	}
	part := report.Of(fresh, before, report.MaxProblems-c.kept)
	part.Name, part.Commit = versionRef(u.Proposal), commit.String()
	part.Quote(tree, c.Analysis)
	for _, b := range found.Books {
		part.Books = append(part.Books, c.proposedBook(u, b.Slug, b.Title))
	}
	c.kept += len(part.Problems)
	c.report.Refs = append(c.report.Refs, part)
	c.printProposal(u, &part, collection.HasErrors(fresh))
	return nil
}

// proposedBook returns a book of a contribution with the addresses of its draft and of
// its changes since the merge base.
func (c *pushCheck) proposedBook(u *gitserver.RefUpdate, slug, title string) report.Book {
	repository, version := address.Of(c.URL, c.push.Repository.Path()), versionRef(u.Proposal)
	base := contribution.BaseRef(u.Proposal.Number)
	return report.Book{
		Slug: slug, Title: plaintext.Line(title, 200), URL: repository.Draft(slug, version), Since: u.Proposal.Branch,
		Changes: repository.Comparison(slug, address.BranchSegment(base), address.BranchSegment(version)),
	}
}

// printProposal prints what is to be said about a contribution.
func (c *pushCheck) printProposal(u *gitserver.RefUpdate, part *report.Ref, errors bool) {
	p := u.Proposal
	version := ""
	if p.Version > 1 {
		version = fmt.Sprintf(", version %d", p.Version)
	}
	fmt.Fprintf(c.out, "Contribution %d to %s%s: %s\n", p.Number, p.Branch, version, plaintext.Line(p.Title, 200))
	c.printMerge(p)
	counts := part.Counts.String()
	switch {
	case len(part.Books) == 0 && counts == "":
		fmt.Fprintf(c.out, "No books found in it.\n")
	case !c.settings.Published(p.Branch) && counts != "":
		fmt.Fprintf(c.out, "It has %s.\n", counts)
	case errors:
		fmt.Fprintf(c.out, "It could not be published: %s.\n", counts)
	case counts != "":
		fmt.Fprintf(c.out, "It could be published, with %s.\n", counts)
	default:
		fmt.Fprintf(c.out, "It could be published.\n")
	}
	c.list(part)
	fmt.Fprintf(c.out, "Read it: %s\n", address.Of(c.URL, c.push.Repository.Path()).Contribution(p.Number))
	if p.Version == 1 {
		fmt.Fprintf(c.out, "To amend it, push again with: git push -o contribution=%d origin HEAD:%s%s\n", p.Number, gitserver.ForPrefix, p.Branch)
	}
}

// printMerge says whether the contribution merges with its branch as it is now.
func (c *pushCheck) printMerge(p *gitserver.Proposal) {
	if len(p.Conflicts) == 0 {
		fmt.Fprintf(c.out, "It merges with %s.\n", p.Branch)
		for _, line := range p.Notices {
			fmt.Fprintf(c.out, "    %s\n", plaintext.Line(line, 500))
		}
		return
	}
	fmt.Fprintf(c.out, "It conflicts with %s:\n", p.Branch)
	for _, line := range p.Conflicts {
		fmt.Fprintf(c.out, "    %s\n", plaintext.Line(line, 500))
	}
	fmt.Fprintf(c.out, "To resolve this: git fetch origin, git rebase %s, and push again.\n", "origin/"+p.Branch)
}
