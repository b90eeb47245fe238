package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/access"
	"github.com/rhaptos/rhaptos/gitserver/contribution"
	web "github.com/rhaptos/rhaptos/web/contribution"
)

type contributionCmd struct {
	List   contributionListCmd   `cmd:"" help:"List the changes that are proposed to a repository."`
	Show   contributionShowCmd   `cmd:"" help:"Show a contribution: versions, merge, reviews."`
	Review contributionReviewCmd `cmd:"" help:"Review the latest version of a contribution."`
	Accept contributionAcceptCmd `cmd:"" help:"Merge a contribution into its branch."`
	Close  contributionCloseCmd  `cmd:"" help:"Close a contribution without merging it."`
	Reopen contributionReopenCmd `cmd:"" help:"Reopen a closed contribution."`
}

type contributionListCmd struct {
	Path  string `arg:"" name:"owner/name" help:"The repository."`
	State string `help:"Only contributions in this state: open, accepted, closed, or all." enum:"open,accepted,closed,all" default:"open"`
	JSON  bool   `name:"json" help:"Print JSON."`
}

func (l *contributionListCmd) permission(*env) access.Permission {
	return access.OnRepository(l.Path, access.Read)
}

// maxListed bounds the list.
const maxListed = 1000

func (l *contributionListCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.onRepository(ctx, l.Path, func(rec *env, repo *gitserver.Repository) error {
		state := contribution.State(l.State)
		if l.State == "all" {
			state = ""
		}
		list, err := contribution.List(ctx, rec.db, repo.ID, state, 0, maxListed)
		if err != nil {
			return err
		}
		if l.JSON {
			all := []*web.Contribution{}
			for _, one := range list {
				all = append(all, viewedContribution(one))
			}
			return json.NewEncoder(con.out).Encode(all)
		}
		for _, one := range list {
			con.printf("%d\t%s\t%s\t%s\t%s\tversion %d\t%s\n", one.Number, one.State, one.Branch, one.Author, one.Updated.Format(time.RFC3339), one.Version, one.Title)
		}
		return nil
	})
}

// contributionArgs are the arguments of the verbs about one contribution.
type contributionArgs struct {
	Path   string `arg:"" name:"owner/name" help:"The repository."`
	Number int64  `arg:"" name:"n" help:"Number of the contribution."`
}

type contributionShowCmd struct {
	contributionArgs `embed:""`
	JSON             bool `name:"json" help:"Print JSON."`
}

func (s *contributionShowCmd) permission(*env) access.Permission {
	return access.OnRepository(s.Path, access.Read)
}

func (s *contributionShowCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.onContribution(ctx, s.contributionArgs, func(rec *env, repo *gitserver.Repository, by *contributor) error {
		d, err := by.contributions.Details(ctx, repo.ID, s.Number)
		if err != nil {
			return err
		}
		var conflicts []string
		if d.State == contribution.Open && !d.Tip.IsZero() {
			if conflicts, err = by.contributions.MergesNow(ctx, d); err != nil {
				return err
			}
		}
		if s.JSON {
			return json.NewEncoder(con.out).Encode(newDetailsJSON(d, conflicts))
		}
		showContribution(con, repo, d, conflicts, by.url)
		return nil
	})
}

// onContribution runs f with what the verbs about contributions need.
func (c *cli) onContribution(ctx context.Context, a contributionArgs, f func(*env, *gitserver.Repository, *contributor) error) error {
	return c.onRepository(ctx, a.Path, func(rec *env, repo *gitserver.Repository) error {
		by, done, err := c.contributor(ctx, rec)
		if err != nil {
			return err
		}
		defer done()
		if err := f(rec, repo, by); err != nil {
			return fmt.Errorf("contribution %d of %s: %w", a.Number, repo.Path(), err)
		}
		return nil
	})
}

type contributionReviewCmd struct {
	contributionArgs `embed:""`
	Approve          bool   `help:"Approve of the latest version." xor:"verdict"`
	RequestChanges   bool   `help:"Ask for changes." xor:"verdict"`
	Message          string `short:"m" help:"What is to be said." placeholder:"TEXT"`
	At               string `help:"File, or line of a file, that the review is about." placeholder:"PATH[:LINE]"`
	As               string `help:"Account that reviews; only at the machine itself." placeholder:"NAME"`
}

func (r *contributionReviewCmd) permission(*env) access.Permission {
	return access.OnRepository(r.Path, access.Propose)
}

func (r *contributionReviewCmd) Run(ctx context.Context, c *cli, con console) error {
	review := &contribution.Review{Text: r.Message}
	switch {
	case r.Approve:
		review.Verdict = contribution.Approve
	case r.RequestChanges:
		review.Verdict = contribution.Request
	}
	review.Path = r.At
	if path, line, ok := cutLast(r.At, ":"); ok {
		n, err := strconv.Atoi(line)
		if err != nil || n < 1 {
			return fmt.Errorf("--at %.200q: must be PATH or PATH:LINE", r.At)
		}
		review.Path, review.Line = path, n
	}
	return c.onContribution(ctx, r.contributionArgs, func(rec *env, repo *gitserver.Repository, by *contributor) error {
		who, err := c.allowed(ctx, rec, repo, r.As, access.Propose)
		if err != nil {
			return err
		}
		if err := by.contributions.Review(ctx, repo, r.Number, c.by(who), review); err != nil {
			return err
		}
		con.printf("reviewed contribution %d, version %d\n", r.Number, review.Version)
		return nil
	})
}

// cutLast cuts s around the last sep.
func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// allowed returns the account for which something is done, if it may do the action.
func (c *cli) allowed(ctx context.Context, rec *env, repo *gitserver.Repository, as string, action access.Action) (access.Principal, error) {
	who, err := c.doer(ctx, rec, as)
	if err == nil {
		err = rec.access.Authorize(ctx, who, repo, action)
	}
	return who, err
}

// by says who does something now, and how.
func (c *cli) by(who access.Principal) contribution.By {
	transport := "ssh"
	if c.principal == nil {
		transport = "command"
	}
	return contribution.By{Actor: who.Name(), Transport: transport, At: time.Now()}
}

type contributionAcceptCmd struct {
	contributionArgs `embed:""`
	Option           []string `short:"o" help:"Push option of the push that accepts, such as number=2.0; repeatable." placeholder:"OPTION" sep:"none"`
	As               string   `help:"Account that accepts; only at the machine itself." placeholder:"NAME"`
}

func (a *contributionAcceptCmd) permission(*env) access.Permission {
	return access.OnRepository(a.Path, access.PushDraft)
}

func (a *contributionAcceptCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.onContribution(ctx, a.contributionArgs, func(rec *env, repo *gitserver.Repository, by *contributor) error {
		who, err := c.allowed(ctx, rec, repo, a.As, access.PushDraft)
		if err != nil {
			return err
		}
		push, err := by.contributions.Accept(ctx, by.packs, contribution.Acceptance{
			Repository: repo, Number: a.Number, By: c.by(who), Options: a.Option, MayPush: rec.access.MayPush(who, repo),
		})
		lines, refused := []string(nil), (*contribution.RefusedError)(nil)
		switch {
		case asRefused(err, &refused):
			lines = refused.Verdict
		case push != nil:
			lines = push.Verdict
		}
		for _, line := range lines {
			con.printf("%s\n", line)
		}
		if err != nil {
			return err
		}
		u := push.Updates[0]
		con.printf("accepted contribution %d: %s is now at %s\n", a.Number, u.Branch(), u.New)
		return nil
	})
}

type contributionCloseCmd struct {
	contributionArgs `embed:""`
	As               string `help:"Account that closes it; only at the machine itself." placeholder:"NAME"`
}

func (x *contributionCloseCmd) permission(*env) access.Permission {
	return access.OnRepository(x.Path, access.Propose)
}

func (x *contributionCloseCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.setContribution(ctx, con, x.contributionArgs, x.As, "closed", (*contribution.Contributions).Close)
}

type contributionReopenCmd struct {
	contributionArgs `embed:""`
	As               string `help:"Account that reopens it; only at the machine itself." placeholder:"NAME"`
}

func (x *contributionReopenCmd) permission(*env) access.Permission {
	return access.OnRepository(x.Path, access.Propose)
}

func (x *contributionReopenCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.setContribution(ctx, con, x.contributionArgs, x.As, "reopened", (*contribution.Contributions).Reopen)
}

// setContribution closes or reopens a contribution, for its author or somebody who may
// push to the repository.
func (c *cli) setContribution(ctx context.Context, con console, a contributionArgs, as, done string,
	set func(*contribution.Contributions, context.Context, *gitserver.Repository, int64, contribution.By) (*contribution.Contribution, error)) error {
	return c.onContribution(ctx, a, func(rec *env, repo *gitserver.Repository, by *contributor) error {
		who, err := c.allowed(ctx, rec, repo, as, access.Propose)
		if err != nil {
			return err
		}
		of, err := by.contributions.Find(ctx, repo.ID, a.Number)
		if err != nil {
			return err
		}
		if of.Author != who.Name() {
			if err := rec.access.Authorize(ctx, who, repo, access.PushDraft); err != nil {
				return err
			}
		}
		if _, err := set(by.contributions, ctx, repo, a.Number, c.by(who)); err != nil {
			return err
		}
		con.printf("%s contribution %d: %s\n", done, of.Number, of.Title)
		return nil
	})
}
