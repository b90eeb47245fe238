package content

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/publish/release"
)

// Zip writes a zip file whose bytes depend on what is put into it alone.
type Zip struct {
	zip  *zip.Writer
	time time.Time // of every file
}

// NewZip begins a zip file whose entries all have the time.
func NewZip(w io.Writer, at time.Time) *Zip {
	return &Zip{zip.NewWriter(w), at.UTC().Truncate(2 * time.Second)} // the format counts in twos
}

// create begins a file; what compresses by itself is stored as it is.
func (a *Zip) create(name string, stored bool) (io.Writer, error) {
	h := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: a.time}
	if stored {
		h.Method = zip.Store
	}
	w, err := a.zip.CreateHeader(h)
	if err != nil {
		return nil, fmt.Errorf("zip %s: %w", name, err)
	}
	return w, nil
}

// Put writes a file.
func (a *Zip) Put(name string, data []byte) error {
	w, err := a.create(name, false)
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

// Copy puts a file of the release into the archive without holding it in memory.
func (a *Zip) Copy(ctx context.Context, blobs Blobs, name string, f release.File) error {
	r, err := blobs.Open(ctx, f.Digest)
	if err != nil {
		return fmt.Errorf("open %s: %w", f.Path, err)
	}
	defer r.Close()
	return a.Stream(ctx, name, f.Type, r)
}

// Stream writes a file whose media type says whether it is compressed already.
func (a *Zip) Stream(ctx context.Context, name, mediaType string, r io.Reader) error {
	w, err := a.create(name, isCompressed(mediaType))
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, reader{ctx, r}); err != nil {
		return fmt.Errorf("zip %s: %w", name, err)
	}
	return nil
}

func isCompressed(mediaType string) bool {
	return strings.HasPrefix(mediaType, "image/") && !strings.HasPrefix(mediaType, "image/svg") ||
		strings.HasPrefix(mediaType, "video/") || strings.HasPrefix(mediaType, "audio/")
}

// CreateRaw begins a file with a header of its own, as EPUB asks for its first.
func (a *Zip) CreateRaw(h *zip.FileHeader) (io.Writer, error) { return a.zip.CreateRaw(h) }

// Close ends the zip file, not the writer that it goes to.
func (a *Zip) Close() error { return a.zip.Close() }

// WithContext returns a reader that fails when the context ends.
func WithContext(ctx context.Context, r io.Reader) io.Reader { return reader{ctx, r} }

type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}
