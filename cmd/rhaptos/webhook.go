package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/access"
	"github.com/rhaptos/rhaptos/publish/webhook"
)

type webhookCmd struct {
	Add        webhookAddCmd        `cmd:"" help:"Add a webhook and print its secret, which is shown only once."`
	List       webhookListCmd       `cmd:"" help:"List the webhooks."`
	Rotate     webhookRotateCmd     `cmd:"" help:"Rotate a webhook's secret and print the new one."`
	Pause      webhookPauseCmd      `cmd:"" help:"Pause deliveries; events are queued."`
	Resume     webhookResumeCmd     `cmd:"" help:"Resume a paused or suspended webhook under the caller's authority."`
	Remove     webhookRemoveCmd     `cmd:"" help:"Remove a webhook and its deliveries."`
	Deliveries webhookDeliveriesCmd `cmd:"" help:"List the latest deliveries of a webhook."`
	Delivery   webhookDeliveryCmd   `cmd:"" help:"Show a delivery: each request and its response."`
	Redeliver  webhookRedeliverCmd  `cmd:"" help:"Send a delivery again."`
}

type webhookAddCmd struct {
	URL       string   `arg:"" name:"url" help:"URL that receives the POST requests."`
	Repo      string   `help:"Deliver events of this repository only." placeholder:"OWNER/NAME"`
	Events    []string `help:"Events to deliver; * matches any part of a name." default:"release.*" placeholder:"EVENT"`
	Signature string   `help:"Signature scheme: standard (Standard Webhooks), github, or both." enum:"standard,github,both" default:"standard"`

	SecretStdin bool `help:"Read the secret (whsec_ and base64) from standard input instead of generating it."`
}

func (w *webhookAddCmd) permission(*env) access.Permission {
	if w.Repo == "" {
		return access.ServerAdmins()
	}
	return access.OnRepository(w.Repo, access.Administer)
}

func (w *webhookAddCmd) Run(ctx context.Context, c *cli, con console) error {
	given, err := con.secret(w.SecretStdin)
	if err != nil {
		return err
	}
	return c.with(ctx, func(rec *env) error {
		repositoryID, err := rec.optionalID(ctx, w.Repo)
		if err != nil {
			return err
		}
		guards, err := rec.guards(ctx)
		if err != nil {
			return err
		}
		if err := webhook.CheckURL(ctx, w.URL, guards.Webhooks); err != nil {
			return err
		}
		id, secret, err := webhook.NewWebhooks(rec.db).Add(ctx, webhook.Webhook{
			URL: w.URL, RepositoryID: repositoryID, Events: w.Events, Signature: webhook.Signature(w.Signature), Creator: c.account(),
		}, given)
		if err != nil {
			return err
		}
		con.printf("%s%s\n", id, mark(given == "", secret))
		return nil
	})
}

// account is the id of the caller's account, empty at the machine.
func (h caller) account() string {
	if h.principal == nil || h.principal.Account == nil {
		return ""
	}
	return h.principal.Account.ID
}

// secret reads a secret from standard input if it is there.
func (c console) secret(there bool) (string, error) {
	if !there {
		return "", nil
	}
	given, err := c.text("-")
	if err == nil && given == "" {
		err = errors.New("there is no secret on standard input")
	}
	return given, err
}

// optionalID is the id of the repository with the path, empty for an empty path.
func (r *env) optionalID(ctx context.Context, path string) (string, error) {
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
func (r *env) pathOf(ctx context.Context, id string) (string, error) {
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
func ofWebhook(rec *env, id string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		return webhook.NewWebhooks(rec.db).RepositoryOf(ctx, id)
	}
}

type webhookListCmd struct{}

func (*webhookListCmd) permission(*env) access.Permission { return access.AnyAccount() }

func (*webhookListCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.with(ctx, func(rec *env) error {
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
			con.printf("%s\t%s\t%s\t%s\t%s%s\n", w.ID, path, w.URL, strings.Join(w.Events, ","), w.Condition, mark(w.Reason != "", w.Reason))
		}
		return nil
	})
}

// mayAnnounce reports whether the caller may see the webhooks and triggers of a
// repository, or, with an empty id, those of the server.
func (c *cli) mayAnnounce(ctx context.Context, rec *env, repositoryID, path string) (bool, error) {
	if c.principal == nil || repositoryID != "" {
		return c.may(ctx, rec, path, access.Administer)
	}
	return c.principal.ServerAdmin(), nil
}

type webhookRemoveCmd struct {
	ID string `arg:"" help:"Id of the webhook, from webhook list."`
}

func (w *webhookRemoveCmd) permission(rec *env) access.Permission {
	return access.OnOwner(rec.owner(ofWebhook(rec, w.ID)), access.Administer)
}

func (w *webhookRemoveCmd) Run(ctx context.Context, c *cli) error {
	return c.with(ctx, func(rec *env) error { return webhook.NewWebhooks(rec.db).Remove(ctx, w.ID) })
}

type webhookDeliveriesCmd struct {
	ID string `arg:"" help:"Id of the webhook."`
}

func (w *webhookDeliveriesCmd) permission(rec *env) access.Permission {
	return access.OnOwner(rec.owner(ofWebhook(rec, w.ID)), access.Administer)
}

func (w *webhookDeliveriesCmd) Run(ctx context.Context, c *cli, con console) error {
	const latest = 50
	return c.with(ctx, func(rec *env) error {
		list, err := webhook.NewWebhooks(rec.db).Deliveries(ctx, w.ID, latest)
		if err != nil {
			return err
		}
		for _, d := range list {
			con.printf("%s\t%s\t%s\t%d attempts\t%s\t%s\n", d.ID, d.Event, d.State, d.Attempts, d.Created.Format(time.RFC3339), d.Response)
		}
		return nil
	})
}

type webhookDeliveryCmd struct {
	ID string `arg:"" help:"Id of the delivery, from webhook deliveries."`
}

func (w *webhookDeliveryCmd) permission(rec *env) access.Permission {
	return access.OnOwner(rec.owner(ofWebhook(rec, w.ID)), access.Administer)
}

func (w *webhookDeliveryCmd) Run(ctx context.Context, c *cli, con console) error {
	return c.with(ctx, func(rec *env) error {
		d, body, attempts, err := webhook.NewWebhooks(rec.db).Delivery(ctx, w.ID)
		if err != nil {
			return err
		}
		con.printf("%s %s %s, of webhook %s, announced %s\n\n%s\n", d.ID, d.Event, d.State, d.WebhookID, d.Created.Format(time.RFC3339), body)
		for _, a := range attempts {
			con.printf("\nattempt %d at %s, %v\nPOST %s\n%s\n%s\n%s", a.Number, a.At.Format(time.RFC3339), a.Took.Round(time.Millisecond),
				a.URL, a.RequestHeader, a.Response, a.ResponseHeader)
			if a.ResponseBody != "" {
				con.printf("\n%s\n", strings.TrimSuffix(a.ResponseBody, "\n"))
			}
		}
		return nil
	})
}

type webhookRedeliverCmd struct {
	ID string `arg:"" help:"Id of the delivery, from webhook deliveries."`
}

func (w *webhookRedeliverCmd) permission(rec *env) access.Permission {
	return access.OnOwner(rec.owner(ofWebhook(rec, w.ID)), access.Administer)
}

func (w *webhookRedeliverCmd) Run(ctx context.Context, c *cli) error {
	return c.with(ctx, func(rec *env) error { return webhook.NewWebhooks(rec.db).Redeliver(ctx, w.ID) })
}

type webhookRotateCmd struct {
	ID          string        `arg:"" help:"Id of the webhook."`
	Grace       time.Duration `help:"Time for which the old secret also signs, where the scheme allows two signatures." default:"24h"`
	SecretStdin bool          `help:"Read the new secret from standard input instead of generating it."`
}

func (w *webhookRotateCmd) permission(rec *env) access.Permission {
	return access.OnOwner(rec.owner(ofWebhook(rec, w.ID)), access.Administer)
}

func (w *webhookRotateCmd) Run(ctx context.Context, c *cli, con console) error {
	given, err := con.secret(w.SecretStdin)
	if err != nil {
		return err
	}
	return c.with(ctx, func(rec *env) error {
		secret, err := webhook.NewWebhooks(rec.db).Rotate(ctx, w.ID, given, w.Grace)
		if err == nil && given == "" {
			con.printf("%s\n", secret)
		}
		return err
	})
}

type webhookPauseCmd struct {
	ID string `arg:"" help:"Id of the webhook."`
}

func (w *webhookPauseCmd) permission(rec *env) access.Permission {
	return access.OnOwner(rec.owner(ofWebhook(rec, w.ID)), access.Administer)
}

func (w *webhookPauseCmd) Run(ctx context.Context, c *cli) error {
	return c.with(ctx, func(rec *env) error { return webhook.NewWebhooks(rec.db).Pause(ctx, w.ID) })
}

type webhookResumeCmd struct {
	ID string `arg:"" help:"Id of the webhook."`
}

func (w *webhookResumeCmd) permission(rec *env) access.Permission {
	return access.OnOwner(rec.owner(ofWebhook(rec, w.ID)), access.Administer)
}

func (w *webhookResumeCmd) Run(ctx context.Context, c *cli) error {
	return c.with(ctx, func(rec *env) error { return webhook.NewWebhooks(rec.db).Unpause(ctx, w.ID, c.account()) })
}

// mayHear says why an account may not have the events of a repository, or with
// an empty id those of all; empty if it may. It is webhook.Sender's May.
func (r *env) mayHear(ctx context.Context, accountID, repositoryID string) (why string, err error) {
	p, err := r.access.ByAccountID(ctx, accountID)
	if errors.Is(err, access.ErrUnauthenticated) {
		return "the account that made it is disabled", nil
	}
	if err != nil {
		return "", err
	}
	if repositoryID == "" {
		if !p.ServerAdmin() {
			return p.Name() + ", who created it, is no longer a server admin", nil
		}
		return "", nil
	}
	repo, err := r.repositories.ByID(ctx, r.db, repositoryID)
	if err != nil {
		return "", err
	}
	err = r.access.Authorize(ctx, p, repo, access.Administer)
	if errors.Is(err, access.ErrForbidden) || errors.Is(err, access.ErrNotFound) {
		return fmt.Sprintf("%s, who created it, may no longer administer %s", p.Name(), repo.Path()), nil
	}
	return "", err
}
