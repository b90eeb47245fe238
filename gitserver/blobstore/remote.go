package blobstore

import (
	"context"
	"io"
	"os"
)

// Remote is where a [Cached] store keeps its blobs, on other machines. What it gives out
// is compared with the digest by whoever reads it.
type Remote interface {
	// Put stores the bytes of a file, from its start, that have the digest. It returns
	// when they are durable. It may be called for a blob that is there; with replace the
	// bytes that are there are not kept.
	Put(ctx context.Context, file *os.File, d Digest, replace bool) (Info, error)

	// Get returns the bytes of a blob; the caller closes them. The error of a missing
	// one matches fs.ErrNotExist.
	Get(ctx context.Context, d Digest) (io.ReadCloser, error)

	// Stat returns what is known of a blob, without a cache in between. The error of a
	// missing one matches fs.ErrNotExist, that of one that is known to be damaged
	// ErrDamaged.
	Stat(ctx context.Context, d Digest) (Info, error)

	// Delete removes a blob; removing one that is not there is not an error.
	Delete(ctx context.Context, d Digest) error

	// List calls f for every blob until f returns an error, which List then returns.
	List(ctx context.Context, f func(Info) error) error
}
