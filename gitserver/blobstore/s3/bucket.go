// Package s3 keeps blobs in a bucket of an S3-compatible store: Amazon S3, MinIO,
// Ceph, Cloudflare R2, VersityGW and others.
//
// A blob is the object PREFIX/ab/cdef... for the digest abcdef...: the layout of a
// folder of [blobstore.Dir], so that the files of one can be copied into a bucket and
// back. Nothing that the network or the store does to bytes goes unnoticed: each
// upload carries its SHA-256 in a signed header, which the store checks before the
// object appears, and whoever reads a blob compares its digest.
//
// An object is created only if there is none (If-None-Match: *). When the store says
// that there is one, it may be the beginning of an upload that was cut off, which some
// stores keep; so its size and checksum are compared, and an object that is not the
// blob is replaced.
package s3

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/minio/minio-go/v7/pkg/encrypt"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
)

// Sizes of uploads, in bytes. A file above PartSize is uploaded in parts of that size,
// so many of them at a time.
const (
	defaultPartSize = 32 << 20
	partsAtOnce     = 4
	mostParts       = 10_000 // of one object, everywhere
)

// Timing of requests.
const (
	defaultPatience = time.Minute      // for an operation that fails again and again
	defaultStall    = 20 * time.Second // without a byte in either direction
)

// Bucket is a bucket, or what is below a prefix of it. It implements
// [blobstore.Remote].
type Bucket struct {
	Config
	core       *minio.Core
	transport  *http.Transport
	encryption encrypt.ServerSide // nil: what the bucket does by default
}

// Config configures a [Bucket]. Location is required; other fields may be empty.
type Config struct {
	Location

	Credentials *credentials.Credentials // default: [Credentials]
	Roots       *x509.CertPool           // authorities of the store's certificate; default: the system's
	Log         *slog.Logger             // default: none
	PartSize    int64                    // bytes of each part of a large upload; at least 5 MiB
	Patience    time.Duration            // how long an operation is retried
	Stall       time.Duration            // how long a request may go without progress
}

// Open prepares to use a bucket. It makes no request; see [Bucket.Probe].
func Open(c Config) (*Bucket, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Credentials == nil {
		c.Credentials = Credentials("", c.Profile)
	}
	if c.PartSize == 0 {
		c.PartSize = defaultPartSize
	}
	if c.Patience == 0 {
		c.Patience = defaultPatience
	}
	if c.Stall == 0 {
		c.Stall = defaultStall
	}
	b := &Bucket{Config: c, transport: transport(c)}
	lookup := minio.BucketLookupDNS
	if c.PathStyle {
		lookup = minio.BucketLookupPath
	}
	var err error
	b.core, err = minio.NewCore(c.Endpoint.Host, &minio.Options{
		Creds:        c.Credentials,
		Secure:       c.Endpoint.Scheme == "https",
		Region:       c.Region,
		BucketLookup: lookup,
		Transport:    b.transport,
		MaxRetries:   1, // retries are ours: what a 412 means depends on what came before
	})
	if err != nil {
		return nil, fmt.Errorf("bucket %s: %w", c.Location, err)
	}
	if b.encryption, err = c.serverSide(); err != nil {
		return nil, err
	}
	return b, nil
}

// transport has room for many uploads at once and waits for no answer for ever.
func transport(c Config) *http.Transport {
	dialer := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 15 * time.Second}
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dialer.DialContext,
		MaxIdleConnsPerHost:   64,
		IdleConnTimeout:       time.Minute,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: c.Stall,
		DisableCompression:    true,
		TLSClientConfig:       &tls.Config{RootCAs: c.Roots, MinVersion: tls.VersionTLS12},
	}
}

// Close gives up the connections to the store.
func (b *Bucket) Close() error {
	b.transport.CloseIdleConnections()
	return nil
}

// key is the name of a blob's object.
func (b *Bucket) key(d blobstore.Digest) (string, error) {
	if !d.Valid() {
		return "", fmt.Errorf("%q is not a digest: %w", d, fs.ErrInvalid)
	}
	return b.Prefix + string(d[:2]) + "/" + string(d[2:]), nil
}

// digest is the blob whose object has the key; empty if it is another object.
func (b *Bucket) digest(key string) blobstore.Digest {
	name, ok := strings.CutPrefix(key, b.Prefix)
	if d := blobstore.Digest(strings.Replace(name, "/", "", 1)); ok && d.Valid() && len(name) == 65 && name[2] == '/' {
		return d
	}
	return ""
}

// options are those of every upload.
func (b *Bucket) options() minio.PutObjectOptions {
	return minio.PutObjectOptions{ServerSideEncryption: b.encryption, DisableContentSha256: true}
}

// Stat implements [blobstore.Remote]. It compares the checksum that the store has kept
// of the object, if it has kept one of the whole.
func (b *Bucket) Stat(ctx context.Context, d blobstore.Digest) (blobstore.Info, error) {
	o, err := b.head(ctx, d)
	if err != nil {
		return blobstore.Info{}, err
	}
	if sum, whole := wholeSum(o); whole && sum != d {
		return blobstore.Info{}, fmt.Errorf("%w: the object of %s in bucket %s has the checksum %s", blobstore.ErrDamaged, d, b.Location, sum)
	}
	return blobstore.Info{Digest: d, Size: o.Size, Written: o.LastModified}, nil
}

// head asks for what the store knows of a blob's object.
func (b *Bucket) head(ctx context.Context, d blobstore.Digest) (o minio.ObjectInfo, err error) {
	key, err := b.key(d)
	if err != nil {
		return o, err
	}
	err = b.retry(ctx, "look up "+key, func(ctx context.Context) error {
		o, err = b.core.StatObject(ctx, b.Name, key, minio.StatObjectOptions{Checksum: true})
		return err
	})
	return o, missing(err, key)
}

// Delete implements [blobstore.Remote].
func (b *Bucket) Delete(ctx context.Context, d blobstore.Digest) error {
	key, err := b.key(d)
	if err != nil {
		return err
	}
	err = b.retry(ctx, "delete "+key, func(ctx context.Context) error {
		return b.core.RemoveObject(ctx, b.Name, key, minio.RemoveObjectOptions{})
	})
	if err = missing(err, key); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// List implements [blobstore.Remote]. After a failure it goes on behind the last
// object that was listed.
func (b *Bucket) List(ctx context.Context, f func(blobstore.Info) error) error {
	var last string
	var stopped error
	err := b.retry(ctx, "list objects", func(ctx context.Context) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		options := minio.ListObjectsOptions{Prefix: b.Prefix, Recursive: true, StartAfter: last}
		for o := range b.core.ListObjectsIter(ctx, b.Name, options) {
			if o.Err != nil {
				return o.Err
			}
			if stopped = ctx.Err(); stopped != nil {
				return nil
			}
			last = o.Key
			if d := b.digest(o.Key); d != "" {
				if stopped = f(blobstore.Info{Digest: d, Size: o.Size, Written: o.LastModified}); stopped != nil {
					return nil
				}
			}
		}
		return nil
	})
	return errors.Join(stopped, err)
}

// missing turns the error of an object that is not there into one that matches
// fs.ErrNotExist.
func missing(err error, key string) error {
	var response minio.ErrorResponse
	if errors.As(err, &response) && response.StatusCode == http.StatusNotFound && response.Code != minio.NoSuchBucket && response.Code != minio.NoSuchUpload {
		return &fs.PathError{Op: "open", Path: key, Err: fs.ErrNotExist}
	}
	return err
}
