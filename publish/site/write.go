package site

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/rhaptos/rhaptos/publish/export/content"
	"github.com/rhaptos/rhaptos/publish/export/offline"
	"github.com/rhaptos/rhaptos/publish/release"
)

// stateName is the folder, in the one that is written to, with what the next
// build wants to know.
const stateName = ".rhaptos"

func (b *Builder) state(name string) string { return filepath.Join(b.config.Out, stateName, name) }

// claim makes the folder that is written to. One in which somebody else's files
// are is left alone.
func (b *Builder) claim() error {
	entries, err := os.ReadDir(b.config.Out)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	ours := slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == stateName })
	if len(entries) > 0 && !ours {
		return fmt.Errorf("%s is not empty and was not written by an earlier build: give --out a new folder", b.config.Out)
	}
	return os.MkdirAll(filepath.Join(b.config.Out, stateName), 0o755)
}

// savedState is kept for the next build.
type savedState struct {
	Manifests []*release.Manifest `json:"manifests"`
	Files     []string            `json:"files"` // that were written, by path
}

// readState reads the state. One that cannot be read is as good as none.
func (b *Builder) readState() savedState {
	var state savedState
	data, err := os.ReadFile(b.state("build.json"))
	if err != nil || json.Unmarshal(data, &state) != nil {
		return savedState{}
	}
	return state
}

// Written counts the files of a site.
type Written struct{ New, Unchanged int }

// Write writes the books into the folder: a folder for each, and a page that
// lists them. Files that are as they should be are left as they are; those of
// an earlier build that are no more are removed.
func (b *Builder) Write(ctx context.Context) (Written, error) {
	root, err := os.OpenRoot(b.config.Out)
	if err != nil {
		return Written{}, err
	}
	defer root.Close()
	site := &folder{root: root, blobs: b.blobs, names: map[string]bool{}}
	for _, slug := range b.order {
		site.prefix = slug + "/"
		e := &content.Edition{RepositoryID: "folder", Manifest: b.latest[slug], Blobs: b.blobs}
		if err := offline.WriteFolder(ctx, site, e); err != nil {
			return site.count, err
		}
	}
	site.prefix = ""
	if err := b.list(site); err != nil {
		return site.count, err
	}
	old := b.readState()
	state := savedState{}
	for name := range site.names {
		state.Files = append(state.Files, name)
	}
	slices.Sort(state.Files)
	for _, slug := range b.order {
		state.Manifests = append(state.Manifests, b.latest[slug])
	}
	data, err := json.Marshal(state)
	if err != nil {
		return site.count, err
	}
	if err := os.WriteFile(b.state("build.json"), data, 0o644); err != nil {
		return site.count, err
	}
	for _, name := range old.Files {
		if !site.names[name] {
			site.remove(name)
		}
	}
	return site.count, b.Sweep(ctx)
}
