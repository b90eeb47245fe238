package collection

import (
	"bytes"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rhaptos/rhaptos/publish/analysis"
)

// picture is a picture of one colour, as the encoder writes it.
func picture(t *testing.T, encode func(*bytes.Buffer, image.Image) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b, image.NewGray(image.Rect(0, 0, 40, 30))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestJudgeMedia(t *testing.T) {
	png := picture(t, func(b *bytes.Buffer, m image.Image) error { return png.Encode(b, m) })
	jpg := picture(t, func(b *bytes.Buffer, m image.Image) error { return jpeg.Encode(b, m, nil) })
	gif := picture(t, func(b *bytes.Buffer, m image.Image) error { return gif.Encode(b, m, nil) })
	// Lossless, one pixel.
	webp := []byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00")
	// After the header, the frame asks for 12 bits a sample, which Go does not read and browsers may.
	deep := bytes.Replace(jpg, []byte{0xff, 0xc0, 0x00, 0x0b, 8}, []byte{0xff, 0xc0, 0x00, 0x0b, 12}, 1)
	if bytes.Equal(deep, jpg) {
		t.Fatal("the picture has another form than expected")
	}
	for name, tt := range map[string]struct {
		content []byte
		want    string
	}{
		"a.png": {png, ""}, "a.PNG": {png, ""}, "a.jpg": {jpg, ""}, "a.jpeg": {jpg, ""}, "a.gif": {gif, ""}, "a.webp": {webp, ""},
		"deep.jpg":    {deep, ""},
		"b.jpg":       {png, "media-type-mismatch: the file is image/png by its content, but its name ends in .jpg; rename it and the links to it"},
		"b.svg":       {gif, "media-type-mismatch: the file is image/gif by its content, but its name ends in .svg; rename it and the links to it"},
		"c.svg":       {[]byte("<?xml version='1.0'?>\n<!-- drawn --><svg xmlns='http://www.w3.org/2000/svg'/>"), ""},
		"d.svg":       {[]byte("\ufeff<svg/>"), ""},
		"long.svg":    {[]byte("<?xml version='1.0'?>" + strings.Repeat("<!-- drawn -->", 200) + "<svg/>"), ""},
		"e.png":       {nil, "image-broken: the image is empty; add it again"},
		"f.png":       {[]byte("<!DOCTYPE html><p>404"), "image-broken: the content of the file is not an image; save it again as image/png"},
		"f.svg":       {[]byte("just text"), "image-broken: the content of the file is not an image; save it again as image/svg+xml"},
		"g.png":       {png[:20], "image-broken: the image cannot be decoded (unexpected EOF); save it again"},
		"h.jpg":       {[]byte("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"), ""},
		"i.tif":       {[]byte("II*\x00"), "image-unshown: browsers do not show images of the type .tif; convert it to PNG, JPEG or SVG"},
		"j":           {[]byte("anything"), ""},
		"run.html":    {nil, ""},
		"large.mp4":   {make([]byte, largeMedia+1), "media-large: the file has 8 MiB, which readers wait for; make it smaller than 8"},
		"missing.png": {nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			fsys := fstest.MapFS{}
			if name != "missing.png" {
				fsys[name] = &fstest.MapFile{Data: tt.content, Sys: id(tt.content)}
			}
			kept := mapCache{}
			for range 2 { // found, and then recalled
				problems, err := NewFiles(fsys).CheckMedia(name, kept)
				if err != nil {
					t.Fatal(err)
				}
				var got string
				for _, p := range problems {
					got += p.Rule + p.String()
				}
				if got != tt.want || len(problems) > 0 && problems[0].Severity != Warning {
					t.Errorf("got %q, want %q", got, tt.want)
				}
			}
		})
	}
}

// id stands for git's object id.
type id []byte

func (i id) BlobID() string { return fmt.Sprintf("%.40x", []byte(i)) }

// TestMediaSize measures images: also those that are to be shown turned, and
// drawings.
func TestMediaSize(t *testing.T) {
	jpg := picture(t, func(b *bytes.Buffer, m image.Image) error { return jpeg.Encode(b, m, nil) })
	// An EXIF segment behind the first marker, with the orientation as its only entry.
	exif := func(order string, entry string) []byte {
		tiff := order + entry
		return slices.Concat(jpg[:2], []byte{0xff, 0xe1, 0, byte(2 + 6 + len(tiff))}, []byte("Exif\x00\x00"+tiff), jpg[2:])
	}
	for name, tt := range map[string]struct {
		content       []byte
		width, height int
	}{
		"a.png":     {picture(t, func(b *bytes.Buffer, m image.Image) error { return png.Encode(b, m) }), 40, 30},
		"a.jpg":     {jpg, 40, 30},
		"right.jpg": {exif("MM\x00*\x00\x00\x00\x08", "\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00"), 30, 40},
		"left.jpg":  {exif("II*\x00\x08\x00\x00\x00", "\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x08\x00\x00\x00"), 30, 40},
		"up.jpg":    {exif("MM\x00*\x00\x00\x00\x08", "\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x01\x00\x00"), 40, 30},
		"odd.jpg":   {exif("MM\x00*\xff\xff\xff\xff", ""), 40, 30},
		"cut.jpg":   {exif("MM\x00*\x00\x00\x00\x08", "\x00\x09\x01"), 40, 30},
		"s.svg":     {[]byte(`<?xml version="1.0"?><!-- s --><svg width="120px" height="80.4"><rect/></svg>`), 120, 80},
		"box.svg":   {[]byte(`<svg width="100%" viewBox="0 0 300,150"/>`), 300, 150},
		"none.svg":  {[]byte(`<svg width="3cm"/>`), 0, 0},
		"a.html":    {[]byte("<p>"), 0, 0},
	} {
		files := NewFiles(fstest.MapFS{name: &fstest.MapFile{Data: tt.content}})
		m, err := files.Media(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := files.CheckMedia(name, analysis.None{}); err != nil {
			t.Fatal(err)
		}
		if m.Width != tt.width || m.Height != tt.height {
			t.Errorf("%s: %d by %d, want %d by %d", name, m.Width, m.Height, tt.width, tt.height)
		}
	}
}
