// Package lfs serves Git LFS (https://github.com/git-lfs/git-lfs/tree/main/docs,
// "API"): the batch API, the basic transfer, locks, and the answer to
// git-lfs-authenticate over SSH.
//
//   - An object is a file's content, named by its SHA-256: the oid.
//   - A pointer is the small text that git keeps in the place of the content.
//   - A lock says that somebody is changing a file that cannot be merged.
//
// Objects are blobs of the blob store; that a repository has one is a row. The
// row decides: the same bytes in another repository, or in a book, are nothing
// to those who ask here.
//
// The client side, which fetches the objects of an upstream, is part of the package,
// because it speaks the same messages and keeps what it receives in the same rows.
package lfs

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
)

// OID is the SHA-256 of an object in lower-case hexadecimal. It is the digest of
// the object's blob.
type OID = blobstore.Digest

var (
	// ErrMismatch says that bytes are not those of the object that they were
	// said to be.
	ErrMismatch = errors.New("the bytes are not those of the object")

	// ErrQuota says that a repository has no room for an object.
	ErrQuota = errors.New("the repository's quota for LFS objects is used up")

	// ErrNoObject says that a repository does not have the object.
	ErrNoObject = errors.New("no such LFS object")
)

// verifier gives the bytes of an object and, in the place of the end, an error
// that matches ErrMismatch if they were not the object's.
type verifier struct {
	r    io.Reader
	oid  OID
	left int64
	sum  hash.Hash
}

func verify(r io.Reader, oid OID, size int64) *verifier {
	return &verifier{r: r, oid: oid, left: size, sum: sha256.New()}
}

// Read implements [io.Reader].
func (v *verifier) Read(p []byte) (int, error) {
	n, err := v.r.Read(p)
	v.sum.Write(p[:n])
	v.left -= int64(n)
	switch {
	case v.left < 0:
		return 0, fmt.Errorf("%w: they are more than was said", ErrMismatch)
	case !errors.Is(err, io.EOF):
		return n, err
	case v.left > 0:
		return 0, fmt.Errorf("%w: they are fewer than was said", ErrMismatch)
	case hex.EncodeToString(v.sum.Sum(nil)) != string(v.oid):
		return 0, fmt.Errorf("%w: their SHA-256 is another", ErrMismatch)
	}
	return n, err
}
