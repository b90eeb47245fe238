package contribution

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver/gitexec"
)

// severalBases reports whether two commits have more than one merge base.
func (t *treeMerge) severalBases(ctx context.Context, ours, theirs plumbing.Hash) (bool, error) {
	out, err := t.run(ctx, nil, 1<<20, "merge-base", "--all", ours.String(), theirs.String())
	return bytes.Count(out, []byte("\n")) > 1, err
}

// errOutput says that git printed more than is read.
var errOutput = errors.New("more output than is read")

// atMost is a buffer of a bounded size.
type atMost struct {
	bytes.Buffer
	most int
}

// Write implements [io.Writer].
func (b *atMost) Write(p []byte) (int, error) {
	if b.Len()+len(p) > b.most {
		b.most = -1
		return 0, errOutput
	}
	return b.Buffer.Write(p)
}

// run runs git and returns what it prints, of which at most most bytes are read; the
// error of more is errOutput.
func (t *treeMerge) run(ctx context.Context, in []byte, most int, args ...string) ([]byte, error) {
	out := &atMost{most: most}
	c := gitexec.Command{Args: args, Env: t.environment, Stdout: out, Limits: gitexec.Limits{Wall: mergeTime}}
	if in != nil {
		c.Stdin = bytes.NewReader(in)
	}
	err := t.git.Run(ctx, c)
	if out.most < 0 {
		return nil, errOutput
	}
	return out.Bytes(), err
}

// findChanges finds what both sides changed since the base.
func (t *treeMerge) findChanges(ctx context.Context, base, ours, theirs plumbing.Hash) error {
	t.changes = map[string]*threeWay{}
	for which, side := range []plumbing.Hash{ours, theirs} {
		out, err := t.run(ctx, nil, maxMergedFiles*400, "diff-tree", "-r", "-z", "--no-renames", base.String(), side.String())
		if errors.Is(err, errOutput) {
			return errTooMuch
		}
		if err != nil {
			return err
		}
		if err := t.readChanges(string(out), which); err != nil {
			return err
		}
	}
	if len(t.changes) > maxMergedFiles {
		return errTooMuch
	}
	for _, w := range t.changes { // what only one side changed is the base's on the other
		if w.ours == untouched {
			w.ours = w.base
		}
		if w.theirs == untouched {
			w.theirs = w.base
		}
	}
	return nil
}

var errTooMuch = &UnmergedError{"too much has changed for more"}

// untouched is an entry of a side that has not been seen to change.
var untouched = entry{mode: "untouched"}

// readChanges reads what git diff-tree -z prints: ":MODE MODE ID ID STATUS", and the path.
func (t *treeMerge) readChanges(out string, which int) error {
	fields := strings.Split(strings.TrimSuffix(out, "\x00"), "\x00")
	for i := 0; i+1 < len(fields); i += 2 {
		f := strings.Fields(strings.TrimPrefix(fields[i], ":"))
		if len(f) != 5 {
			return fmt.Errorf("git diff-tree answered %.200q", fields[i])
		}
		w := t.changes[fields[i+1]]
		if w == nil {
			w = &threeWay{base: entryOf(f[0], f[2]), ours: untouched, theirs: untouched}
			t.changes[fields[i+1]] = w
		}
		if which == 0 {
			w.ours = entryOf(f[1], f[3])
		} else {
			w.theirs = entryOf(f[1], f[3])
		}
	}
	return nil
}

func entryOf(mode, id string) entry {
	if strings.Trim(mode, "0") == "" {
		return entry{}
	}
	return entry{mode, plumbing.NewHash(id)}
}

// readable are the paths of the files that are to be merged by what is in them, sorted.
func (t *treeMerge) readable(ctx context.Context) ([]string, error) {
	var ids bytes.Buffer
	for _, w := range t.changes {
		for _, e := range w.versions() {
			if w.fileOnly() && e.mode != "" {
				fmt.Fprintln(&ids, e.id)
			}
		}
	}
	sizes := map[plumbing.Hash]int64{}
	if ids.Len() > 0 {
		out, err := t.run(ctx, ids.Bytes(), 128*ids.Len(), "cat-file", "--batch-check=%(objectname) %(objectsize)")
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(out)) {
			id, size, _ := strings.Cut(strings.TrimSpace(line), " ")
			if sizes[plumbing.NewHash(id)], err = strconv.ParseInt(size, 10, 64); err != nil {
				return nil, fmt.Errorf("git cat-file answered %.200q", line)
			}
		}
	}
	var names []string
	total := int64(0)
	for name, w := range t.changes {
		sum, takes := int64(0), w.fileOnly()
		for _, e := range w.versions() {
			takes = takes && (e.mode == "" || t.takes(name, sizes[e.id]))
			sum += sizes[e.id]
		}
		if takes {
			names = append(names, name)
			total += sum
		}
	}
	if total > maxMergedBytes {
		return nil, errTooMuch
	}
	slices.Sort(names)
	return names, nil
}

// read reads three versions of files. Known are the ids of their blobs.
func (t *treeMerge) read(ctx context.Context, names []string) (files [3]map[string][]byte, known map[plumbing.Hash]bool, err error) {
	known = map[plumbing.Hash]bool{}
	var order []plumbing.Hash
	var ids bytes.Buffer
	for _, name := range names {
		for _, e := range t.changes[name].versions() {
			if e.mode != "" && !known[e.id] {
				known[e.id] = true
				order = append(order, e.id)
				fmt.Fprintln(&ids, e.id)
			}
		}
	}
	out, err := t.run(ctx, ids.Bytes(), maxMergedBytes+128*len(order), "cat-file", "--batch=%(objectsize)")
	if err != nil {
		return files, nil, err
	}
	blobs := map[plumbing.Hash][]byte{}
	for _, id := range order {
		line, rest, _ := bytes.Cut(out, []byte("\n"))
		size, err := strconv.Atoi(string(line))
		if err != nil || size < 0 || size >= len(rest) {
			return files, nil, fmt.Errorf("git cat-file answered %.200q", line)
		}
		blobs[id], out = rest[:size:size], rest[size+1:]
	}
	for i := range files {
		files[i] = map[string][]byte{}
		for _, name := range names {
			if e := t.changes[name].versions()[i]; e.mode != "" {
				files[i][name] = blobs[e.id]
			}
		}
	}
	return files, known, nil
}

// writeTree writes the tree of a commit with other entries at some paths.
func (t *treeMerge) writeTree(ctx context.Context, ours plumbing.Hash, final map[string]entry) (plumbing.Hash, error) {
	var list bytes.Buffer
	for name, e := range final {
		if e.mode == "" { // first, so that a folder can take the place of a file
			fmt.Fprintf(&list, "0 %s\t%s\x00", plumbing.ZeroHash, name)
		}
	}
	for name, e := range final {
		if e.mode != "" {
			fmt.Fprintf(&list, "%s %s\t%s\x00", e.mode, e.id, name)
		}
	}
	return t.git.WriteTree(ctx, t.environment, ours, list.Bytes())
}
