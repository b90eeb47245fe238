package contribution

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver/gitexec"
)

// FileMerger joins what two sides changed in files.
type FileMerger interface {
	// Takes reports whether a file is merged by what is in it; of others one version is
	// taken whole. Size is in bytes.
	Takes(path string, size int64) bool

	// MergeFiles merges three versions of files, by path, which are the base, ours and
	// theirs; files that are the same in all are left out. Tree is the whole tree of
	// ours. The error of a tree whose files it does not merge, or of what takes too
	// much, is an [*UnmergedError].
	MergeFiles(ctx context.Context, tree fs.FS, files [3]map[string][]byte) (*MergedFiles, error)
}

// MergedFiles are files of the merged tree.
type MergedFiles struct {
	Files     map[string][]byte // by path, those that differ from ours; nil: it is removed
	Conflicts []string          // a line each, in a fixed order
	Notices   []string
}

// UnmergedError says why files are left to git.
type UnmergedError struct{ Why string }

// Error implements [error].
func (e *UnmergedError) Error() string { return e.Why }

// Bounds of what is read for a merge.
const (
	maxMergedFiles = 10_000   // that differ between the three trees
	maxMergedBytes = 16 << 20 // of all versions of them
)

// TreeMerger merges trees file by file: the files that both sides changed by a
// FileMerger, and everything else, such as modes, links, submodules and media, as git
// does. What it does not take is merged by git alone, with a notice.
type TreeMerger struct {
	Git   *gitexec.Git
	Files FileMerger
}

// Merge implements [Merger].
func (m TreeMerger) Merge(ctx context.Context, objects Objects, base, ours, theirs plumbing.Hash) (*Merged, error) {
	t := &treeMerge{git: m.Git, takes: m.Files.Takes, files: m.Files, environment: objects.Environment(), result: &Merged{}}
	err := t.merge(ctx, objects, base, ours, theirs)
	var left *UnmergedError
	if !errors.As(err, &left) {
		return t.result, err
	}
	merged, err := GitMerger{m.Git}.Merge(ctx, objects, base, ours, theirs)
	if err == nil {
		merged.Notices = append(merged.Notices, "merged by lines, as git does: "+left.Why)
	}
	return merged, err
}

// treeMerge is one merge.
type treeMerge struct {
	git         *gitexec.Git
	takes       func(path string, size int64) bool
	files       FileMerger
	environment []string
	changes     map[string]*threeWay // by path
	result      *Merged
}

// threeWay is a path in three trees.
type threeWay struct{ base, ours, theirs entry }

// entry is what a tree has at a path; without a mode there is nothing.
type entry struct {
	mode string // "100644", as git writes it
	id   plumbing.Hash
}

func (e entry) isFile() bool { return e.mode == "100644" || e.mode == "100755" }

// both reports whether both sides changed what is at the path, differently.
func (w *threeWay) both() bool {
	return w.ours != w.base && w.theirs != w.base && w.ours != w.theirs
}

// either is the version of the side that changed it.
func (w *threeWay) either() entry {
	if w.ours == w.base {
		return w.theirs
	}
	return w.ours
}

// fileOnly reports whether all versions that are there are regular files.
func (w *threeWay) fileOnly() bool {
	for _, e := range w.versions() {
		if e.mode != "" && !e.isFile() {
			return false
		}
	}
	return true
}

func (w *threeWay) versions() [3]entry { return [3]entry{w.base, w.ours, w.theirs} }

// merge sets the result. The error matches [*UnmergedError] if git has to do it.
func (t *treeMerge) merge(ctx context.Context, objects Objects, base, ours, theirs plumbing.Hash) error {
	several, err := t.severalBases(ctx, ours, theirs)
	if err != nil {
		return err
	}
	if several {
		return &UnmergedError{"both branches have merged each other before, in ways that cross"}
	}
	if err := t.findChanges(ctx, base, ours, theirs); err != nil {
		return err
	}
	final := map[string]entry{} // what differs from ours
	for name, w := range t.changes {
		if !w.both() {
			final[name] = w.either()
		}
	}
	if t.crossed() {
		tree, err := objects.Tree(ours)
		if err != nil {
			return err
		}
		if err := t.mergeFiles(ctx, tree, final); err != nil {
			return err
		}
	}
	t.checkFolders(final)
	maps.DeleteFunc(final, func(name string, e entry) bool { return e == t.at(name).ours })
	if t.sortConflicts(); len(t.result.Conflicts) > 0 {
		return nil
	}
	t.result.Tree, err = t.writeTree(ctx, ours, final)
	return err
}

func (t *treeMerge) at(name string) *threeWay {
	if w := t.changes[name]; w != nil {
		return w
	}
	return &threeWay{}
}

// crossed reports whether both sides changed something at one path. If not, no file
// has to be read.
func (t *treeMerge) crossed() bool {
	for _, w := range t.changes {
		if w.ours != w.base && w.theirs != w.base {
			return true
		}
	}
	return false
}

// mergeFiles merges the content of files, and sets what they become.
func (t *treeMerge) mergeFiles(ctx context.Context, tree fs.FS, final map[string]entry) error {
	read, err := t.readable(ctx)
	if err != nil {
		return err
	}
	for name, w := range t.changes {
		if w.both() && !slices.Contains(read, name) {
			t.mergeWhole(name, w, final)
		}
	}
	if len(read) == 0 {
		return nil
	}
	files, known, err := t.read(ctx, read)
	if err != nil {
		return err
	}
	merged, err := t.files.MergeFiles(ctx, tree, files)
	if err != nil {
		return err
	}
	t.result.Conflicts = append(t.result.Conflicts, merged.Conflicts...)
	t.result.Notices = merged.Notices
	if len(t.result.Conflicts) > 0 {
		return nil
	}
	for _, name := range read {
		final[name] = entry{mode: mergedMode(t.changes[name]), id: t.changes[name].ours.id}
		if t.changes[name].ours.mode == "" {
			final[name] = entry{}
		}
	}
	return t.keep(ctx, merged.Files, known, final)
}

// keep sets the ids of merged files, and writes those that are new.
func (t *treeMerge) keep(ctx context.Context, files map[string][]byte, known map[plumbing.Hash]bool, final map[string]entry) error {
	var fresh [][]byte
	for _, name := range slices.Sorted(maps.Keys(files)) {
		data := files[name]
		if data == nil {
			final[name] = entry{}
			continue
		}
		id := plumbing.ComputeHash(plumbing.BlobObject, data)
		final[name] = entry{mode: mergedMode(t.at(name)), id: id}
		if !known[id] {
			known[id] = true
			fresh = append(fresh, data)
		}
	}
	return t.git.WriteBlobs(ctx, t.environment, fresh)
}

// mergeWhole merges what is no file to be read: a conflict, unless only the mode of one
// side and the content of the other changed.
func (t *treeMerge) mergeWhole(name string, w *threeWay, final map[string]entry) {
	content := func(e entry) string { return e.id.String() }
	id, ok := chosen(content(w.base), content(w.ours), content(w.theirs))
	if ok && w.fileOnly() && w.ours.mode != "" && w.theirs.mode != "" {
		final[name] = entry{mode: mergedMode(w), id: plumbing.NewHash(id)}
		return
	}
	what := "this file, which is not merged as text"
	switch {
	case w.ours.mode == "" || w.theirs.mode == "":
		t.conflict(name, "one side removed what the other changed")
		return
	case !w.fileOnly():
		what = "what is here, which is not a file on both sides"
	}
	t.conflict(name, "both sides changed "+what)
}

// chosen is the version that a change led to; false if both sides changed it
// differently.
func chosen(base, ours, theirs string) (string, bool) {
	if ours == base {
		return theirs, true
	}
	return ours, theirs == base || ours == theirs
}

// mergedMode is the mode of a merged file. It is executable if a side made it so.
func mergedMode(w *threeWay) string {
	var modes []string
	for _, e := range []entry{w.ours, w.theirs} {
		if e.isFile() {
			modes = append(modes, e.mode)
		}
	}
	switch len(modes) {
	case 0:
		return "100644"
	case 1:
		return modes[0]
	}
	mode, ok := chosen(w.base.mode, modes[0], modes[1])
	if !ok {
		mode = "100755"
	}
	return mode
}

func (t *treeMerge) conflict(name, message string) {
	t.result.Conflicts = append(t.result.Conflicts, oneLine(name, 300)+": "+message)
}

// checkFolders finds files where the other side has a folder of the name.
func (t *treeMerge) checkFolders(final map[string]entry) {
	for name, e := range final {
		for dir := path.Dir(name); e.mode != "" && dir != "."; dir = path.Dir(dir) {
			there := t.at(dir).ours
			if f, ok := final[dir]; ok {
				there = f
			}
			if there.mode != "" {
				t.conflict(dir, "a file on one side, and a folder on the other")
			}
		}
	}
}

// sortConflicts puts the conflicts in order, and bounds them.
func (t *treeMerge) sortConflicts() {
	slices.Sort(t.result.Conflicts)
	list := slices.Compact(t.result.Conflicts)
	if len(list) > maxConflicts {
		list = append(list[:maxConflicts], fmt.Sprintf("and %d more", len(list)-maxConflicts))
	}
	for i := range list {
		list[i] = oneLine(strings.ToValidUTF8(list[i], "\ufffd"), 500)
	}
	t.result.Conflicts = list
}
