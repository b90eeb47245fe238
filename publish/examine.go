package publish

import (
	"context"
	"errors"
	"io/fs"
	"slices"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// Examine judges a tree as Judge does, and then by the settings in the tree
// itself: the severities that rules have there, the words that are not wanted,
// and what is wrong with the settings. It is the verdict on which a push, a
// publication and the check command agree. A tree without books gives a
// judgement without books; any error means that the tree could not be read. A
// tree may have a method Missing that lists the files which it has no content of.
func Examine(ctx context.Context, fsys fs.FS, cache analysis.Cache) (*Judgement, error) {
	lib, problems, err := readSettled(ctx, fsys, cache)
	if err != nil {
		return nil, err
	}
	return judgementOf(lib, problems), nil
}

// readSettled is Read with the problems of Examine. A tree without books gives
// a library without books.
func readSettled(ctx context.Context, fsys fs.FS, cache analysis.Cache) (*collection.Library, []collection.Problem, error) {
	if cache == nil {
		cache = analysis.None{}
	}
	settings, faults := ReadSettings(fsys, "")
	lib, problems, err := Read(ctx, fsys, cache)
	switch {
	case errors.Is(err, collection.ErrNoBooks):
		lib, problems = &collection.Library{}, nil
	case err != nil:
		return nil, nil, err
	}
	words, err := settings.unwanted(ctx, lib, fsys, cache)
	if err != nil {
		return nil, nil, err
	}
	var slugs []string
	for _, b := range lib.Books {
		slugs = append(slugs, b.Slug)
	}
	problems = slices.Concat(settings.apply(append(problems, words...)), faults, settings.strangers(slugs))
	settings.describe(lib.Books)
	collection.SortProblems(problems)
	return lib, problems, nil
}
