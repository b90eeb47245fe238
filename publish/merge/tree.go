package merge

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/publish/sequence"
)

// Trees is the merge of three trees of files.
type Trees struct {
	Files     map[string][]byte // files of the merged tree that differ from ours; nil for one that is removed
	Conflicts []Conflict        // in the order of their paths
	Notices   []Notice
}

// MergeTrees merges the changes of two trees that began as base. Files that one side
// moved are followed: what the other side changed in them is changed in their new place,
// also where a notice was left at the old one, or only a part was moved. An error is a
// fault of the storage.
func MergeTrees(ctx context.Context, base, our, their fs.FS) (*Trees, error) {
	var trees [3]snapshot
	for i, tree := range []fs.FS{base, our, their} {
		files, err := listFiles(ctx, tree)
		if err != nil {
			return nil, err
		}
		trees[i] = snapshot{tree, files}
	}
	changed, err := readChanged(trees)
	if err != nil {
		return nil, err
	}
	return MergeFiles(ctx, changed, Names{})
}

// Files are the files of three trees, by path: the base, ours, theirs. Files that are
// the same in all three may be left out.
type Files [3]map[string][]byte

// MergeFiles merges trees as MergeTrees does. Conflicts call things by the names. The
// error is that of the context.
func MergeFiles(ctx context.Context, f Files, names Names) (*Trees, error) {
	m := &treeMerger{texts: f, words: names.orDefaults(), out: &Trees{Files: map[string][]byte{}}}
	m.follow(ours)
	m.follow(theirs)
	done := m.inGroups()
	for _, name := range m.names() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if !done[name] {
			m.file(name)
		}
	}
	slices.SortStableFunc(m.out.Conflicts, func(a, b Conflict) int { return strings.Compare(a.Path, b.Path) })
	return m.out, nil
}

// snapshot is a tree and the files in it.
type snapshot struct {
	tree  fs.FS
	files map[string]fs.FileInfo
}

func listFiles(ctx context.Context, tree fs.FS) (map[string]fs.FileInfo, error) {
	files := map[string]fs.FileInfo{}
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name == ".git" {
			return fs.SkipDir
		}
		if !d.Type().IsRegular() {
			return ctx.Err()
		}
		files[name], err = d.Info()
		return errors.Join(err, ctx.Err())
	})
	return files, err
}

// treeMerger merges trees.
type treeMerger struct {
	texts Files
	words Names
	moved [2]map[string]string // by side: where the text of a file of the base is now
	from  [2]map[string]string // the reverse
	out   *Trees
}

// readChanged reads the files that are not the same in all three trees.
func readChanged(trees [3]snapshot) (changed Files, err error) {
	names := map[string]bool{}
	for i, s := range trees {
		changed[i] = map[string][]byte{}
		for name := range s.files {
			names[name] = true
		}
	}
	for name := range names {
		var texts [3][]byte
		for i, s := range trees {
			if _, ok := s.files[name]; !ok {
				continue
			}
			data, err := readFile(s.tree, name)
			if err != nil {
				return changed, err
			}
			if data == nil {
				data = []byte{}
			}
			texts[i] = data
		}
		if texts[0] != nil && texts[1] != nil && texts[2] != nil && bytes.Equal(texts[0], texts[1]) && bytes.Equal(texts[1], texts[2]) {
			continue
		}
		for i, data := range texts {
			if data != nil {
				changed[i][name] = data
			}
		}
	}
	return changed, nil
}

func readFile(tree fs.FS, name string) ([]byte, error) {
	f, err := tree.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// names are the paths that differ, sorted.
func (m *treeMerger) names() []string {
	all := map[string]bool{}
	for _, texts := range m.texts {
		for name := range texts {
			all[name] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// moveShare is the share of its words from which on a new file is taken for one that
// was moved.
const moveShare = 0.5

// follow finds where a side has moved the text of files to: a new file that resembles
// it more than what is at its old path.
func (m *treeMerger) follow(which int) {
	side := m.texts[which+1]
	m.moved[which], m.from[which] = map[string]string{}, map[string]string{}
	sketches := map[string][]uint64{}
	sketch := func(version string, name string, data []byte) []uint64 {
		key := version + name
		if sketches[key] == nil {
			sketches[key] = wordSketch(data)
		}
		return sketches[key]
	}
	var fresh []string
	for _, name := range slices.Sorted(maps.Keys(side)) {
		if _, old := m.texts[0][name]; !old && isText(name, side[name]) {
			fresh = append(fresh, name)
		}
	}
	for _, old := range slices.Sorted(maps.Keys(m.texts[0])) {
		data := m.texts[0][old]
		if there := side[old]; there != nil && bytes.Equal(there, data) {
			continue
		}
		best, share := "", moveShare
		for _, name := range fresh {
			if m.from[which][name] != "" {
				continue
			}
			switch s := 1.0; {
			case bytes.Equal(side[name], data) && len(data) > 0:
				best, share = name, s
			case isText(old, data):
				if s = sequence.Resemblance(sketch("base ", old, data), sketch("side ", name, side[name]), sketchSize); s >= share {
					best, share = name, s
				}
			}
		}
		if there := side[old]; best != "" && (there == nil || sequence.Resemblance(sketch("base ", old, data), sketch("side ", old, there), sketchSize) < share/2) {
			m.moved[which][old], m.from[which][best] = best, old
		}
	}
}

// wordSketch represents the words of a file.
func wordSketch(data []byte) []uint64 {
	n := &node{kind: "file", flow: words}
	n.parts, n.end = splitWords(string(data), false)
	n.end += " "
	return n.resemblance()
}

// file merges what is at one path of the base, wherever the sides have it now.
func (m *treeMerger) file(name string) {
	base, inBase := m.texts[0][name]
	if !inBase {
		m.added(name)
		return
	}
	var path [2]string
	var data [2][]byte
	for which := range 2 {
		path[which] = name
		if to := m.moved[which][name]; to != "" {
			path[which] = to
			m.stub(name, which)
		}
		data[which] = m.texts[which+1][path[which]]
	}
	switch to := choose(name, path[ours], path[theirs]); {
	case data[ours] == nil && data[theirs] == nil:
		m.set(name, nil)
	case data[ours] == nil || data[theirs] == nil:
		m.removed(name, base, path, data)
	case path[ours] != path[theirs] && path[ours] != name && path[theirs] != name:
		m.conflict(path[ours], base, data[ours], data[theirs], fmt.Sprintf("both sides moved this file: to %s and to %s", path[ours], path[theirs]))
		m.set(path[theirs], data[theirs])
	default:
		m.put(to, mergeFile(to, base, data[ours], data[theirs], m.words))
	}
}

// stub merges what a side left at the path of a file that it moved.
func (m *treeMerger) stub(name string, which int) {
	left := m.texts[which+1][name]
	if m.moved[1-which][name] != "" && left == nil {
		left = m.texts[2-which][name]
	}
	m.set(name, left)
}

// added merges a file that is not in the base.
func (m *treeMerger) added(name string) {
	o, t := m.texts[1][name], m.texts[2][name]
	movedHere := m.from[ours][name] != "" || m.from[theirs][name] != ""
	switch {
	case o == nil && !movedHere:
		m.set(name, t)
	case o != nil && t != nil && m.from[ours][name] != m.from[theirs][name]:
		m.put(name, mergeFile(name, nil, o, t, m.words))
	case o != nil && t != nil && !movedHere && isText(name, o) && isText(name, t) && sequence.Resemblance(wordSketch(o), wordSketch(t), sketchSize) < moveShare:
		m.conflict(name, nil, o, t, "both sides added this file, with different texts: "+short(string(o))+" against "+short(string(t)))
	case o != nil && t != nil && !movedHere:
		m.put(name, mergeFile(name, nil, o, t, m.words))
	}
}

// removed merges a file that one side removed.
func (m *treeMerger) removed(name string, base []byte, path [2]string, data [2][]byte) {
	which, verb := ours, "changed"
	if data[ours] == nil {
		which = theirs
	}
	if bytes.Equal(data[which], base) && path[which] == name {
		m.set(name, nil)
		return
	}
	if path[which] != name {
		verb = "moved"
	}
	m.set(path[which], data[which])
	m.conflict(path[which], base, data[ours], data[theirs], fmt.Sprintf("%s removed this file, which %s %s", m.words.side(1-which), m.words.side(which), verb))
}

func (m *treeMerger) conflict(name string, base, o, t []byte, message string) {
	m.out.Conflicts = append(m.out.Conflicts, Conflict{Path: name, Message: message, Base: short(string(base)), Ours: short(string(o)), Theirs: short(string(t))})
}

// set sets a file of the merged tree; nil removes it.
func (m *treeMerger) set(name string, data []byte) {
	if there, ok := m.texts[1][name]; ok == (data != nil) && bytes.Equal(there, data) {
		delete(m.out.Files, name)
		return
	}
	m.out.Files[name] = data
}

func (m *treeMerger) put(name string, r *Result) {
	m.set(name, r.Text)
	m.out.Conflicts = append(m.out.Conflicts, r.Conflicts...)
	m.out.Notices = append(m.out.Notices, r.Notices...)
}
