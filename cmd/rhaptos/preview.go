package main

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"net/http"

	"github.com/rhaptos/rhaptos/gitserver/localrepo"
	"github.com/rhaptos/rhaptos/publish/preview"
	"github.com/rhaptos/rhaptos/publish/site"
	"github.com/rhaptos/rhaptos/web"
	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/theme"
)

// preview serves the books of the folder through the server's own view.
func (k *buildCmd) preview(ctx context.Context, b *site.Builder, con console) error {
	listener, err := net.Listen("tcp", string(k.Serve))
	if err != nil {
		return err
	}
	defer listener.Close()
	con.printf("building the books of %s\n", k.Dir)
	p := preview.New(preview.Config{Site: b, Address: string(k.Serve), Base: k.Base, Out: con.out, Err: con.err})
	if k.Base != "" {
		if err := k.addBase(ctx, p); err != nil {
			return err
		}
	}
	look, err := theme.New()
	if err != nil {
		return err
	}
	view, err := web.New(web.Config{Site: resource.Site{
		Repositories: previewed{p.Repository()}, Releases: p.Repository(), Blobs: b.Blobs(), Theme: look, Log: slog.New(slog.DiscardHandler),
	}})
	if err != nil {
		return err
	}
	return p.Serve(ctx, listener, view)
}

// addBase adds the books of the commit with which the folder is compared.
func (k *buildCmd) addBase(ctx context.Context, p *preview.Previewer) (err error) {
	repo, err := localrepo.Open(ctx, k.Dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, repo.Close()) }()
	tree, _, err := repo.Resolve(ctx, k.Base)
	if err != nil {
		return err
	}
	prefix, err := repo.Prefix(ctx)
	if err != nil {
		return err
	}
	if tree, err = fs.Sub(tree, prefix); err != nil {
		return err
	}
	return p.AddBase(ctx, tree)
}

// previewed shows the view the one repository of a preview. It is
// resource.Repositories.
type previewed struct{ *preview.Repository }

// Authenticate implements resource.Repositories: a preview has no accounts.
func (r previewed) Authenticate(context.Context, *http.Request) error { return nil }

// Find implements resource.Repositories.
func (r previewed) Find(_ context.Context, _ *http.Request, owner, name string) (*resource.Repository, error) {
	if owner != preview.Owner || name != r.Name() {
		return nil, resource.ErrNotFound
	}
	return r.viewed(), nil
}

// List implements resource.Repositories.
func (r previewed) List(context.Context, *http.Request) ([]*resource.Repository, error) {
	return []*resource.Repository{r.viewed()}, nil
}

func (r previewed) viewed() *resource.Repository {
	return &resource.Repository{ID: preview.ID, Owner: preview.Owner, Name: r.Name(), DefaultBranch: preview.DefaultBranch}
}
