package export

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/publish/release"
)

// archive writes a zip file whose bytes depend on what is put into it alone.
type archive struct {
	zip  *zip.Writer
	time time.Time // of every file
}

func newArchive(w io.Writer, at time.Time) *archive {
	return &archive{zip.NewWriter(w), at.UTC().Truncate(2 * time.Second)} // the format counts in twos
}

// create begins a file; what compresses by itself is stored as it is.
func (a *archive) create(name string, stored bool) (io.Writer, error) {
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

func (a *archive) put(name string, data []byte) error {
	w, err := a.create(name, false)
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

// copy puts a file of the release into the archive without holding it in memory.
func (a *archive) copy(ctx context.Context, blobs Blobs, name string, f release.File) error {
	r, err := blobs.Open(ctx, f.Digest)
	if err != nil {
		return fmt.Errorf("open %s: %w", f.Path, err)
	}
	defer r.Close()
	return a.stream(ctx, name, f.Type, r)
}

func (a *archive) stream(ctx context.Context, name, mediaType string, r io.Reader) error {
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

func (a *archive) close() error { return a.zip.Close() }

// reader ends with its context.
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
