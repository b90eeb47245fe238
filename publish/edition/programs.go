package edition

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/publish/collection"
)

// addPrograms adds to the media what the authors' HTML documents among them load
// when they run.
func (b *build) addPrograms(shown map[string]*collection.Media) error {
	found := collection.NewProgram(b.media.tree, b.Analysis)
	for _, name := range slices.Sorted(maps.Keys(shown)) {
		if !strings.HasPrefix(shown[name].Type, "text/html") {
			continue
		}
		if err := found.Add(name); err != nil {
			return fmt.Errorf("find what %s loads: %w", name, err)
		}
	}
	for _, media := range found.Media {
		if shown[media.Path] == nil {
			shown[media.Path] = media
		}
	}
	if found.Omitted > 0 {
		b.report(collection.Problem{Path: b.book.Path, Rule: "interactive-too-large", Severity: collection.Warning,
			Message: fmt.Sprintf("the interactive documents of the book exceed the limit of a release (%d files, %d MiB); %d files are left out, and documents that need them will not work",
				collection.ProgramFiles, collection.ProgramBytes>>20, found.Omitted)})
	}
	return nil
}
