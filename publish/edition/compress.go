package edition

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"mime"
	"slices"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Levels were chosen on the pages and programs of real books; see
// docs/benchmarks.md.
const (
	zstdLevel        = 7
	brotliLevel      = 5
	quickBrotliLevel = 3 // of the library's second encoder
	gzipLevel        = 6
)

// compression names the codings and their levels. It is part of the source of a
// file, so variants in other codings or levels are not reused.
var compression = fmt.Sprintf("zstd%d br%d gzip%d, br-%d gzip%d", zstdLevel, brotliLevel, gzipLevel, quickBrotliLevel, gzipLevel)

// largestCoded bounds the files that get variants, in bytes: coding holds the
// file in memory.
const largestCoded = 8 << 20

// isText reports whether a content coding shrinks files of the media type; others
// are compressed already.
func isText(mediaType string) bool {
	t, _, err := mime.ParseMediaType(mediaType)
	if err != nil {
		return false
	}
	switch t {
	case "application/json", "application/xml", "application/javascript", "application/wasm", "font/ttf", "font/otf":
		return true
	}
	return strings.HasPrefix(t, "text/") || strings.HasSuffix(t, "+xml") || strings.HasSuffix(t, "+json")
}

// coded is a file in a content coding.
type coded struct {
	coding string
	data   []byte
}

// variants returns the data in each of the codings that saves a tenth at least,
// the smallest first. Equal data give equal bytes.
func variants(data []byte, in []coding) ([]coded, error) {
	var all []coded
	for _, c := range in {
		out, err := c.code(data)
		if err != nil {
			return nil, fmt.Errorf("code as %s: %w", c.name, err)
		}
		if len(out) <= len(data)-len(data)/10-1 {
			all = append(all, coded{c.name, out})
		}
	}
	slices.SortStableFunc(all, func(a, b coded) int { return cmp.Compare(len(a.data), len(b.data)) })
	return all, nil
}

// coding is a content coding (RFC 9110, section 8.4.1; RFC 8878; RFC 7932).
type coding struct {
	name string
	code func([]byte) ([]byte, error)
}

// Pages and the theme's files are offered in pageCodings, authors' files in
// mediaCodings: there may be many of them, hardly read (the parts of a program), so
// time counts more than size. A client that takes zstd takes one of these too.
var (
	pageCodings = []coding{
		{"zstd", func(data []byte) ([]byte, error) { return zstdCoder().EncodeAll(data, nil), nil }},
		{"br", func(data []byte) ([]byte, error) { return through(&brotlis, data) }},
		{"gzip", func(data []byte) ([]byte, error) { return through(&gzips, data) }},
	}
	mediaCodings = []coding{
		{"br", func(data []byte) ([]byte, error) { return through(&quickBrotlis, data) }},
		{"gzip", func(data []byte) ([]byte, error) { return through(&gzips, data) }},
	}
)

// zstdCoder is shared by all goroutines. A window larger than a page would only
// take memory; RFC 9659 allows browsers 8 MiB.
var zstdCoder = sync.OnceValue(func() *zstd.Encoder {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.EncoderLevelFromZstd(zstdLevel)), zstd.WithWindowSize(1<<20))
	if err != nil {
		panic(err) // the options are constants
	}
	return e
})

// resetWriter is a coder that can be reused.
type resetWriter interface {
	io.WriteCloser
	Reset(io.Writer)
}

var (
	brotlis      = sync.Pool{New: func() any { return resetWriter(brotli.NewWriterLevel(nil, brotliLevel)) }}
	quickBrotlis = sync.Pool{New: func() any { return resetWriter(brotli.NewWriterV2(nil, quickBrotliLevel)) }}
	gzips        = sync.Pool{New: func() any {
		w, err := gzip.NewWriterLevel(nil, gzipLevel)
		if err != nil {
			panic(err) // the level is a constant
		}
		return resetWriter(w)
	}}
)

func through(pool *sync.Pool, data []byte) ([]byte, error) {
	w := pool.Get().(resetWriter)
	defer pool.Put(w)
	var out bytes.Buffer
	w.Reset(&out)
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	err := w.Close()
	return out.Bytes(), err
}
