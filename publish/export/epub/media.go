package epub

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"io"
	"io/fs"
	"net/http"

	"golang.org/x/image/webp"

	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/cover"
	"github.com/rhaptos/rhaptos/publish/export/content"
	"github.com/rhaptos/rhaptos/publish/release"
)

// Bounds of pictures that are converted.
const (
	maxConverted = 32 << 20 // bytes
	maxPixels    = 64 << 20
)

// errForeign says that a reading system need not show a picture of the type.
var errForeign = errors.New("no picture that an EPUB can hold")

// coreImages are the types of pictures that every reading system shows (EPUB
// 3.2, section 3.2), with the ends of their names.
var coreImages = map[string]string{"image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", content.DrawingType: ".svg"}

// pictures writes the cover and the media that pages show. What no reading
// system shows is left to words.
func (b *epub) pictures(ctx context.Context) error {
	if err := b.coverPicture(ctx); err != nil {
		return err
	}
	given, byDigest := content.NewNames(), map[string]string{}
	for _, f := range b.Media() {
		if name, ok := byDigest[string(f.Digest)]; ok {
			b.picture[f.Path] = name
			continue
		}
		base, _ := content.SplitName(f.Path[len("media/"):])
		name, err := b.addMedia(ctx, f, func(end string) string { return given.Give(base, end) })
		if errors.Is(err, errForeign) {
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", f.Path, err)
		}
		b.picture[f.Path], byDigest[string(f.Digest)] = name, name
	}
	return nil
}

// addMedia writes one picture under the name that give makes for its type.
func (b *epub) addMedia(ctx context.Context, f release.File, give func(end string) string) (string, error) {
	r, err := b.Blobs.Open(ctx, f.Digest)
	if err != nil {
		return "", err
	}
	defer r.Close()
	return b.addPicture(ctx, bufio.NewReaderSize(r, 64<<10), f.Type, func(mediaType string) (string, string) {
		name := give(coreImages[mediaType])
		return "media/" + name, fmt.Sprintf("m%04d", len(b.items))
	})
}

// addPicture adds a picture to the book. Its type is found in its bytes: what
// names and attributes say of pictures is often wrong.
func (b *epub) addPicture(ctx context.Context, r *bufio.Reader, said string, place func(mediaType string) (path, id string)) (string, error) {
	head, err := r.Peek(512)
	if err != nil && err != io.EOF {
		return "", err
	}
	mediaType := http.DetectContentType(head)
	var data io.Reader = r
	switch {
	case said == content.DrawingType || bytes.Contains(head, []byte("<svg")):
		clean, ok := content.CleanDrawing(r)
		if !ok {
			return "", errForeign
		}
		mediaType, data = content.DrawingType, bytes.NewReader(clean)
	case mediaType == "image/webp":
		converted, err := fromWebP(r)
		if err != nil {
			return "", errForeign
		}
		mediaType, data = "image/png", bytes.NewReader(converted)
	case coreImages[mediaType] == "":
		return "", errForeign
	}
	b.gifs = b.gifs || mediaType == "image/gif"
	path, id := place(mediaType)
	b.items = append(b.items, item{id: id, href: path, mediaType: mediaType})
	if err := b.archive.Stream(ctx, "EPUB/"+path, mediaType, data); err != nil {
		return "", err
	}
	return path[len("media/"):], nil
}

// fromWebP is a WebP picture as PNG.
func fromWebP(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxConverted+1))
	if err != nil || len(data) > maxConverted {
		return nil, errors.Join(err, errForeign)
	}
	size, err := webp.DecodeConfig(bytes.NewReader(data))
	if err != nil || size.Width*size.Height > maxPixels {
		return nil, errors.Join(err, errForeign)
	}
	picture, err := webp.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = png.Encode(&b, picture)
	return b.Bytes(), err
}

// coverPicture writes the cover: cover/SLUG-cover.jpg of the tree, as OpenStax's
// books have it, or else a drawn one.
func (b *epub) coverPicture(ctx context.Context) error {
	if b.Tree != nil {
		f, err := collection.NewFiles(b.Tree).Open("cover/" + b.Manifest.Book.Slug + "-cover.jpg")
		if err == nil {
			defer f.Close()
			_, err = b.addPicture(ctx, bufio.NewReaderSize(f, 64<<10), "", func(mediaType string) (string, string) {
				b.cover = "media/cover" + coreImages[mediaType]
				return b.cover, "cover-image"
			})
			if err == nil {
				b.items[len(b.items)-1].properties = "cover-image"
				return nil
			}
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errForeign) {
			return fmt.Errorf("cover: %w", err)
		}
	}
	b.cover = "media/cover.svg"
	return b.put("cover-image", b.cover, content.DrawingType, "cover-image", cover.Draw(b.Manifest.Book, b.messages.Release+" "+b.Number.String()))
}
