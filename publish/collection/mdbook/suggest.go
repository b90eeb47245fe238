package mdbook

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/collection/mdbook/markdown"
)

// suggestions limits the problems of a book that get a suggestion, which costs a
// search.
const suggestions = 100

// mayLook reports whether there is still a suggestion to be looked for.
func (r *reader) mayLook() bool {
	r.suggested++
	return r.suggested <= suggestions
}

// propose says what was probably meant, and what should stand in the place of
// what is written.
func propose(p *collection.Problem, at markdown.Spot, meant, replacement string) {
	p.Message += " (did you mean " + cnxml.Quote(meant) + "?)"
	if at.Exact {
		p.Replacement = replacement
	}
}

// suggestID proposes an id of the page for one that it does not have.
func (r *reader) suggestID(p *collection.Problem, l markdown.Pointer, id string, page *chapter) {
	if !r.mayLook() {
		return
	}
	if meant, ok := collection.ClosestMatch(id, page.names); ok {
		address, _, _ := strings.Cut(l.Destination, "#")
		propose(p, l.At, meant, percent(address, addressMarks)+"#"+percent(meant, ""))
	}
}

// suggestPage proposes a chapter for a link from a folder that leads to no
// page. wanted is the chapter that the link's path would mean.
func (r *reader) suggestPage(p *collection.Problem, at markdown.Spot, dir, destination, wanted string) {
	if !r.mayLook() {
		return
	}
	var pages []string
	for _, ch := range r.order {
		if ch.whole {
			pages = append(pages, ch.name)
		}
	}
	found, ok := nearestPath(wanted, pages)
	if !ok {
		return
	}
	file := withoutQuery(destination)
	if ext := path.Ext(file); !strings.EqualFold(ext, ".md") {
		found = strings.TrimSuffix(found, ".md") + ext
		if path.Base(found) == "README"+ext {
			found = path.Join(path.Dir(found), "index"+ext)
		}
	}
	meant := relative(dir, found)
	propose(p, at, meant, percent(meant, "")+percent(destination[len(file):], addressMarks))
}

// suggestFile proposes a file for a path from a folder, which leads to the file
// called wanted. write writes the path as it has to stand there.
func (r *reader) suggestFile(p *collection.Problem, at markdown.Spot, dir, wanted string, among func(string) bool, write func(string) string) error {
	if !r.mayLook() {
		return nil
	}
	if err := r.listFiles(); err != nil {
		return err
	}
	files := slices.DeleteFunc(slices.Clone(r.all), func(name string) bool { return !among(name) })
	if found, ok := nearestPath(wanted, files); ok {
		meant := relative(dir, found)
		propose(p, at, meant, write(meant))
	}
	return nil
}

// listFiles lists all files of the repository, once.
func (r *reader) listFiles() error {
	if r.all != nil {
		return nil
	}
	err := r.files.Below(".", func(name string) { r.all = append(r.all, name) })
	slices.Sort(r.all)
	return err
}

// nearestPath is the path among those that somebody who wrote name most likely
// meant, if there is one: the same but for case, else one with a slip in the
// file's name, else the only one with that name in another folder.
func nearestPath(name string, among []string) (string, bool) {
	var sameLetters, sameName, beside []string
	for _, p := range among {
		if p == name {
			continue
		}
		if strings.EqualFold(p, name) {
			sameLetters = append(sameLetters, p)
		}
		if path.Base(p) == path.Base(name) {
			sameName = append(sameName, p)
		}
		if path.Dir(p) == path.Dir(name) {
			beside = append(beside, path.Base(p))
		}
	}
	if len(sameLetters) == 1 {
		return sameLetters[0], true
	}
	if meant, ok := collection.ClosestMatch(path.Base(name), beside); ok {
		return path.Join(path.Dir(name), meant), true
	}
	if len(sameName) == 1 {
		return sameName[0], true
	}
	return "", false
}

// relative is the path that leads from a folder to a file.
func relative(dir, file string) string {
	up := ""
	for ; !below(file, dir); dir = path.Dir(dir) {
		up += "../"
	}
	if dir == "." {
		return up + file
	}
	return up + strings.TrimPrefix(file, dir+"/")
}

// addressMarks are the characters that have a meaning in an address.
const addressMarks = "%#?:"

// percent writes a path or an id so that it may stand in every kind of link:
// in parentheses, in quotes, in the cell of a table. Characters in keep stay as
// they are.
func percent(s, keep string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if (c <= ' ' || c == 0x7F || strings.IndexByte("\"'()<>[]{}\\`|^&*"+addressMarks, c) >= 0) && strings.IndexByte(keep, c) < 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
