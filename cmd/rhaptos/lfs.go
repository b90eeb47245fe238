package main

import (
	"context"

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
	})
}
