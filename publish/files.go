package publish

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"sync"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/render"
)

// made remembers the media of a publication, which books may share.
type made struct {
	files *collection.Files // of the tree

	mu    sync.Mutex
	media map[string]release.File // by path in the tree
}

func newMade(tree fs.FS) *made {
	return &made{files: collection.NewFiles(tree), media: map[string]release.File{}}
}

func (m *made) get(path string) (release.File, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f, ok := m.media[path]
	return f, ok
}

func (m *made) put(path string, f release.File) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.media[path] = f
}

// media stores what the pages show. A file that the previous edition was made
// from as well is not read again.
func (m *maker) media(ctx context.Context, pages []*render.Page) error {
	shown := map[string]*collection.Media{}
	for _, page := range pages {
		if page.Module == nil {
			continue
		}
		for _, media := range page.Module.Media {
			shown[media.Path] = media
		}
	}
	if err := m.programs(shown); err != nil {
		return err
	}
	all := slices.Collect(maps.Values(shown))
	return inParallel(ctx, len(all), func(ctx context.Context, i int) error { return m.medium(ctx, all[i]) })
}

// errMissing says that the tree has no such file; that one cannot be opened is
// another matter.
var errMissing = errors.New("not in the tree")

func (m *maker) medium(ctx context.Context, media *collection.Media) error {
	to := render.MediaPath(media)
	f, ok := m.shared.get(media.Path)
	if !ok {
		var err error
		f, err = m.storeMedium(ctx, media, to)
		if errors.Is(err, errMissing) {
			m.report(collection.Problem{Path: media.Path, Rule: "resource-missing", Severity: collection.Error, Message: "this file is not there"})
			return nil
		}
		if err != nil {
			return fmt.Errorf("store %s: %w", media.Path, err)
		}
		m.shared.put(media.Path, f)
	}
	m.add(f)
	return nil
}

func (m *maker) storeMedium(ctx context.Context, media *collection.Media, to string) (release.File, error) {
	f := release.File{Path: to, Type: media.Type}
	// The id stands in the folder; to ask for more would open the object.
	id, err := m.shared.files.BlobID(media.Path)
	if err != nil {
		return f, err
	}
	if id != "" {
		f.Source = "git:" + id
		if isText(media.Type) {
			f.Source += " " + compression
		}
	}
	if old, ok := m.previous.File(to); ok && f.Source != "" && old.Source == f.Source {
		there, err := m.there(ctx, &old)
		if err != nil {
			return f, err
		}
		if there {
			f.Size, f.Digest, f.Variants = old.Size, old.Digest, old.Variants
			return f, nil
		}
	}
	info, err := fs.Stat(m.tree, media.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return f, errMissing
	}
	if err != nil {
		return f, err
	}
	r, err := m.tree.Open(media.Path)
	if err != nil {
		return f, err
	}
	defer r.Close()
	if isText(media.Type) && info.Size() <= largestCoded {
		data, err := io.ReadAll(r)
		if err != nil {
			return f, err
		}
		return f, m.store(ctx, &f, data, mediaCodings)
	}
	stored, err := m.batch.Put(ctx, r)
	f.Size, f.Digest = stored.Size, stored.Digest
	return f, err
}

func (m *maker) assets(ctx context.Context) error {
	assets := m.Theme.Assets()
	return fs.WalkDir(assets, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(assets, name)
		if err != nil {
			return fmt.Errorf("read asset %s of the theme: %w", name, err)
		}
		return m.keep(ctx, "-/"+name, assetType(name), data)
	})
}

// editionStyle is the path of the style sheet that tells editions apart: it is
// empty in a release and shows in a draft that it is one. So the pages of a
// draft are those of the release that it becomes.
const editionStyle = "-/edition.css"

func (m *maker) style(ctx context.Context) error {
	return m.keep(ctx, editionStyle, assetType(editionStyle), m.Theme.EditionStyle(m.book, m.draft))
}

// assetType goes by a table of our own: that of the operating system differs
// from machine to machine, and manifests must not.
func assetType(name string) string {
	if t, ok := assetTypes[path.Ext(name)]; ok {
		return t
	}
	return "application/octet-stream"
}

var assetTypes = map[string]string{
	".css":   "text/css; charset=utf-8",
	".gif":   "image/gif",
	".html":  "text/html; charset=utf-8",
	".ico":   "image/vnd.microsoft.icon",
	".jpg":   "image/jpeg",
	".js":    "text/javascript; charset=utf-8",
	".json":  "application/json",
	".otf":   "font/otf",
	".png":   "image/png",
	".svg":   "image/svg+xml",
	".ttf":   "font/ttf",
	".txt":   "text/plain; charset=utf-8",
	".woff":  "font/woff",
	".woff2": "font/woff2",
}

// keep stores data as a file of the edition.
func (m *maker) keep(ctx context.Context, name, mediaType string, data []byte) error {
	f := release.File{Path: name, Type: mediaType}
	if err := m.store(ctx, &f, data, pageCodings); err != nil {
		return fmt.Errorf("store %s: %w", name, err)
	}
	m.add(f)
	return nil
}

// store stores data as what the file is, with its variants in the codings,
// unless the previous edition holds the same bytes.
func (m *maker) store(ctx context.Context, f *release.File, data []byte, in []coding) error {
	sum := sha256.Sum256(data)
	f.Size, f.Digest = int64(len(data)), blobstore.Digest(hex.EncodeToString(sum[:]))
	if old := m.known[f.Digest]; old != nil && (len(old.Variants) > 0 || !isText(f.Type)) {
		there, err := m.there(ctx, old)
		if there {
			f.Variants = old.Variants
		}
		if there || err != nil {
			return err
		}
	}
	if _, err := m.batch.Put(ctx, bytes.NewReader(data)); err != nil {
		return err
	}
	if !isText(f.Type) {
		return nil
	}
	all, err := variants(data, in)
	if err != nil {
		return err
	}
	for _, v := range all {
		info, err := m.batch.Put(ctx, bytes.NewReader(v.data))
		if err != nil {
			return err
		}
		f.Variants = append(f.Variants, release.Variant{Coding: v.coding, Size: info.Size, Digest: info.Digest})
	}
	return nil
}

// add takes a file into the edition. Two that claim one path are a problem of
// the book: its media and pages have names that cannot be told apart.
func (m *maker) add(f release.File) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if other, ok := m.files[f.Path]; ok && !other.Same(&f) {
		m.problems = append(m.problems, collection.Problem{Path: m.book.Path, Rule: "path-doubled", Severity: collection.Error,
			Message: fmt.Sprintf("two files of the book would be published as %q; rename one of them", f.Path)})
		return
	}
	m.files[f.Path] = f
}
