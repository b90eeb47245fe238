package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/rhaptos/rhaptos/docs/rules"
	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/access"
	"github.com/rhaptos/rhaptos/gitserver/clienterror"
	"github.com/rhaptos/rhaptos/gitserver/smarthttp"
	"github.com/rhaptos/rhaptos/gitserver/ssh"
	"github.com/rhaptos/rhaptos/gitserver/store"
	"github.com/rhaptos/rhaptos/publish/webhook"
	"github.com/rhaptos/rhaptos/web"
	"github.com/rhaptos/rhaptos/web/decision/watch"
	webgit "github.com/rhaptos/rhaptos/web/git"
	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/theme"
)

// web builds the HTTP server: the view, git and Git LFS, and the triggers. It
// is to serve on what the view makes of a listener.
func (p *server) web(look *theme.Theme, git *smarthttp.Server) (*http.Server, *web.View, error) {
	receiver := webhook.NewReceiver(webhook.ReceiverConfig{Triggers: webhook.NewTriggers(p.env.db), Resolver: gitSource{p.store}, Mirrors: p.puller.Mirrors})
	view, err := web.New(web.Config{
		Site: resource.Site{
			Repositories: readableRepositories{p.store.Repositories, p.env.access, p.senders},
			Releases:     p.releases,
			Blobs:        p.blobs,
			Theme:        look,
			URL:          p.URL,
			SSH:          p.sshURL,
			Log:          p.log,
			SharedMaxAge: p.SharedMaxAge,
		},
		Content: web.Content{
			Pushes:  recordedPushes{p.store.Repositories, p.blobs, p.releases, p.env.access, p.senders},
			Mirrors: mirrorView{p.puller.Mirrors},
			Exports: p.exports,
			Archive: p.exports,
			Search:  p.search,
			Rules:   rules.Pages,

			Contributions: contributionView{p.env.contributor.contributions},
			Derivations:   derivationView{p.store.Repositories},
		},
		Protocols: web.Protocols{
			Git: func(owner, name string) webgit.Request { return git.Request(owner, name) },
			LFS: func(owner, name, path string) (webgit.LFSRequest, []string) {
				return p.lfs.Request(owner, name, path)
			},
			Triggers: receiver,
		},
		Operations: web.Operations{
			Health:     p.health,
			Ready:      p.ready,
			FlowTarget: p.FlowTarget,
			Watch:      watch.New(p.Traces),
			Operator:   readableRepositories{p.store.Repositories, p.env.access, p.senders}.operator,
		},
	})
	if err != nil {
		return nil, nil, err
	}
	return &http.Server{
		Handler:                      view,
		ReadHeaderTimeout:            10 * time.Second,
		IdleTimeout:                  2 * time.Minute,
		MaxHeaderBytes:               64 << 10, // more than the view's listener lets through
		DisableGeneralOptionsHandler: true,
	}, view, nil
}

func (p *server) health(ctx context.Context) error {
	var one int
	return p.env.db.QueryRowContext(ctx, "SELECT 1").Scan(&one)
}

// sshServer builds the SSH server.
func (p *server) sshServer(ctx context.Context, packs *gitserver.Server) (*ssh.Server, error) {
	key, err := p.env.access.HostKey(ctx)
	if err != nil {
		return nil, err
	}
	return ssh.New(ssh.Config{
		Packs: packs, Access: p.env.access, HostKey: key,
		Administer: p.env.administer, AuthenticateLFS: p.lfs.Authenticate, URL: p.sshURL, Log: p.log,
	})
}

// sshURL is where clients reach the SSH server: the host of the server's base
// URL with the port that SSH listens on.
func sshURL(base string, addr net.Addr) (string, error) {
	u, err := url.Parse(base)
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return "", err
	}
	return "ssh://git@" + net.JoinHostPort(u.Hostname(), port), nil
}

// readableRepositories shows the view those repositories that the sender of a request may
// read. It is resource.Repositories.
type readableRepositories struct {
	repositories store.Repositories
	access       *access.Access
	senders      *access.Senders
}

// operator asks whether the request comes from an operator of the server.
func (v readableRepositories) operator(_ context.Context, r *http.Request) error {
	p, err := v.senders.Principal(r)
	switch {
	case err != nil:
		return viewError(err)
	case p.Account == nil:
		return resource.ErrUnauthorized
	case !p.ServerAdmin():
		return resource.ErrForbidden
	}
	return nil
}

// Find implements resource.Repositories. To nobody, a repository that is not there
// is answered like one that is hidden.
func (v readableRepositories) Find(ctx context.Context, r *http.Request, owner, name string) (*resource.Repository, error) {
	p, err := v.senders.Principal(r)
	if err != nil {
		return nil, viewError(err)
	}
	repo, err := v.access.Find(ctx, p, owner, name, access.Read)
	if err != nil {
		return nil, viewError(err)
	}
	return viewed(repo), nil
}

// Authenticate implements resource.Repositories.
func (v readableRepositories) Authenticate(_ context.Context, r *http.Request) error {
	_, err := v.senders.Principal(r)
	return viewError(err)
}

// List implements resource.Repositories.
func (v readableRepositories) List(ctx context.Context, r *http.Request) ([]*resource.Repository, error) {
	p, err := v.senders.Principal(r)
	if err != nil {
		return nil, viewError(err)
	}
	all, err := v.repositories.List(ctx)
	if err != nil {
		return nil, err
	}
	var list []*resource.Repository
	for _, repo := range all {
		if v.access.Authorize(ctx, p, repo, access.Read) == nil {
			list = append(list, viewed(repo))
		}
	}
	return list, nil
}

func viewed(r *gitserver.Repository) *resource.Repository {
	return &resource.Repository{ID: r.ID, Owner: r.Owner, Name: r.Name, DefaultBranch: r.DefaultBranch(), Private: r.Private, Version: r.Version}
}

// viewError is an error of access in the words of the view.
func viewError(err error) error {
	if refused := clienterror.Of(err); refused != nil {
		switch refused.Kind {
		case clienterror.Unauthenticated:
			return resource.ErrUnauthorized
		case clienterror.TooMany:
			return &resource.TooManyError{Reason: refused.Text, RetryAfter: refused.Retry}
		}
	}
	for from, to := range map[error]error{
		access.ErrUnauthenticated: resource.ErrUnauthorized,
		access.ErrForbidden:       resource.ErrForbidden,
		access.ErrNotFound:        resource.ErrNotFound,
	} {
		if errors.Is(err, from) {
			return to
		}
	}
	return err
}
