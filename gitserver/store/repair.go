package store

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
)

// repair verifies the packs of the mirror and fetches damaged and missing ones from
// the blob store.
func (s *Store) repair(ctx context.Context, m *mirror, packs []pack) error {
	for _, p := range packs {
		for suffix, d := range p.files() {
			if err := s.repairFile(ctx, m.path(p.name, suffix), d); err != nil {
				return err
			}
		}
	}
	damaged, err := m.damagedAuxiliary()
	if err != nil || len(damaged) == 0 {
		return err
	}
	s.log.Warn("removed damaged files that git had derived; they will be made again", "paths", damaged)
	return m.dropAuxiliary()
}

func (s *Store) repairFile(ctx context.Context, path string, d blobstore.Digest) error {
	found := checkFile(path, d)
	if found == nil || !errors.Is(found, blobstore.ErrDamaged) && !errors.Is(found, fs.ErrNotExist) {
		return found
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if copies, ok := s.blobs.(interface{ Evict(blobstore.Digest) }); ok {
		copies.Evict(d) // which may be the same file
	}
	if err := s.fetch(ctx, d, path); err != nil {
		return err
	}
	if err := checkFile(path, d); err != nil {
		// Served all the same: git finds what is damaged, and the rest may be sound.
		s.log.Error("a pack in the blob store is damaged: run rhaptos fsck --read-data", "path", path, "err", err)
		return nil
	}
	s.log.Warn("fetched a damaged file of the mirror again", "path", path, "err", found)
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
