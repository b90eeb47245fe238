package store

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
)

// heal reads the packs of the mirror through and fetches those anew that are
// damaged or missing.
func (s *Store) heal(ctx context.Context, m *mirror, packs []pack) error {
	for _, p := range packs {
		for suffix, d := range p.files() {
			if err := s.healFile(ctx, m.path(p.name, suffix), d); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Store) healFile(ctx context.Context, path string, d blobstore.Digest) error {
	found := checkFile(path, d)
	if found == nil || !errors.Is(found, blobstore.ErrDamaged) && !errors.Is(found, fs.ErrNotExist) {
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
		s.log.Error("a pack in the blob store is damaged: run rhaptos fsck --read-data", "path", path, "err", err)
		return nil
	}
	s.log.Warn("a damaged file of the mirror was fetched anew", "path", path, "err", found)
	return nil
}

// checkFile reads a file of a mirror through.
func checkFile(path string, d blobstore.Digest) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return blobstore.CheckBytes(f, d)
}
