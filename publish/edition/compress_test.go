package edition

import (
	"bytes"
	"compress/gzip"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

func TestVariants(t *testing.T) {
	decode := map[string]func(io.Reader) (io.Reader, error){
		"gzip": func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		"zstd": func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) },
		"br":   func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil },
	}
	noise := make([]byte, 10_000)
	rand.NewChaCha8([32]byte{}).Read(noise)
	page := strings.Repeat("<p>A page of text, and another one.</p>\n", 300)
	for name, tt := range map[string]struct {
		data string
		in   []coding
		want int
	}{
		"page":  {page, pageCodings, 3},
		"media": {page, mediaCodings, 2},
		"empty": {"", pageCodings, 0}, "short": {"p{}", mediaCodings, 0}, "noise": {string(noise), pageCodings, 0},
		"noise in media": {string(noise), mediaCodings, 0},
	} {
		t.Run(name, func(t *testing.T) {
			first, err := variants([]byte(tt.data), tt.in)
			if err != nil || len(first) != tt.want {
				t.Fatalf("%d variants, %v; want %d", len(first), err, tt.want)
			}
			for i, v := range first {
				r, err := decode[v.coding](bytes.NewReader(v.data))
				if err != nil {
					t.Fatal(err)
				}
				if got, err := io.ReadAll(r); err != nil || string(got) != tt.data {
					t.Errorf("%s reads %d bytes, %v", v.coding, len(got), err)
				}
				if i > 0 && len(v.data) < len(first[i-1].data) {
					t.Errorf("%s is smaller than what comes before it", v.coding)
				}
			}
			var group sync.WaitGroup
			for range 4 {
				group.Go(func() {
					again, err := variants([]byte(tt.data), tt.in)
					for i, v := range again {
						if err != nil || !bytes.Equal(v.data, first[i].data) {
							t.Errorf("%s differs from one time to the next, %v", v.coding, err)
						}
					}
				})
			}
			group.Wait()
		})
	}
}

func TestIsText(t *testing.T) {
	for mediaType, want := range map[string]bool{
		pageType: true, "text/css; charset=utf-8": true, "image/svg+xml": true, "application/json": true, "application/ld+json": true,
		"image/png": false, "application/pdf": false, "font/woff2": false, "": false, "?": false,
	} {
		if isText(mediaType) != want {
			t.Errorf("%q: got %t", mediaType, !want)
		}
	}
}
