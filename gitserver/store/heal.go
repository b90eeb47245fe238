package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
)

// digest adds up to the digest of what is written to it.
type digest struct{ hash.Hash }

func newDigest() digest { return digest{sha256.New()} }

// is says whether what was written has the digest, by an error if it does not.
func (d digest) is(want blobstore.Digest) error {
	if got := hex.EncodeToString(d.Sum(nil)); got != string(want) {
		return fmt.Errorf("%w: the bytes of %s have the digest %s", errDamaged, want, got)
	}
	return nil
}

var errDamaged = errors.New("damaged")

// checkFile reads a file of the mirror through.
func checkFile(path string, want blobstore.Digest) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	sum := newDigest()
	if _, err := io.Copy(sum, f); err != nil {
		return err
	}
	return sum.is(want)
}

// heal reads the packs of the mirror through and fetches those anew that are
// damaged or missing.
func (s *Store) heal(ctx context.Context, m *mirror, packs []pack) error {
	for _, p := range packs {
		for suffix, d := range map[string]blobstore.Digest{".pack": p.digest, ".idx": p.index} {
			if err := s.healFile(ctx, m.path(p.name, suffix), d); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Store) healFile(ctx context.Context, path string, d blobstore.Digest) error {
	found := checkFile(path, d)
	if found == nil || !errors.Is(found, errDamaged) && !errors.Is(found, fs.ErrNotExist) {
		return found
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := s.fetch(ctx, d, path); err != nil {
		return err
	}
	if err := checkFile(path, d); err != nil {
		// Served all the same: git finds what is damaged, and the rest may be sound.
		s.log.Error("a pack in the blob store is damaged: run rhaptos fsck --read-data", "path", path, "error", err)
		return nil
	}
	s.log.Warn("a damaged file of the mirror was fetched anew", "path", path, "error", found)
	return nil
}
