package edition

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/publish/release"
)

// addData stores data and adds it as a file.
func (b *build) addData(ctx context.Context, name, mediaType string, data []byte) error {
	f := release.File{Path: name, Type: mediaType}
	if err := b.store(ctx, &f, data, pageCodings); err != nil {
		return fmt.Errorf("store %s: %w", name, err)
	}
	b.add(f)
	return nil
}

// store stores data as the content of f, with its variants in the codings, unless
// the previous edition holds the same bytes. It sets size, digest and variants.
func (b *build) store(ctx context.Context, f *release.File, data []byte, in []coding) error {
	sum := sha256.Sum256(data)
	f.Size, f.Digest = int64(len(data)), blobstore.Digest(hex.EncodeToString(sum[:]))
	if old := b.known[f.Digest]; old != nil && (len(old.Variants) > 0 || !isText(f.Type)) {
		there, err := b.hasFile(ctx, old)
		if there {
			f.Variants = old.Variants
		}
		if there || err != nil {
			return err
		}
	}
	if _, err := b.batch.Put(ctx, bytes.NewReader(data)); err != nil {
		return err
	}
	if !isText(f.Type) {
		return nil
	}
	all, err := variants(data, in)
	if err != nil {
		return err
	}
	for _, v := range all {
		info, err := b.batch.Put(ctx, bytes.NewReader(v.data))
		if err != nil {
			return err
		}
		f.Variants = append(f.Variants, release.Variant{Coding: v.coding, Size: info.Size, Digest: info.Digest})
	}
	return nil
}

// hasFile reports whether the blob store still has a file with all its variants.
// If so it keeps them until a manifest names them.
func (b *build) hasFile(ctx context.Context, f *release.File) (bool, error) {
	there, err := b.hasBlob(ctx, f.Digest, f.Size)
	for _, v := range f.Variants {
		if err != nil || !there {
			break
		}
		there, err = b.hasBlob(ctx, v.Digest, v.Size)
	}
	return there, err
}

// hasBlob reports whether the blob store still has a blob, undamaged and in its full
// size. One that the previous edition names stays; any other is renewed, since
// nothing might name it. A damaged one is logged, and built anew.
func (b *build) hasBlob(ctx context.Context, d blobstore.Digest, size int64) (bool, error) {
	look := blobstore.Renew
	if b.named[d] {
		look = blobstore.Verify
	}
	info, err := look(ctx, b.Blobs, d)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if errors.Is(err, blobstore.ErrDamaged) {
		b.Log.ErrorContext(ctx, "a file of an edition is damaged and built again", "book", b.book.Slug, "blob", d, "err", err)
		return false, nil
	}
	return err == nil && info.Size == size, err
}
