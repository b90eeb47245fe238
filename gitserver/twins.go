package gitserver

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rhaptos/rhaptos/gitserver/pathpolicy"
)

// refuseTwins refuses new refs whose names are one file with that of another ref on
// Windows or a Mac, where git keeps refs in files: names that differ in case or
// Unicode's normal form alone. It warns of those that only share a folder so. A
// mirror has what its upstream has, and is warned of both.
func refuseTwins(w io.Writer, refs []Ref, updates []*RefUpdate, mirror bool) {
	if !slices.ContainsFunc(updates, func(u *RefUpdate) bool { return u.Creates() && u.Refused == "" }) {
		return
	}
	t := twins{folder: pathpolicy.NewFolder(), names: map[string]string{}, folders: map[string]string{}}
	gone := map[string]bool{}
	for _, u := range updates {
		gone[u.Name] = gone[u.Name] || u.Deletes() && u.Refused == ""
	}
	for _, ref := range refs {
		if !gone[ref.Name] {
			t.add(ref.Name)
		}
	}
	for _, u := range updates {
		if !u.Creates() || u.Refused != "" || strings.HasPrefix(u.Name, ForPrefix) {
			continue
		}
		other, whole := t.find(u.Name)
		const differ = "%s differs from %s in case or accents alone: on Windows and on a Mac they are one"
		switch {
		case other == "":
		case whole && !mirror:
			u.Refused = printable(fmt.Sprintf("differs from %s in case or accents alone, and on Windows and on a Mac they are one: choose another name", short(other)))
			continue
		default:
			fmt.Fprintf(w, "warning: "+differ+"\n", u.Name, other)
		}
		t.add(u.Name)
	}
}

// twins finds names that differ from others only as some file systems do not tell
// them apart.
type twins struct {
	folder  pathpolicy.Folder
	names   map[string]string // refs by their keys
	folders map[string]string // what precedes a slash in them, by its key
}

func (t *twins) key(name string) string {
	if !utf8.ValidString(name) {
		return name // there all that is not UTF-8 would be one
	}
	return t.folder.Key(name)
}

// add adds a ref. Of names with the same key the first is kept.
func (t *twins) add(name string) {
	first := func(m map[string]string, name string) {
		if key := t.key(name); m[key] == "" {
			m[key] = name
		}
	}
	first(t.names, name)
	for i := strings.LastIndexByte(name, '/'); i > 0; i = strings.LastIndexByte(name[:i], '/') {
		if t.folders[name[:i]] == name[:i] {
			break // and so are those above
		}
		first(t.folders, name[:i])
	}
}

// find returns the name that differs so from the name of a new ref, or from a folder
// that this is in; empty if there is none. Whole reports that one of the two cannot
// exist beside the other.
func (t *twins) find(name string) (other string, whole bool) {
	key := t.key(name)
	for _, m := range []map[string]string{t.names, t.folders} {
		if other := m[key]; other != "" && other != name {
			return other, true
		}
	}
	for i := strings.LastIndexByte(name, '/'); i > 0; i = strings.LastIndexByte(name[:i], '/') {
		key := t.key(name[:i])
		if ref := t.names[key]; ref != "" && ref != name[:i] {
			return ref, true
		}
		if folder := t.folders[key]; folder != "" && folder != name[:i] {
			return folder, false
		}
	}
	return "", false
}
