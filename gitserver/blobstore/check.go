package blobstore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
)

// ErrDamaged says that bytes are not those that their digest stands for.
var ErrDamaged = errors.New("damaged")

// digestOf reads r to its end and returns the digest of what it read.
func digestOf(r io.Reader) (Digest, error) {
	h := sha256.New()
	_, err := io.Copy(h, r)
	return Digest(hex.EncodeToString(h.Sum(nil))), err
}

// CheckBytes reads r to its end. The error matches ErrDamaged when what it read
// does not have the digest.
func CheckBytes(r io.Reader, d Digest) error {
	got, err := digestOf(r)
	if err != nil {
		return err
	}
	if got != d {
		return fmt.Errorf("%w: bytes of %s have the digest %s", ErrDamaged, d, got)
	}
	return nil
}

// Check reads a blob through; the error of a missing one matches
// fs.ErrNotExist, that of a damaged one ErrDamaged.
func Check(ctx context.Context, s Store, d Digest) error {
	if s, ok := s.(interface {
		Check(context.Context, Digest) error
	}); ok {
		return s.Check(ctx, d)
	}
	r, err := s.Open(ctx, d)
	if err != nil {
		return err
	}
	defer r.Close()
	return CheckBytes(contextReader{ctx, r}, d)
}
