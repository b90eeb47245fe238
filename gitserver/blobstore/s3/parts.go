package s3

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/minio/minio-go/v7"
	"golang.org/x/sync/errgroup"
)

// inParts uploads a large file. Each part carries its checksum and is uploaded anew by
// every attempt: a store may list a part that was cut off with the length that it was
// to have. An attempt that fails is aborted, so that its parts cost nothing.
func (u *upload) inParts(ctx context.Context) (err error) {
	options := u.options()
	options.UserMetadata = map[string]string{"x-amz-checksum-algorithm": "SHA256"}
	id, err := u.core.NewMultipartUpload(ctx, u.Name, u.key, options)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			u.abort(context.WithoutCancel(ctx), id)
		}
	}()
	parts, err := u.parts(ctx, id)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, u.Patience) // stores take their time to join parts
	defer cancel()
	_, err = u.core.CompleteMultipartUpload(ctx, u.Name, u.key, id, parts, u.condition(minio.PutObjectOptions{}))
	if unclear(err) {
		// It may have been completed, and the answer lost.
		if same, _ := u.compare(ctx); same {
			return nil
		}
	}
	return err
}

// unclear reports whether an upload may have been completed in spite of the error.
func unclear(err error) bool {
	if err == nil {
		return false
	}
	var response minio.ErrorResponse
	return !errors.As(err, &response) || response.StatusCode >= http.StatusInternalServerError || response.Code == minio.NoSuchUpload
}

// parts uploads all parts, a few at a time.
func (u *upload) parts(ctx context.Context, id string) ([]minio.CompletePart, error) {
	size := u.partSize()
	done := make([]minio.CompletePart, (u.size+size-1)/size)
	u.sums = make([]string, len(done))
	g, each := errgroup.WithContext(ctx)
	g.SetLimit(partsAtOnce)
	for i := range done {
		g.Go(func() error {
			offset := int64(i) * size
			return u.retry(each, fmt.Sprintf("put part %d of %s", i+1, u.key), func(ctx context.Context) (err error) {
				done[i], err = u.part(ctx, id, i, io.NewSectionReader(u.file, offset, min(size, u.size-offset)))
				return err
			})
		})
	}
	return done, g.Wait()
}

// part uploads part number i, counted from 0.
func (u *upload) part(ctx context.Context, id string, i int, r *io.SectionReader) (done minio.CompletePart, err error) {
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(r, 0, r.Size())); err != nil {
		return done, final{err}
	}
	sum := h.Sum(nil)
	u.sums[i] = base64.StdEncoding.EncodeToString(sum)
	ctx, p := watch(ctx, u.Stall)
	defer p.stop()
	part, err := u.core.PutObjectPart(ctx, u.Name, u.key, id, i+1, p.of(r), r.Size(), minio.PutObjectPartOptions{
		Sha256Hex: hex.EncodeToString(sum), CustomHeader: http.Header{http.CanonicalHeaderKey(sumHeader): {u.sums[i]}},
		SSE: u.encryption, DisableContentSha256: true,
	})
	return minio.CompletePart{PartNumber: i + 1, ETag: part.ETag, ChecksumSHA256: u.sums[i]}, err
}

// partSize is the size of the parts, the last of which may be smaller.
func (u *upload) partSize() int64 {
	size := u.PartSize
	for u.size > size*mostParts {
		size *= 2
	}
	return size
}

// partsSum is the checksum that the store keeps of an object that was uploaded in these
// parts: the SHA-256 of their SHA-256, and their number. It is empty if they are not
// known.
func (u *upload) partsSum() string {
	h := sha256.New()
	for _, s := range u.sums {
		sum, err := base64.StdEncoding.DecodeString(s)
		if err != nil || s == "" {
			return ""
		}
		h.Write(sum)
	}
	if len(u.sums) == 0 {
		return ""
	}
	return fmt.Sprintf("%s-%d", base64.StdEncoding.EncodeToString(h.Sum(nil)), len(u.sums))
}

// abort gives up an upload in parts. One that cannot be aborted now is found by
// AbortUploads.
func (u *upload) abort(ctx context.Context, id string) {
	ctx, cancel := context.WithTimeout(ctx, u.Stall)
	defer cancel()
	if err := u.core.AbortMultipartUpload(ctx, u.Name, u.key, id); err != nil && minio.ToErrorResponse(err).Code != minio.NoSuchUpload {
		u.Log.InfoContext(ctx, "an upload in parts could not be aborted", "bucket", u.Location, "key", u.key, "err", err)
	}
}

// AbortUploads gives up the uploads in parts that began before t, which servers that
// were killed have left behind, and returns how many there were.
func (b *Bucket) AbortUploads(ctx context.Context, t time.Time) (aborted int, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for up := range b.core.ListIncompleteUploads(ctx, b.Name, b.Prefix, true) {
		if up.Err != nil {
			return aborted, fmt.Errorf("bucket %s: list uploads in parts: %w", b.Location, up.Err)
		}
		if b.digest(up.Key) == "" || !up.Initiated.Before(t) {
			continue
		}
		err := b.retry(ctx, "abort the upload of "+up.Key, func(ctx context.Context) error {
			err := b.core.AbortMultipartUpload(ctx, b.Name, up.Key, up.UploadID)
			if minio.ToErrorResponse(err).Code == minio.NoSuchUpload {
				return nil
			}
			return err
		})
		if err != nil {
			return aborted, err
		}
		aborted++
	}
	return aborted, nil
}
