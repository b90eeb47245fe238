package collection

import (
	"bytes"
	"errors"
	"image"
	_ "image/gif" // the formats whose headers CheckMedia reads
	"image/jpeg"
	_ "image/png"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"

	_ "golang.org/x/image/webp"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// mediaAnalysis is what is known about a file that pages show by its content.
type mediaAnalysis struct {
	size          int
	kind          string // media type by the first bytes; empty if they do not identify one
	plain         string // media type for a name that says nothing
	pointer       bool   // it stands for a file that Git LFS keeps
	broken        string // why the header of an image cannot be read
	width, height int    // of an image, if its header says
}

func (f *mediaAnalysis) code(c *analysis.Coder) {
	c.Int(&f.size)
	c.Text(&f.kind)
	c.Text(&f.plain)
	c.Flag(&f.pointer)
	c.Text(&f.broken)
	c.Int(&f.width)
	c.Int(&f.height)
}

// largeMedia is the size in bytes from which a file is worth a warning.
const largeMedia = 8 << 20

// CheckMedia checks the content of a file that pages show: whether it is what
// its name says, can be decoded (by its header), and is not too large. It
// completes what Media says of the file. Of a file whose analysis is cached nothing
// is read.
func (f *Files) CheckMedia(name string, cache analysis.Cache) ([]Problem, error) {
	blob, err := f.BlobID(name)
	if err != nil {
		return nil, err
	}
	m := &mediaAnalysis{}
	if !analysis.Load(cache, "media", blob, m.code) {
		file, err := f.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		defer file.Close()
		if *m, err = examineMedia(file); err != nil {
			return nil, err
		}
		analysis.Store(cache, "media", blob, m.code)
	}
	real, err := f.Real(name)
	if err != nil {
		return nil, err
	}
	f.complete(real, m)
	return m.problems(real), nil
}

// complete adds to the file's Media what its content says. The name is without
// links.
func (f *Files) complete(name string, known *mediaAnalysis) {
	f.mu.Lock()
	defer f.mu.Unlock()
	m := f.media[name]
	if m == nil {
		return
	}
	m.Size, m.Width, m.Height = int64(known.size), known.width, known.height
	if m.Type == "" {
		m.Type = known.plain
	}
}

// sniffed is the number of bytes by which the type of a file is detected.
const sniffed = 1024

func examineMedia(file fs.File) (m mediaAnalysis, err error) {
	info, err := file.Stat()
	if err != nil {
		return m, err
	}
	m.size = int(info.Size())
	content := &storage{from: file}
	head := make([]byte, sniffed)
	n, _ := io.ReadFull(content, head)
	head = head[:n]
	m.plain = http.DetectContentType(head)
	switch m.kind = sniff(head); {
	case bytes.HasPrefix(head, []byte("version https://git-lfs.github.com/spec/")):
		m.pointer = true
	case decodable[m.kind]:
		config, _, err := image.DecodeConfig(io.MultiReader(bytes.NewReader(head), content))
		if unsupported := jpeg.UnsupportedError(""); err != nil && !errors.As(err, &unsupported) {
			m.broken = err.Error()
		}
		m.width, m.height = min(config.Width, maxPixels), min(config.Height, maxPixels)
		if m.kind == "image/jpeg" && turned(head) {
			m.width, m.height = m.height, m.width
		}
	case m.kind == "image/svg+xml":
		m.width, m.height = drawingSize(head)
	}
	return m, content.fault
}

// decodable are the types whose headers can be read here.
var decodable = map[string]bool{"image/png": true, "image/jpeg": true, "image/gif": true, "image/webp": true}

// storage tells faults of the storage from what a decoder says of the content.
type storage struct {
	from  io.Reader
	fault error
}

func (s *storage) Read(p []byte) (int, error) {
	n, err := s.from.Read(p)
	if err != nil && err != io.EOF {
		s.fault = err
	}
	return n, err
}

// sniff is the media type that the beginning of a file identifies, empty if none.
func sniff(head []byte) string {
	if bytes.Contains(head, []byte("<svg")) {
		return "image/svg+xml"
	}
	kind, _, _ := strings.Cut(http.DetectContentType(head), ";")
	if kind == "application/octet-stream" || kind == "text/plain" {
		return ""
	}
	return kind
}

func (m *mediaAnalysis) problems(name string) []Problem {
	var all []Problem
	warn := func(rule, format string, args ...any) {
		all = append(all, Place{}.Problem(Warning, rule, format, args...))
	}
	ext := strings.ToLower(path.Ext(name))
	said := mediaTypes[ext]
	isImage := strings.HasPrefix(said, "image/")
	switch {
	case m.pointer:
	case isImage && m.size == 0:
		warn("image-broken", "the image is empty; add it again")
	case unshown[ext]:
		warn("image-unshown", "browsers do not show images of the type %s; convert it to PNG, JPEG or SVG", ext)
	case m.broken != "" && m.kind == said:
		warn("image-broken", "the image cannot be decoded (%s); save it again", cnxml.Escape(m.broken))
	case m.kind == said || said == "" || !isImage:
	case strings.HasPrefix(m.kind, "image/"):
		warn("media-type-mismatch", "the file is %s by its content, but its name ends in %s; rename it and the links to it", m.kind, ext)
	case decodable[said] || said == "image/svg+xml" && m.kind != "text/xml":
		warn("image-broken", "the content of the file is not an image; save it again as %s", said)
	}
	if m.size > largeMedia {
		warn("media-large", "the file has %d MiB, which readers wait for; make it smaller than %d", m.size>>20, largeMedia>>20)
	}
	return all
}

// unshown are images that no browser shows.
var unshown = map[string]bool{".tif": true, ".tiff": true, ".eps": true, ".wmf": true, ".emf": true, ".psd": true, ".ai": true}
