package release

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
)

// maxManifest is in bytes. A book of 1,500 files has a manifest of about 300 KiB,
// one of 10,000 pages of 8 MiB.
const maxManifest = 64 << 20

// Format is the number that a manifest of this form carries.
const Format = 1

// Encode is the manifest as JSON in the one form that it is stored in: files
// sorted by path, no white space. Equal manifests give equal bytes. Two files
// with one path, or a digest that is none, are an error.
func (m *Manifest) Encode() ([]byte, error) {
	_, data, err := m.encode()
	return data, err
}

// encode also returns the manifest that decoding gives.
func (m *Manifest) encode() (*Manifest, []byte, error) {
	c := *m
	c.Format = Format
	c.Files = append([]File{}, m.Files...)
	if c.Contents == nil {
		c.Contents = []Entry{}
	}
	slices.SortFunc(c.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	if err := c.check(); err != nil {
		return nil, nil, err
	}
	data, err := json.Marshal(&c)
	return &c, data, err
}

// check holds for every manifest that File can search.
func (m *Manifest) check() error {
	if m.Format != Format {
		return fmt.Errorf("manifest has format %d, this program reads %d: it was written by a newer one", m.Format, Format)
	}
	for i, f := range m.Files {
		switch {
		case f.Path == "" || i > 0 && m.Files[i-1].Path >= f.Path:
			return fmt.Errorf("manifest of %s: path %q is empty, doubled or out of order", m.Book.Slug, f.Path)
		case !f.Digest.Valid():
			return fmt.Errorf("manifest of %s: %q has the digest %q, which is none", m.Book.Slug, f.Path, f.Digest)
		}
		for _, v := range f.Variants {
			if !v.Digest.Valid() || v.Coding == "" {
				return fmt.Errorf("manifest of %s: %q has a variant in %q with the digest %q, which is none", m.Book.Slug, f.Path, v.Coding, v.Digest)
			}
		}
	}
	return nil
}

// DecodeManifest is the inverse of [Manifest.Encode].
func DecodeManifest(data []byte) (*Manifest, error) {
	var m Manifest
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("decode manifest: %w", err)
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	m.plain()
	return &m, nil
}

// PutManifest keeps a manifest in the blob store and returns its digest. All
// files that it names must be there already. What it refers to must not change
// any more.
func (s *Store) PutManifest(ctx context.Context, m *Manifest) (blobstore.Digest, error) {
	sorted, data, err := m.encode()
	if err != nil {
		return "", err
	}
	if len(data) > maxManifest {
		return "", fmt.Errorf("the manifest of %s would have %d bytes, at most %d can be read: the book has too many files", m.Book.Slug, len(data), maxManifest)
	}
	info, err := s.blobs.Put(ctx, bytes.NewReader(data))
	if err != nil {
		return "", fmt.Errorf("store manifest of %s: %w", m.Book.Slug, err)
	}
	s.manifests.Put(info.Digest, sorted, info.Size)
	return info.Digest, nil
}

// Manifest is the manifest with the digest. Callers share it and must not
// change it. The error of one that is not there matches fs.ErrNotExist.
func (s *Store) Manifest(ctx context.Context, d blobstore.Digest) (*Manifest, error) {
	if m, ok := s.manifests.Get(d); ok {
		return m, nil
	}
	m, size, err := s.readManifest(ctx, d)
	if err != nil {
		return nil, err
	}
	s.manifests.Put(d, m, size)
	return m, nil
}

// readManifest also returns the size of the encoded manifest in bytes.
func (s *Store) readManifest(ctx context.Context, d blobstore.Digest) (m *Manifest, size int64, err error) {
	r, err := s.blobs.Open(ctx, d)
	if err != nil {
		return nil, 0, fmt.Errorf("open manifest %s: %w", d, err)
	}
	defer r.Close()
	if size, err = r.Seek(0, io.SeekEnd); err == nil {
		_, err = r.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read manifest %s: %w", d, err)
	}
	if size > maxManifest {
		return nil, 0, fmt.Errorf("manifest %s is larger than %d bytes", d, maxManifest)
	}
	data := make([]byte, size)
	if _, err := io.ReadFull(r, data); err != nil {
		return nil, 0, fmt.Errorf("read manifest %s: %w", d, err)
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != string(d) {
		return nil, 0, fmt.Errorf("manifest %s: %w: its bytes have the digest %x; restore the blob from a backup", d, blobstore.ErrDamaged, sum)
	}
	if m, err = DecodeManifest(data); err != nil {
		return nil, 0, fmt.Errorf("manifest %s: %w", d, err)
	}
	return m, size, nil
}
