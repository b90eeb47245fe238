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

// BookMerger merges the files of books. It implements contribution.FileMerger.
type BookMerger struct {
	Analysis analysis.Cache // for the names in conflicts; may be nil
	Log      *slog.Logger
}

var _ contribution.FileMerger = BookMerger{}

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
	merged, err := mergeWithin(ctx, mergeBudget, tree, files, merge.Names{Ours: "the branch", Theirs: "the contribution", Element: known.element})
	var panicked *fault.Panic
	if errors.As(err, &panicked) {
		m.Log.Error("merging books failed", "error", panicked, "stack", panicked.Stack)
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

// mergeWithin merges files within the bounds of a governor. The error of what exceeds
// them is a [contribution.UnmergedError]; it may still be at work then, for a time.
func mergeWithin(ctx context.Context, g *budget.Governor, tree fs.FS, files merge.Files, names merge.Names) (*merge.Trees, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	bounded := g.Tree(ctx, tree)
	defer bounded.Close()
	type outcome struct {
		merged *merge.Trees
		err    error
	}
	done := make(chan outcome, 1)
	go func() {
		var o outcome
		end, err := bounded.Begin("the files", parsedSize*sizeOf(files))
		if err != nil {
			done <- outcome{nil, err}
			return
		}
		defer end()
		if panicked := fault.Catch("merging books", func() { o.merged, o.err = merge.MergeFiles(ctx, files, names) }); panicked != nil {
			o = outcome{nil, panicked}
		}
		done <- o
	}()
	select {
	case o := <-done:
		return o.merged, o.err
	case <-bounded.Exceeded():
		return nil, &contribution.UnmergedError{Why: "merging the books takes too long"}
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
