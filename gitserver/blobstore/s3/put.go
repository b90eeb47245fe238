package s3

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
)

// sumHeader makes the store check an upload, or a part of one, and keep its checksum.
const sumHeader = "x-amz-checksum-sha256"

// upload is a file on its way into the bucket.
type upload struct {
	*Bucket
	file   *os.File
	digest blobstore.Digest
	key    string
	size   int64

	// replace is set when the object that is there is not the blob.
	replace bool

	sums []string // of the parts, once they are known: SHA-256, in base64
}

// Put implements [blobstore.Remote]. With replace it writes over whatever is there.
func (b *Bucket) Put(ctx context.Context, file *os.File, d blobstore.Digest, replace bool) (blobstore.Info, error) {
	fi, err := file.Stat()
	if err != nil {
		return blobstore.Info{}, err
	}
	u := &upload{Bucket: b, file: file, digest: d, size: fi.Size(), replace: replace}
	if u.key, err = b.key(d); err != nil {
		return blobstore.Info{}, err
	}
	err = b.retry(ctx, "put "+u.key, u.attempt)
	return blobstore.Info{Digest: d, Size: u.size, Written: time.Now()}, err
}

// attempt uploads the file once. An object that is in the way is compared; if it is
// not the blob the next attempt replaces it.
func (u *upload) attempt(ctx context.Context) error {
	put := u.whole
	if u.size > u.PartSize {
		put = u.inParts
	}
	err := put(ctx)
	if err == nil || ctx.Err() != nil {
		return err
	}
	if gone(err) {
		return fmt.Errorf("the store has given up the upload: %s", err) // another attempt begins anew
	}
	if !exists(err) {
		return err
	}
	same, compareErr := u.compare(ctx)
	if same || compareErr != nil {
		return compareErr
	}
	if !u.replace {
		u.Log.WarnContext(ctx, "an object that is not its blob is replaced", "bucket", u.Location, "key", u.key)
	}
	u.replace = true
	return errors.New("the object that is there is not the blob") // the next attempt replaces it
}

// exists reports whether an upload was refused because there is an object.
func exists(err error) bool {
	var response minio.ErrorResponse
	return errors.As(err, &response) && response.StatusCode == http.StatusPreconditionFailed
}

// gone reports whether an upload in parts is no longer known.
func gone(err error) bool {
	var response minio.ErrorResponse
	return errors.As(err, &response) && response.Code == minio.NoSuchUpload
}

// condition adds to the options that there must be no object yet.
func (u *upload) condition(o minio.PutObjectOptions) minio.PutObjectOptions {
	if !u.replace {
		o.SetMatchETagExcept("*")
	}
	return o
}

// whole uploads the file in one request. Its SHA-256 is in two headers: in the one that
// is signed, so that no store takes other bytes, or fewer, for the request's; and in the
// one of the checksum that the store keeps.
func (u *upload) whole(ctx context.Context) error {
	ctx, p := watch(ctx, u.Stall)
	defer p.stop()
	options := u.condition(u.options())
	sum, err := hex.DecodeString(string(u.digest))
	if err != nil {
		return final{err}
	}
	options.UserMetadata = map[string]string{sumHeader: base64.StdEncoding.EncodeToString(sum)}
	body := p.of(io.NewSectionReader(u.file, 0, u.size))
	_, err = u.core.PutObject(ctx, u.Name, u.key, body, u.size, "", string(u.digest), options)
	return err
}

// compare reports whether the object that is there is the blob.
func (u *upload) compare(ctx context.Context) (bool, error) {
	o, err := u.head(ctx, u.digest)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil // deleted meanwhile; or a marker of versioning is in the way
	}
	if err != nil || o.Size != u.size {
		return false, err
	}
	if sum, whole := wholeSum(o); whole {
		return sum == u.digest, nil
	}
	if parts := u.partsSum(); parts != "" && parts == o.ChecksumSHA256 {
		return true, nil
	}
	// Uploaded by another program, or in other parts: only its bytes can tell.
	r, err := u.Get(ctx, u.digest)
	if err != nil {
		return false, err
	}
	defer r.Close()
	err = blobstore.CheckBytes(r, u.digest)
	if errors.Is(err, blobstore.ErrDamaged) {
		return false, nil
	}
	return err == nil, err
}

// wholeSum is the SHA-256 that the store has kept of an object, if it is that of the
// whole and not one of the sums of its parts.
func wholeSum(o minio.ObjectInfo) (d blobstore.Digest, whole bool) {
	if o.ChecksumSHA256 == "" || strings.Contains(o.ChecksumSHA256, "-") || o.ChecksumMode == "COMPOSITE" {
		return "", false
	}
	sum, err := base64.StdEncoding.DecodeString(o.ChecksumSHA256)
	if err != nil {
		return "", false
	}
	return blobstore.Digest(hex.EncodeToString(sum)), true
}
