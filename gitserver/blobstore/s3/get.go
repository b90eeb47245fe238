package s3

import (
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/minio/minio-go/v7"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
)

// Get implements [blobstore.Remote]. A response that is cut off is continued by another
// request.
func (b *Bucket) Get(ctx context.Context, d blobstore.Digest) (io.ReadCloser, error) {
	key, err := b.key(d)
	if err != nil {
		return nil, err
	}
	r := &reader{Bucket: b, ctx: ctx, key: key}
	if err := b.retry(ctx, "get "+key, r.request); err != nil {
		return nil, missing(err, key)
	}
	return r, nil
}

// reader reads an object to its end. It is for one goroutine.
type reader struct {
	*Bucket
	ctx context.Context
	key string

	size   int64 // of the object
	offset int64 // of the next byte
	etag   string
	body   io.ReadCloser
	from   io.Reader // body, watched
	watch  *progress
}

// request asks for what is left of the object.
func (r *reader) request(ctx context.Context) error {
	r.drop()
	var options minio.GetObjectOptions
	if r.offset > 0 {
		if err := errors.Join(options.SetRange(r.offset, 0), options.SetMatchETag(r.etag)); err != nil {
			return final{err}
		}
	}
	ctx, watch := watch(ctx, r.Stall)
	body, o, header, err := r.core.GetObject(ctx, r.Name, r.key, options)
	if err != nil {
		watch.stop()
		return err
	}
	r.body, r.from, r.watch = body, watch.of(body), watch
	if r.offset == 0 {
		r.size, r.etag = o.Size, o.ETag
	} else if header.Get("Content-Range") == "" {
		r.drop()
		return final{errors.New("the store does not continue a response: it knows no ranges")}
	}
	return nil
}

// Read implements [io.Reader].
func (r *reader) Read(p []byte) (n int, err error) {
	if r.offset == r.size {
		return 0, io.EOF
	}
	if int64(len(p)) > r.size-r.offset {
		p = p[:r.size-r.offset]
	}
	err = r.retry(r.ctx, "read "+r.key, func(ctx context.Context) error {
		if r.body == nil {
			if err := r.request(ctx); err != nil {
				return err
			}
		}
		n, err = r.from.Read(p)
		r.offset += int64(n)
		if n > 0 || err == nil {
			return nil
		}
		r.drop()
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return err
	})
	var response minio.ErrorResponse
	if errors.As(err, &response) && response.StatusCode == http.StatusPreconditionFailed {
		return n, errors.New("the object was replaced while it was read: " + r.key)
	}
	return n, err
}

// drop gives up the response.
func (r *reader) drop() {
	if r.body != nil {
		r.body.Close()
		r.watch.stop()
	}
	r.body, r.from, r.watch = nil, nil, nil
}

// Close implements [io.Closer].
func (r *reader) Close() error {
	r.drop()
	return nil
}
