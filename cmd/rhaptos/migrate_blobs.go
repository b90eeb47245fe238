package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/failpoint"
)

// migrateUploads is how many blobs are copied at the same time.
const migrateUploads = 8

// blobsThere are the blobs that the new blob store has, as this process has seen.
type blobsThere struct {
	mu            sync.Mutex
	seen          map[blobstore.Digest]bool
	copied, bytes int64
}

// first reports whether a blob was not asked for yet.
func (b *blobsThere) first(d blobstore.Digest) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.seen == nil {
		b.seen = map[blobstore.Digest]bool{}
	}
	old := b.seen[d]
	b.seen[d] = true
	return !old
}

func (b *blobsThere) count(size int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.copied++
	b.bytes += size
}

// copyBlobs makes the new blob store have every blob that the old database references.
func (m *migration) copyBlobs(ctx context.Context) error {
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(migrateUploads)
	err := gcRoots(m.from.db, m.readable())(groupCtx, func(d blobstore.Digest) error {
		if m.there.first(d) {
			group.Go(func() error { return m.copyBlob(groupCtx, d) })
		}
		return groupCtx.Err()
	})
	if failed := group.Wait(); failed != nil {
		return failed
	}
	if err != nil {
		return err
	}
	m.con.printf("%d blobs are there; %d were copied, %d bytes\n", len(m.there.seen), m.there.copied, m.there.bytes)
	return nil
}

// copyBlob copies a blob unless it is there in its whole length. Both stores compare the
// bytes with the digest: the one that gives them out, and the one that takes them.
func (m *migration) copyBlob(ctx context.Context, d blobstore.Digest) error {
	want, err := m.source.Stat(ctx, d)
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing {
		return err
	}
	got, err := m.target.Stat(ctx, d)
	switch {
	case err == nil && (missing || got.Size == want.Size):
		return nil
	case missing && errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("blob %s is neither in %s nor in the new place: rhaptos fsck says what needs it", d, m.From)
	case err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, blobstore.ErrDamaged):
		return err
	}
	r, err := m.source.Open(ctx, d)
	if err != nil {
		return err
	}
	defer r.Close()
	info, err := m.target.Put(ctx, r)
	if err != nil {
		return err
	}
	if info.Digest != d || info.Size != want.Size {
		return fmt.Errorf("blob %s arrived as %s, %d bytes", d, info.Digest, info.Size)
	}
	m.there.count(info.Size)
	failpoint.Hit("migrate-blob")
	return nil
}

// readable is the store from which manifests are read to find the blobs that they name:
// the old one, or the new one for a library whose blobs are in a bucket already.
func (m *migration) readable() blobstore.Store { return eitherStore{m.source, m.target} }

// eitherStore reads from the first store, and what is not there from the second.
type eitherStore struct {
	blobstore.Store
	second blobstore.Store
}

// Open implements [blobstore.Store].
func (e eitherStore) Open(ctx context.Context, d blobstore.Digest) (io.ReadSeekCloser, error) {
	r, err := e.Store.Open(ctx, d)
	if errors.Is(err, fs.ErrNotExist) {
		return e.second.Open(ctx, d)
	}
	return r, err
}
