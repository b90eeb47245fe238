package main

import (
	"context"
	"net/http"
	"strings"

	"github.com/rhaptos/rhaptos/gitserver/lfs"
)

// lfsServer builds the server of Git LFS.
func (p *server) lfsServer(ctx context.Context) (*lfs.Server, error) {
	return lfs.New(ctx, p.records.db, lfs.Config{
		Repositories: p.store,
		Access:       p.records.access,
		Objects:      lfs.NewObjects(p.records.db, p.blobs, p.LFSQuota<<20),
		Locks:        lfs.NewLocks(p.records.db),
		URL:          p.URL,
		Log:          p.log,
	})
}

// withLFS gives the endpoints of Git LFS to its server and all others to git's.
func withLFS(git, objects http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.PathValue("endpoint"), lfs.Prefix) {
			objects.ServeHTTP(w, r)
			return
		}
		git.ServeHTTP(w, r)
	})
}
