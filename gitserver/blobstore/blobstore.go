// Package blobstore keeps bytes under their digest.
//
// A blob is written once and never changed. What Put has returned is durable:
// a machine that loses power a moment later still has it. Names (refs, packs,
// manifests) live in the database and are written only after the bytes they
// name; so a blob that nothing names is possible and harmless, and is swept.
package blobstore

import (
	"context"
	"io"
	"strings"
	"time"
)

// Digest is the SHA-256 of a blob in lower-case hexadecimal, 64 characters.
type Digest string

// Valid reports whether d is written as a digest must be.
func (d Digest) Valid() bool {
	return len(d) == 64 && strings.Trim(string(d), "0123456789abcdef") == ""
}

// Info describes a blob without its content.
type Info struct {
	Digest  Digest
	Size    int64 // bytes
	Written time.Time
}

// Store holds blobs. All methods may be called from many goroutines.
type Store interface {
	// Put reads r to its end and keeps the bytes; it returns when they are
	// durable. Putting the same bytes again is not an error, and repairs a blob that
	// has been damaged.
	Put(ctx context.Context, r io.Reader) (Info, error)

	// Open returns the blob's bytes from the start; the caller closes it.
	// The error of a blob that is not there matches fs.ErrNotExist. A store whose
	// bytes can be spoilt checks them before it gives them out for the first time;
	// the error of a damaged blob matches ErrDamaged.
	Open(ctx context.Context, d Digest) (io.ReadSeekCloser, error)

	// Stat returns a blob's size in bytes; the error of a missing one matches fs.ErrNotExist.
	Stat(ctx context.Context, d Digest) (Info, error)

	// Delete removes a blob; removing one that is not there is not an error.
	Delete(ctx context.Context, d Digest) error

	// List calls f for every blob, in no order, until f returns an error,
	// which List then returns.
	List(ctx context.Context, f func(Info) error) error
}

// FileStore is the further power of a store that lives on this machine's file
// system: it takes and gives whole files without copying their bytes.
type FileStore interface {
	Store

	// PutFile keeps the file at path, durable when it returns. The file itself
	// stays where it is and must not be written to any more.
	PutFile(ctx context.Context, path string) (Info, error)

	// LinkFile makes the blob appear at path, which must not exist, read-only.
	LinkFile(ctx context.Context, d Digest, path string) error
}
