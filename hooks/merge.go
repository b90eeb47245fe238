package hooks

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/contribution"
	"github.com/rhaptos/rhaptos/gitserver/plaintext"
	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/budget"
	"github.com/rhaptos/rhaptos/publish/check"
	"github.com/rhaptos/rhaptos/publish/fault"
	"github.com/rhaptos/rhaptos/publish/merge"
)

// BookMerger merges the files of books, and finds places in them again. It implements
// contribution.FileMerger and contribution.Follower.
type BookMerger struct {
	Analysis analysis.Cache // for the names in conflicts; may be nil
	Log      *slog.Logger
}

var (
	_ contribution.FileMerger = BookMerger{}
	_ contribution.Follower   = BookMerger{}
)

// mergeBudget bounds all merges of the process.
var mergeBudget = budget.New(budget.Limits{FileTime: 30 * time.Second})

// parsedSize is by how much a text grows when it is taken apart, in bytes for each byte.
const parsedSize = 64

// Takes implements contribution.FileMerger.
func (BookMerger) Takes(path string, size int64) bool { return merge.Takes(path, size) }

// MergeFiles implements contribution.FileMerger, for trees with books. Conflicts call
// our side "the branch".
func (m BookMerger) MergeFiles(ctx context.Context, tree fs.FS, files [3]map[string][]byte) (*contribution.MergedFiles, error) {
	if !check.HasBooks(tree) {
		return nil, &contribution.UnmergedError{Why: "there is no book in the branch"}
	}
	known := &bookNames{ctx: ctx, tree: tree, cache: m.Analysis}
	names := merge.Names{Ours: "the branch", Theirs: "the contribution", Element: known.element}
	work, cancel := context.WithCancel(ctx)
	defer cancel()
	merged, err := m.merge(work, tree, files, names)
	var panicked *fault.Panic
	if errors.As(err, &panicked) {
		m.Log.Error("merging books failed", "err", panicked, "stack", panicked.Stack)
		return nil, &contribution.UnmergedError{Why: "merging the books failed because of a fault in the server"}
	}
	if err != nil {
		return nil, err
	}
	out := &contribution.MergedFiles{Files: merged.Files}
	for _, c := range merged.Conflicts {
		out.Conflicts = append(out.Conflicts, known.file(c.Path)+": "+plaintext.Line(c.Message, 400))
	}
	for _, n := range merged.Notices {
		out.Notices = append(out.Notices, known.file(n.Path)+": "+plaintext.Line(n.Message, 400))
	}
	return out, nil
}

// merge merges the files within the budget.
func (m BookMerger) merge(ctx context.Context, tree fs.FS, files merge.Files, names merge.Names) (*merge.Trees, error) {
	done := make(chan *merge.Trees, 1)
	err := within(ctx, mergeBudget, tree, files, func() error {
		merged, err := merge.MergeFiles(ctx, files, names)
		done <- merged
		return err
	})
	if err != nil {
		return nil, err
	}
	return <-done, nil
}

// Follow implements contribution.Follower. What takes too much is not found, nor what
// brings a fault to light.
func (m BookMerger) Follow(ctx context.Context, places []contribution.Place, old, new map[string][]byte) (map[contribution.Place]contribution.Place, error) {
	var list []merge.Place
	for _, p := range places {
		list = append(list, merge.Place(p))
	}
	done := make(chan map[merge.Place]merge.Place, 1)
	err := within(ctx, mergeBudget, nil, merge.Files{old, new}, func() error {
		done <- merge.Follow(list, old, new)
		return nil
	})
	var panicked *fault.Panic
	var tooMuch *contribution.UnmergedError
	switch {
	case errors.As(err, &panicked):
		m.Log.Error("finding the places of reviews failed", "err", panicked, "stack", panicked.Stack)
		return nil, nil
	case errors.As(err, &tooMuch):
		return nil, nil
	case err != nil:
		return nil, err
	}
	found := map[contribution.Place]contribution.Place{}
	for p, now := range <-done {
		found[contribution.Place(p)] = contribution.Place(now)
	}
	return found, nil
}

// within runs a function on files within the bounds of a governor. The error of what
// exceeds them is a [contribution.UnmergedError]; the function may still be at work
// then, for a time.
func within(ctx context.Context, g *budget.Governor, tree fs.FS, files merge.Files, f func() error) error {
	bounded := g.Tree(ctx, tree)
	defer bounded.Close()
	done := make(chan error, 1)
	go func() {
		end, err := bounded.Begin("the files", parsedSize*sizeOf(files))
		if err != nil {
			done <- err
			return
		}
		defer end()
		if panicked := fault.Catch("merging books", func() { err = f() }); panicked != nil {
			err = panicked
		}
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-bounded.Exceeded():
		return &contribution.UnmergedError{Why: "merging the books takes too long"}
	}
}

func sizeOf(files merge.Files) (n int64) {
	for _, version := range files {
		for _, data := range version {
			n += int64(len(data))
		}
	}
	return n
}
