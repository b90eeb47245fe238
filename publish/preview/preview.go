// Package preview shows the books of a folder in a browser while their author
// writes: it builds them anew when a file changes, and notifies the pages that are
// open.
//
// The books are the drafts of a [Repository] that lies in memory, shown by the
// server's own view. The preview adds a script to each page (live.js), to which
// it sends a [state] after each build as a server-sent event.
package preview

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"time"

	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/site"
)

// Config is the input of a preview.
type Config struct {
	Site    *site.Builder
	Address string    // at which it is to be reached; HOST:PORT
	Base    string    // a name for the commit to compare with; may be empty
	Out     io.Writer // for what an author reads
	Err     io.Writer
}

// Previewer builds the books and notifies browsers.
type Previewer struct {
	config     Config
	site       *site.Builder
	repository *Repository
	live       *live
	built      bool                 // once at least
	reported   []collection.Problem // errors and warnings of the last build, notes of every one
	verdict    string               // on it
	fault      string               // why there was none since; may be empty
}

// New returns a preview that shows nothing yet.
func New(c Config) *Previewer {
	return &Previewer{config: c, site: c.Site, repository: newRepository(repositoryName(c.Site.Dir())), live: newLive()}
}

// Repository holds the drafts that the view shows.
func (p *Previewer) Repository() *Repository { return p.repository }

// The branches by which the view knows what is shown.
const (
	previewBranch = "preview"
	baseBranch    = "base"
)

// AddBase adds the books of the tree with which the folder is compared.
func (p *Previewer) AddBase(ctx context.Context, tree fs.FS) error {
	proof, err := p.site.BuildBase(ctx, tree)
	if err != nil {
		return err
	}
	books := map[string]*release.Manifest{}
	for _, m := range proof.Manifests {
		books[m.Book.Slug] = m
	}
	return p.repository.put(baseBranch, books, proof)
}

// Serve shows the books through view, and refreshes them when the folder
// changes, until ctx ends.
func (p *Previewer) Serve(ctx context.Context, listener net.Listener, view http.Handler) error {
	watch, err := watchFolder(p.site.Dir(), p.site.Hidden())
	if err != nil {
		return err
	}
	defer watch.close()
	if err := p.refresh(ctx); err != nil {
		return err
	}
	server := &http.Server{Handler: p.handler(view), ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	fmt.Fprintf(p.config.Out, "serving http://%s/; Ctrl-C stops it\n", listener.Addr())
	for {
		var retry <-chan time.Time
		if p.fault != "" {
			retry = time.After(retryAfter)
		}
		select {
		case <-ctx.Done():
			return server.Close()
		case err := <-failed:
			return err
		case <-watch.changed:
		case <-retry:
		}
		if err := p.refresh(ctx); err != nil && ctx.Err() == nil {
			p.fail(err)
		}
	}
}

// retryAfter is the time after which a folder that could not be read is read
// again: that it now can be is not always seen.
const retryAfter = 2 * time.Second
