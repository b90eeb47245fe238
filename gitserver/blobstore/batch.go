package blobstore

import (
	"context"
	"io"
)

// Batch puts many blobs with fewer waits for the disk than one by one: they
// are durable, and in the store, once Commit has returned. All methods but
// Close may be called from many goroutines.
type Batch interface {
	// Put reads r to its end. The blob may come into the store before Commit.
	Put(ctx context.Context, r io.Reader) (Info, error)

	// Commit makes all that was put durable. The batch may be used again.
	Commit(ctx context.Context) error

	// Close gives up what has not been committed.
	Close() error
}

// BatchStore is the further power of a store to put many blobs at once.
type BatchStore interface {
	Store
	Batch() Batch
}

// NewBatch is a batch of the store, whether it has the power or not.
func NewBatch(s Store) Batch {
	if s, ok := s.(BatchStore); ok {
		return s.Batch()
	}
	return single{s}
}

// single puts each blob by itself.
type single struct{ Store }

func (single) Commit(context.Context) error { return nil }
func (single) Close() error                 { return nil }

// Renewer is the further power of a store to make a blob as young as if it had
// been put again.
type Renewer interface {
	Store

	// Renew returns what is known of the blob, which a sweep of older ones then
	// leaves; the error of a missing one matches fs.ErrNotExist, that of a damaged
	// one ErrDamaged.
	Renew(ctx context.Context, d Digest) (Info, error)
}

// Renew makes a blob young in any store, so that it may be named anew: a blob
// that nothing names could be swept before the name is written.
func Renew(ctx context.Context, s Store, d Digest) (Info, error) {
	if s, ok := s.(Renewer); ok {
		return s.Renew(ctx, d)
	}
	r, err := s.Open(ctx, d)
	if err != nil {
		return Info{}, err
	}
	defer r.Close()
	return s.Put(ctx, r)
}
