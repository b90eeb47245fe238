package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/access"
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

	SecretStdin bool `help:"Read the secret from standard input, whsec_ and base64, instead of making one."`
}

func (w *webhookAddCmd) gate() gate {
	if w.Repo == "" {
		return forServerAdmins()
	}
	return forRepository(w.Repo, access.Administer)
}

func (w *webhookAddCmd) Run(ctx context.Context, c *cli, con console) error {
	given := ""
	if w.SecretStdin {
		var err error
		if given, err = con.text("-"); err != nil {
			return err
		}
		if given == "" {
			return errors.New("there is no secret on standard input")
		}
	}
	return c.with(ctx, func(rec *records) error {
		repositoryID, err := rec.optionalID(ctx, w.Repo)
		if err != nil {
			return err
		}
		id, secret, err := webhook.NewWebhooks(rec.db).Add(ctx, w.URL, repositoryID, given)
		if err != nil {
			return err
		}
		con.printf("%s%s\n", id, mark(given == "", secret))
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

// ofWebhook finds the repository of a webhook or of a delivery.
func ofWebhook(id string) func(context.Context, *records) (string, error) {
	return func(ctx context.Context, rec *records) (string, error) {
		return webhook.NewWebhooks(rec.db).RepositoryOf(ctx, id)
	}
}

type webhookListCmd struct{}

func (*webhookListCmd) gate() gate { return forAccounts() }

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
			if may, err := c.mayAnnounce(ctx, rec, w.RepositoryID, path); err != nil {
				return err
			} else if !may {
				continue
			}
			con.printf("%s\t%s\t%s\n", w.ID, path, w.URL)
		}
		return nil
	})
}

// mayAnnounce reports whether the caller may see the webhooks and triggers of a
// repository, or, with an empty id, those of the server.
func (c *cli) mayAnnounce(ctx context.Context, rec *records, repositoryID, path string) (bool, error) {
	if c.caller == nil || repositoryID != "" {
		return c.may(ctx, rec, path, access.Administer)
	}
	return c.caller.ServerAdmin(), nil
}

type webhookRemoveCmd struct {
	ID string `arg:"" help:"The webhook's id, from webhook list."`
}

func (w *webhookRemoveCmd) gate() gate { return forRepositoryID(ofWebhook(w.ID), access.Administer) }

func (w *webhookRemoveCmd) Run(ctx context.Context, c *cli) error {
	return c.with(ctx, func(rec *records) error { return webhook.NewWebhooks(rec.db).Remove(ctx, w.ID) })
}

type webhookDeliveriesCmd struct {
	ID string `arg:"" help:"The webhook's id."`
}

func (w *webhookDeliveriesCmd) gate() gate {
	return forRepositoryID(ofWebhook(w.ID), access.Administer)
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

func (w *webhookRedeliverCmd) gate() gate { return forRepositoryID(ofWebhook(w.ID), access.Administer) }

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

func (t *triggerAddCmd) gate() gate { return forRepository(t.Repo, access.Administer) }

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

func (*triggerListCmd) gate() gate { return forAccounts() }

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
			if may, err := c.mayAnnounce(ctx, rec, t.RepositoryID, path); err != nil {
				return err
			} else if !may {
				continue
			}
			con.printf("%s\t%s%s\n", t.Name, path, mark(t.Ref != "", t.Ref))
		}
		return nil
	})
}

type triggerRemoveCmd struct {
	Name string `arg:"" help:"The trigger's name."`
}

func (t *triggerRemoveCmd) gate() gate {
	return forRepositoryID(func(ctx context.Context, rec *records) (string, error) {
		return webhook.NewTriggers(rec.db).RepositoryOf(ctx, t.Name)
	}, access.Administer)
}

func (t *triggerRemoveCmd) Run(ctx context.Context, c *cli) error {
	return c.with(ctx, func(rec *records) error { return webhook.NewTriggers(rec.db).Remove(ctx, t.Name) })
}
