package edition

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"sync"

	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/render"
)

// media remembers the media that were stored for the books of one tree, which
// may share them. It may be used by several goroutines.
type media struct {
	tree *collection.Files

	mu     sync.Mutex
	stored map[string]release.File // by path in the tree
}

func newMedia(tree fs.FS) *media {
	return &media{tree: collection.NewFiles(tree), stored: map[string]release.File{}}
}

func (m *media) get(path string) (release.File, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f, ok := m.stored[path]
	return f, ok
}

func (m *media) put(path string, f release.File) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stored[path] = f
}

// addMedia adds the media that the pages show. A file that the previous edition
// has from the same blob is not read.
func (b *build) addMedia(ctx context.Context, pages []*render.Page) error {
	shown := map[string]*collection.Media{}
	for _, page := range pages {
		if page.Module == nil {
			continue
		}
		for _, media := range page.Module.Media {
			shown[media.Path] = media
		}
	}
	if err := b.addPrograms(shown); err != nil {
		return err
	}
	all := slices.Collect(maps.Values(shown))
	return inParallel(ctx, len(all), func(ctx context.Context, i int) error { return b.addMedium(ctx, all[i]) })
}

// errMissing is the error of a file that is not in the tree, as opposed to one
// that cannot be opened.
var errMissing = errors.New("not in the tree")

func (b *build) addMedium(ctx context.Context, media *collection.Media) error {
	to := render.MediaPath(media)
	f, ok := b.media.get(media.Path)
	if !ok {
		var err error
		f, err = b.storeMedium(ctx, media, to)
		if errors.Is(err, errMissing) {
			b.report(collection.Problem{Path: media.Path, Rule: "resource-missing", Severity: collection.Error, Message: "this file is not there"})
			return nil
		}
		if err != nil {
			return fmt.Errorf("store %s: %w", media.Path, err)
		}
		b.media.put(media.Path, f)
	}
	b.add(f)
	return nil
}

// storeMedium stores a file of the tree, to be published under the path to.
func (b *build) storeMedium(ctx context.Context, media *collection.Media, to string) (release.File, error) {
	f := release.File{Path: to, Type: media.Type}
	// The id stands in the folder; to ask for more would open the object.
	id, err := b.media.tree.BlobID(media.Path)
	if err != nil {
		return f, err
	}
	if id != "" {
		f.Source = "git:" + id
		if isText(media.Type) {
			f.Source += " " + compression
		}
	}
	if old, ok := b.previous.File(to); ok && f.Source != "" && old.Source == f.Source {
		there, err := b.hasFile(ctx, &old)
		if err != nil {
			return f, err
		}
		if there {
			f.Size, f.Digest, f.Variants = old.Size, old.Digest, old.Variants
			return f, nil
		}
	}
	if there, err := b.reuseMedium(ctx, &f); there || err != nil {
		return f, err
	}
	if err := b.readMedium(ctx, media, &f); err != nil {
		return f, err
	}
	b.cacheMedium(&f)
	return f, nil
}

// readMedium stores the content of the file.
func (b *build) readMedium(ctx context.Context, media *collection.Media, f *release.File) error {
	info, err := fs.Stat(b.tree, media.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return errMissing
	}
	if err != nil {
		return err
	}
	r, err := b.tree.Open(media.Path)
	if err != nil {
		return err
	}
	defer r.Close()
	if isText(media.Type) && info.Size() <= largestCoded {
		data, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		return b.store(ctx, f, data, mediaCodings)
	}
	stored, err := b.batch.Put(ctx, r)
	f.Size, f.Digest = stored.Size, stored.Digest
	return err
}
