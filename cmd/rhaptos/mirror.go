package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/access"
	"github.com/rhaptos/rhaptos/gitserver/upstream"
	"github.com/rhaptos/rhaptos/web"
)

type mirrorCmd struct {
	Add    mirrorAddCmd    `cmd:"" help:"Mirror a repository of another server."`
	List   mirrorListCmd   `cmd:"" help:"List the mirrors."`
	Show   mirrorShowCmd   `cmd:"" help:"Show a mirror's upstream and the result of its last pull."`
	Pull   mirrorPullCmd   `cmd:"" help:"Pull now, including refs refused before."`
	Remove mirrorRemoveCmd `cmd:"" help:"Stop mirroring and keep the repository."`
}

type mirrorAddCmd struct {
	Path       string        `arg:"" name:"owner/name" help:"Existing repository that becomes the mirror."`
	URL        string        `arg:"" name:"url" help:"URL of the upstream repository (https://...)."`
	Every      time.Duration `help:"Interval between scheduled pulls; 0: pull by trigger or by hand only." default:"0s"`
	Refs       []string      `help:"Refs to mirror; * matches any part of a name." default:"refs/heads/*,refs/tags/*" placeholder:"PATTERN"`
	TokenStdin bool          `help:"Read the upstream's credentials, TOKEN or NAME:TOKEN, from standard input."`
	Replace    bool          `help:"Allow the upstream's refs to replace those of the repository."`
}

func (m *mirrorAddCmd) permission(*env) access.Permission {
	return access.OnRepository(m.Path, access.Administer)
}

func (m *mirrorAddCmd) Run(ctx context.Context, c *cli, con console) error {
	credential, err := con.secret(m.TokenStdin)
	if err != nil {
		return err
	}
	return c.change(ctx, con, m.Path, "follows "+m.URL, func(rec *env, repo *gitserver.Repository) error {
		if _, refs, err := rec.repositories.Refs(ctx, repo.ID); err != nil {
			return err
		} else if len(refs) > 0 && !m.Replace {
			return fmt.Errorf("%s has refs that the upstream would replace or delete; add --replace to allow it", repo.Path())
		}
		guards, err := rec.guards(ctx)
		if err != nil {
			return err
		}
		if err := upstream.CheckURL(ctx, m.URL, guards.Mirrors); err != nil {
			return err
		}
		return upstream.NewMirrors(rec.db).Add(ctx, upstream.Mirror{
			RepositoryID: repo.ID, Source: upstream.Source{URL: m.URL, Credential: credential}, Refs: m.Refs, Every: m.Every})
	})
}

type mirrorListCmd struct{}

func (*mirrorListCmd) permission(*env) access.Permission { return access.AnyAccount() }

func (*mirrorListCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.with(ctx, func(rec *env) error {
		list, err := upstream.NewMirrors(rec.db).List(ctx)
		if err != nil {
			return err
		}
		for _, m := range list {
			path, err := rec.pathOf(ctx, m.RepositoryID)
			if err != nil {
				return err
			}
			if may, err := c.may(ctx, rec, path, access.Administer); err != nil {
				return err
			} else if !may {
				continue
			}
			con.printf("%s\t%s\t%s\t%s\n", path, m.URL, clock(m.Every), m.State)
		}
		return nil
	})
}

// clock is how often a mirror is pulled, in words.
func clock(every time.Duration) string {
	if every == 0 {
		return "when asked"
	}
	return "every " + every.String()
}

// onMirror runs f on the mirror at the path.
func (c *cli) onMirror(ctx context.Context, path string, f func(*upstream.Mirrors, *upstream.Mirror) error) error {
	return c.onRepository(ctx, path, func(rec *env, repo *gitserver.Repository) error {
		mirrors := upstream.NewMirrors(rec.db)
		m, err := mirrors.Find(ctx, repo.ID)
		if errors.Is(err, upstream.ErrNotFound) {
			return fmt.Errorf("%s %w", repo.Path(), err)
		}
		if err != nil {
			return err
		}
		return f(mirrors, m)
	})
}

type mirrorShowCmd struct {
	Path string `arg:"" name:"owner/name" help:"The mirror."`
}

func (m *mirrorShowCmd) permission(*env) access.Permission {
	return access.OnRepository(m.Path, access.Administer)
}

func (m *mirrorShowCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.onMirror(ctx, m.Path, func(_ *upstream.Mirrors, found *upstream.Mirror) error {
		con.printf("follows %s, %s: %s\n", found.URL, clock(found.Every), strings.Join(found.Refs, " "))
		if found.Credential != "" {
			name, _, _ := strings.Cut(found.Credential, ":")
			con.printf("authenticates as %s, with a token\n", name)
		}
		con.printf("state: %s%s\n", found.State, mark(found.Pending, "pull requested"))
		if !found.Ended.IsZero() {
			con.printf("last pull: %s, took %v\n", found.Ended.Format(time.RFC3339), found.Ended.Sub(found.Begun).Round(time.Millisecond))
		}
		if !found.Due.IsZero() {
			con.printf("next pull: about %s\n", found.Due.Format(time.RFC3339))
		}
		if found.PushID != "" {
			con.printf("last push: %s\n", found.PushID)
		}
		for line := range strings.Lines(found.Report) {
			con.printf("  %s\n", strings.TrimSuffix(line, "\n"))
		}
		return nil
	})
}

type mirrorPullCmd struct {
	Path string `arg:"" name:"owner/name" help:"The mirror."`
}

func (m *mirrorPullCmd) permission(*env) access.Permission {
	return access.OnRepository(m.Path, access.Administer)
}

func (m *mirrorPullCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.onMirror(ctx, m.Path, func(mirrors *upstream.Mirrors, found *upstream.Mirror) error {
		if err := mirrors.Again(ctx, found.RepositoryID); err != nil {
			return err
		}
		con.printf("pull requested; mirror show has the result\n")
		return nil
	})
}

type mirrorRemoveCmd struct {
	Path string `arg:"" name:"owner/name" help:"The mirror."`
}

func (m *mirrorRemoveCmd) permission(*env) access.Permission {
	return access.OnRepository(m.Path, access.Administer)
}

func (m *mirrorRemoveCmd) Run(ctx context.Context, c *cli) error {
	return c.onMirror(ctx, m.Path, func(mirrors *upstream.Mirrors, found *upstream.Mirror) error {
		return mirrors.Remove(ctx, found.RepositoryID)
	})
}

// mirrorView shows the view the upstreams of mirrors. It is web.Mirrors.
type mirrorView struct{ mirrors *upstream.Mirrors }

// Mirror implements web.Mirrors.
func (f mirrorView) Mirror(ctx context.Context, repositoryID string) (*web.Mirror, error) {
	m, err := f.mirrors.Find(ctx, repositoryID)
	if errors.Is(err, upstream.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &web.Mirror{URL: m.URL, State: string(m.State), Pulled: m.Ended, Next: m.Due, Asked: m.Pending, Push: m.PushID}, nil
}
