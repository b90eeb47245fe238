package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/publish/release"
)

// variants are the content in two codings, the smaller first.
func (b *bench) variants(blobs blobstore.Store, content string) []release.Variant {
	b.t.Helper()
	coder, err := zstd.NewWriter(nil)
	if err != nil {
		b.t.Fatal(err)
	}
	defer coder.Close()
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	if _, err := io.WriteString(w, content); err != nil {
		b.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		b.t.Fatal(err)
	}
	var all []release.Variant
	for _, v := range []struct {
		coding string
		data   []byte
	}{{"zstd", coder.EncodeAll([]byte(content), nil)}, {"gzip", zipped.Bytes()}} {
		info, err := blobs.Put(context.Background(), bytes.NewReader(v.data))
		if err != nil {
			b.t.Fatal(err)
		}
		all = append(all, release.Variant{Coding: v.coding, Size: info.Size, Digest: info.Digest})
	}
	return all
}

// Files are sent in the codings that they were published in: each with a tag of
// its own, by which it can be asked for again and in parts.
func TestVariants(t *testing.T) {
	b := newBench(t, nil)
	const page = "/ann/geometry/shapes@1.10/2-coded"
	want := files["2-coded"].content
	decode := map[string]func(io.Reader) (io.Reader, error){
		"":     func(r io.Reader) (io.Reader, error) { return r, nil },
		"gzip": func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		"zstd": func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) },
	}
	tags := map[string]string{}
	for _, tt := range []struct{ accept, coding string }{
		{"", ""}, {"identity", ""}, {"br", ""}, {"gzip", "gzip"}, {"gzip, zstd", "zstd"}, {"gzip, deflate, br, zstd", "zstd"},
		{"gzip;q=1, zstd;q=0.5", "gzip"}, {"*", "zstd"}, {"zstd;q=0, *", "gzip"},
	} {
		fields := []string{"Accept-Encoding", tt.accept}
		if tt.accept == "" {
			fields = nil
		}
		r := b.do("GET", page, fields...)
		body, err := io.ReadAll(r.Body)
		if err != nil || r.StatusCode != 200 || r.Header.Get("Content-Encoding") != tt.coding ||
			!strings.Contains(r.Header.Get("Vary"), "Accept-Encoding") || r.ContentLength != int64(len(body)) {
			t.Errorf("%q: %d, %v, %d bytes, %v", tt.accept, r.StatusCode, r.Header, len(body), err)
			continue
		}
		plain, err := decode[tt.coding](bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(plain); err != nil || string(got) != want {
			t.Errorf("%q: reads %.40q, %v", tt.accept, got, err)
		}
		tag := r.Header.Get("ETag")
		for coding, other := range tags {
			if (coding == tt.coding) != (tag == other) {
				t.Errorf("%q has the tag of %q", tt.coding, coding)
			}
		}
		tags[tt.coding] = tag
		if again := b.do("GET", page, append(fields, "If-None-Match", tag)...); again.StatusCode != 304 || again.Header.Get("ETag") != tag {
			t.Errorf("%q: asked again with its tag: %d", tt.accept, again.StatusCode)
		}
		part := b.do("GET", page, append(fields, "Range", "bytes=2-5", "If-Range", tag)...)
		if got, err := io.ReadAll(part.Body); err != nil || part.StatusCode != 206 || !bytes.Equal(got, body[2:6]) || part.Header.Get("Content-Encoding") != tt.coding {
			t.Errorf("%q: a part: %d %v", tt.accept, part.StatusCode, part.Header)
		}
	}
	if r := b.do("GET", page, "Accept-Encoding", "br, identity;q=0"); r.StatusCode != 406 {
		t.Errorf("no coding that there is: %d", r.StatusCode)
	}
	if r := b.do("GET", page, "Accept-Encoding", "zstd", "Range", "bytes=0-1", "If-Range", tags["gzip"]); r.StatusCode != 200 {
		t.Errorf("a part of another coding: %d", r.StatusCode)
	}
	if r := b.do("HEAD", page, "Accept-Encoding", "gzip"); r.StatusCode != 200 || r.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("HEAD: %d %v", r.StatusCode, r.Header)
	}
}
