package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/access"
	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/blobstore/s3"
)

// bucketFlags say where the blobs are.
type bucketFlags struct {
	Bucket            string `help:"Bucket for all blobs, as s3://NAME/PREFIX?region=REGION&endpoint=URL. Default: the folder blobs of the data folder." placeholder:"URL"`
	BucketCredentials string `help:"File with the credentials for the bucket, in the format of ~/.aws/credentials. Default: the environment, or the AWS tools' files." type:"path" placeholder:"FILE"`
	BlobCache         int64  `help:"Size limit of the copies of blobs of a bucket on disk, in MiB." default:"10240" placeholder:"MIB"`
}

// bucket opens the bucket, if there is one; otherwise it returns nil.
func (f *bucketFlags) bucket(log *slog.Logger) (*s3.Bucket, error) {
	if f.Bucket == "" {
		return nil, nil
	}
	l, err := s3.ParseURL(f.Bucket)
	if err != nil {
		return nil, fmt.Errorf("--bucket: %w", err)
	}
	return s3.Open(s3.Config{Location: l, Credentials: s3.Credentials(f.BucketCredentials, l.Profile), Log: log})
}

// openBlobs opens the blob store of a server, and the bucket that it is in, if there is
// one. A bucket is probed first.
func (c *cli) openBlobs(ctx context.Context, rec *env, grace time.Duration, log *slog.Logger) (blobstore.Sweepable, *s3.Bucket, error) {
	bucket, err := c.bucket(log)
	if err != nil {
		return nil, nil, err
	}
	if bucket == nil {
		blobs, err := c.openFolder(ctx, rec)
		return blobs, nil, err
	}
	if err := bucket.Probe(ctx); err != nil {
		return nil, nil, err
	}
	blobs, err := c.openCopies(ctx, rec, bucket, filepath.Join(c.Data, "cache", "blobs"), grace, log)
	if err != nil {
		return nil, nil, err
	}
	if err := haveReferences(ctx, rec, blobs); err != nil {
		return nil, nil, err
	}
	return blobs, bucket, claim(ctx, rec, bucket)
}

func (c *cli) openCopies(ctx context.Context, rec *env, bucket *s3.Bucket, folder string, grace time.Duration, log *slog.Logger) (*blobstore.Cached, error) {
	if c.BlobCache < 0 {
		return nil, errors.New("--blob-cache is negative")
	}
	return blobstore.OpenCached(ctx, blobstore.CachedConfig{
		Remote: bucket, Folder: folder, Size: c.BlobCache << 20, DB: rec.db, Grace: grace, Log: log,
	})
}

// withBlobs opens the blob store for an administration command, beside a server that
// may be running. The command must not store anything.
func (c *cli) withBlobs(ctx context.Context, rec *env, f func(blobs blobstore.Sweepable) error) error {
	bucket, err := c.bucket(slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	if bucket == nil {
		return f(blobstore.ViewDir(c.blobsDir()))
	}
	defer bucket.Close()
	folder, remove, err := commandCache(filepath.Join(c.Data, "cache"))
	if err != nil {
		return err
	}
	defer remove()
	blobs, err := c.openCopies(ctx, rec, bucket, folder, 0, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	return f(blobs)
}

// commandCache makes a folder below a cache for one command, and returns a function that
// removes it.
func commandCache(cache string) (folder string, remove func(), err error) {
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return "", nil, err
	}
	folder, err = os.MkdirTemp(cache, "command-")
	return folder, func() { os.RemoveAll(folder) }, err
}

// errSeen ends the reading of references.
var errSeen = errors.New("seen enough")

// mostMissing is how many blobs may be missing before a blob store is taken for the wrong
// one, if none has been found.
const mostMissing = 20

// haveReferences refuses a blob store that has none of the first blobs that the database
// names: it is another library's, or nothing was copied there.
func haveReferences(ctx context.Context, rec *env, blobs blobstore.Store) error {
	found, missing := false, 0
	err := gcRoots(rec.db, blobs)(ctx, func(d blobstore.Digest) error {
		if found || missing == mostMissing {
			return errSeen
		}
		_, err := blobs.Stat(ctx, d)
		if errors.Is(err, fs.ErrNotExist) {
			missing++
			return nil
		}
		found = err == nil
		return err
	})
	if err != nil && !errors.Is(err, errSeen) {
		return err
	}
	if !found && missing > 0 {
		return errors.New("the database names blobs, and none of them is in the bucket: check --bucket, or copy the blobs there first (see the operators' guide, Buckets)")
	}
	return nil
}

// claim notes in the bucket that it belongs to this library.
func claim(ctx context.Context, rec *env, bucket *s3.Bucket) error {
	id, err := libraryID(ctx, rec)
	if err != nil {
		return err
	}
	return bucket.Claim(ctx, id)
}

// libraryID names the library of a database.
func libraryID(ctx context.Context, rec *env) (string, error) {
	secret, err := rec.access.Secret(ctx, access.LibraryKey)
	id := sha256.Sum256(secret)
	return hex.EncodeToString(id[:16]), err
}
