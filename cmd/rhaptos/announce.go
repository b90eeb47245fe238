package main

import (
	"context"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/publish/webhook"
)

type webhookCmd struct {
	Add        webhookAddCmd        `cmd:"" help:"Tell an address of every release; prints the secret, which is shown only once."`
	List       webhookListCmd       `cmd:"" help:"List the webhooks."`
	Remove     webhookRemoveCmd     `cmd:"" help:"Remove a webhook and its deliveries."`
	Deliveries webhookDeliveriesCmd `cmd:"" help:"List the latest deliveries of a webhook."`
	Redeliver  webhookRedeliverCmd  `cmd:"" help:"Send a delivery again."`
}

type webhookAddCmd struct {
	URL  string `arg:"" name:"url" help:"Where to POST."`
	Repo string `help:"Only of this repository's releases." placeholder:"OWNER/NAME"`
}

func (w *webhookAddCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.with(ctx, func(rec *records) error {
		repositoryID, err := rec.optionalID(ctx, w.Repo)
		if err != nil {
			return err
		}
		id, secret, err := webhook.NewWebhooks(rec.db).Add(ctx, w.URL, repositoryID)
		if err != nil {
			return err
		}
		con.printf("%s\t%s\n", id, secret)
		return nil
	})
}

// optionalID is the id of the repository with the path, empty for an empty path.
func (r *records) optionalID(ctx context.Context, path string) (string, error) {
	if path == "" {
		return "", nil
	}
	repo, err := r.repositories.LookupPath(ctx, path)
	if err != nil {
		return "", err
	}
	return repo.ID, nil
}

// pathOf is a repository's OWNER/NAME, or "all" when there is no id.
func (r *records) pathOf(ctx context.Context, id string) (string, error) {
	if id == "" {
		return "all", nil
	}
	repo, err := r.repositories.ByID(ctx, r.db, id)
	if err != nil {
		return "", err
	}
	return repo.Path(), nil
}

type webhookListCmd struct{}

func (*webhookListCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.with(ctx, func(rec *records) error {
		list, err := webhook.NewWebhooks(rec.db).List(ctx)
		if err != nil {
			return err
		}
		for _, w := range list {
			path, err := rec.pathOf(ctx, w.RepositoryID)
			if err != nil {
				return err
			}
			con.printf("%s\t%s\t%s\n", w.ID, path, w.URL)
		}
		return nil
	})
}

type webhookRemoveCmd struct {
	ID string `arg:"" help:"The webhook's id, from webhook list."`
}

func (w *webhookRemoveCmd) Run(ctx context.Context, c *cli) error {
	return c.with(ctx, func(rec *records) error { return webhook.NewWebhooks(rec.db).Remove(ctx, w.ID) })
}

type webhookDeliveriesCmd struct {
	ID string `arg:"" help:"The webhook's id."`
}

func (w *webhookDeliveriesCmd) Run(ctx context.Context, c *cli, con console) error {
	const latest = 50
	return c.with(ctx, func(rec *records) error {
		list, err := webhook.NewWebhooks(rec.db).Deliveries(ctx, w.ID, latest)
		if err != nil {
			return err
		}
		for _, d := range list {
			con.printf("%s\t%s\t%s\t%d attempts\t%s\t%s\n", d.ID, d.Event, d.State, d.Attempts, d.Created.Format(time.RFC3339), d.Answer)
		}
		return nil
	})
}

type webhookRedeliverCmd struct {
	ID string `arg:"" help:"The delivery's id, from webhook deliveries."`
}

func (w *webhookRedeliverCmd) Run(ctx context.Context, c *cli) error {
	return c.with(ctx, func(rec *records) error { return webhook.NewWebhooks(rec.db).Redeliver(ctx, w.ID) })
}

type triggerCmd struct {
	Add    triggerAddCmd    `cmd:"" help:"Make /-/hooks/NAME publish a repository; prints the secret, which is shown only once."`
	List   triggerListCmd   `cmd:"" help:"List the triggers."`
	Remove triggerRemoveCmd `cmd:"" help:"Remove a trigger."`
}

type triggerAddCmd struct {
	Name string `arg:"" help:"Its name, which becomes part of the URL."`
	Repo string `help:"The repository that it publishes." placeholder:"OWNER/NAME" required:""`
	Ref  string `help:"The one ref that it may publish, a full name or a branch; without it, what the repository's settings publish." placeholder:"REF"`
}

func (t *triggerAddCmd) Run(ctx context.Context, c *cli, con console) error {
	if t.Ref != "" && !strings.HasPrefix(t.Ref, "refs/") {
		t.Ref = "refs/heads/" + t.Ref
	}
	return c.with(ctx, func(rec *records) error {
		repo, err := rec.repositories.LookupPath(ctx, t.Repo)
		if err != nil {
			return err
		}
		secret, err := webhook.NewTriggers(rec.db).Add(ctx, t.Name, repo.ID, t.Ref)
		if err != nil {
			return err
		}
		con.printf("%s\n", secret)
		return nil
	})
}

type triggerListCmd struct{}

func (*triggerListCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.with(ctx, func(rec *records) error {
		list, err := webhook.NewTriggers(rec.db).List(ctx)
		if err != nil {
			return err
		}
		for _, t := range list {
			path, err := rec.pathOf(ctx, t.RepositoryID)
			if err != nil {
				return err
			}
			con.printf("%s\t%s%s\n", t.Name, path, mark(t.Ref != "", t.Ref))
		}
		return nil
	})
}

type triggerRemoveCmd struct {
	Name string `arg:"" help:"The trigger's name."`
}

func (t *triggerRemoveCmd) Run(ctx context.Context, c *cli) error {
	return c.with(ctx, func(rec *records) error { return webhook.NewTriggers(rec.db).Remove(ctx, t.Name) })
}
