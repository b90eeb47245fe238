package web

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
)

// spoiled is a blob store in which everything is damaged.
type spoiled struct{}

func (spoiled) Open(_ context.Context, d blobstore.Digest) (io.ReadSeekCloser, error) {
	return nil, fmt.Errorf("/data/blobs/%s: %w", d, blobstore.ErrDamaged)
}

// A damaged file is a 500 that tells readers nothing, and a line of the log that names
// the file and the release.
func TestDamagedFile(t *testing.T) {
	var log bytes.Buffer
	b := newBench(t, func(c *Config) {
		c.Site.Blobs, c.Site.Log = spoiled{}, slog.New(slog.NewTextHandler(&log, nil))
	})
	for _, path := range []string{"1-angles", "-/style.css", "media/a%20b.png"} {
		log.Reset()
		r := b.do("GET", "/ann/geometry/shapes@1.10/"+path, "Accept", "*/*")
		if text := body(t, r); r.StatusCode != http.StatusInternalServerError || strings.Contains(text, "/data/") || strings.Contains(text, "damaged") {
			t.Errorf("%s: %d %s", path, r.StatusCode, text)
		}
		for _, want := range []string{"/data/blobs/", "damaged", "/ann/geometry/shapes@1.10"} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("%s: the log has no %q: %s", path, want, log.String())
			}
		}
	}
}
