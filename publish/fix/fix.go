// Package fix changes the files of a library where that needs no thought: it
// carries out what problems suggest, and gives collection files the names that
// their slugs ask for. Every byte that a change is not about stays as it is,
// and what is in order is left alone, so a second run changes nothing.
package fix

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// mechanical are the rules whose suggestions need no thought: what is written
// can have been meant in one way only.
var mechanical = []string{"id-missing", "mime-type-mismatch"}

// Change describes a change of a file.
type Change struct {
	Path string
	Line int    // 0 when it is about the file as a whole
	What string // the rule, or what was done
}

// Problems carries out the suggestions of those problems that need no thought,
// in the files below root.
func Problems(root *os.Root, problems []collection.Problem) ([]Change, error) {
	byPath := map[string][]collection.Problem{}
	var paths []string
	for _, p := range problems {
		if !slices.Contains(mechanical, p.Rule) || p.Replacement == "" || p.EndLine == 0 {
			continue
		}
		if byPath[p.Path] == nil {
			paths = append(paths, p.Path)
		}
		byPath[p.Path] = append(byPath[p.Path], p)
	}
	slices.Sort(paths)
	var changes []Change
	for _, name := range paths {
		data, err := root.ReadFile(name)
		if err != nil {
			return changes, err
		}
		fixed, done := apply(data, byPath[name])
		if len(done) == 0 {
			continue
		}
		if err := stillReadable(name, data, fixed); err != nil {
			return changes, err
		}
		if err := replace(root, name, fixed); err != nil {
			return changes, err
		}
		changes = append(changes, done...)
	}
	return changes, nil
}

// edit is a piece of a file to be written anew.
type edit struct {
	from, to int // bytes
	problem  collection.Problem
}

// apply returns the text with the suggestions carried out; of those that
// overlap only the first.
func apply(data []byte, problems []collection.Problem) ([]byte, []Change) {
	var edits []edit
	lines := lineStarts(data)
	for _, p := range problems {
		from, ok1 := offset(data, lines, p.Line, p.Column)
		to, ok2 := offset(data, lines, p.EndLine, p.EndColumn)
		if ok1 && ok2 && from <= to && string(data[from:to]) != p.Replacement {
			edits = append(edits, edit{from, to, p})
		}
	}
	slices.SortStableFunc(edits, func(a, b edit) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	var out bytes.Buffer
	var changes []Change
	at := 0
	for i, e := range edits {
		if e.from < at || i > 0 && e.from == edits[i-1].from {
			continue
		}
		out.Write(data[at:e.from])
		out.WriteString(e.problem.Replacement)
		at = e.to
		changes = append(changes, Change{e.problem.Path, e.problem.Line, e.problem.Rule})
	}
	out.Write(data[at:])
	return out.Bytes(), changes
}

// lineStarts are the offsets at which lines begin; the first one behind a byte
// order mark, which no column counts.
func lineStarts(data []byte) []int {
	starts := []int{len(data) - len(bytes.TrimPrefix(data, []byte("\ufeff")))}
	for i, b := range data {
		if b == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// offset is the byte at a place whose column counts characters.
func offset(data []byte, lines []int, line, column int) (int, bool) {
	if line < 1 || line > len(lines) || column < 1 {
		return 0, false
	}
	at := lines[line-1]
	for ; column > 1; column-- {
		if at == len(data) || data[at] == '\n' {
			return 0, false
		}
		for at++; at < len(data) && data[at]&0xC0 == 0x80; at++ {
		}
	}
	return at, true
}

// stillReadable fails if a file that was well-formed XML would not be any more:
// then the places that were given are not those of this file.
func stillReadable(name string, before, after []byte) error {
	if ext := path.Ext(name); ext != ".cnxml" && ext != ".xml" {
		return nil
	}
	faults := func(data []byte) int {
		_, list := cnxml.Parse(data, cnxml.Limits{Bytes: len(before) + len(after)})
		return len(list)
	}
	if faults(before) == 0 && faults(after) > 0 {
		return fmt.Errorf("%s: what is suggested would break the file; it was left as it is", name)
	}
	return nil
}

// replace writes a file aside and then puts it in the place of the old one.
func replace(root *os.Root, name string, data []byte) error {
	info, err := root.Lstat(name)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file", name)
	}
	aside := path.Join(path.Dir(name), "."+path.Base(name)+".fix")
	f, err := root.OpenFile(aside, os.O_WRONLY|os.O_CREATE|os.O_EXCL, info.Mode().Perm())
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Chmod(info.Mode().Perm()), f.Close()); err == nil {
		err = root.Rename(aside, name)
	}
	if err != nil {
		return errors.Join(err, root.Remove(aside))
	}
	return nil
}

// booksPath is the list of books in OpenStax's layout.
const booksPath = "META-INF/books.xml"

// Names gives each collection file of an OpenStax library the name that its
// slug asks for, SLUG.collection.xml, and writes that into the list of books.
func Names(root *os.Root) ([]Change, error) {
	data, err := root.ReadFile(booksPath)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	list, faults := cnxml.Parse(data, cnxml.Limits{Bytes: len(data)})
	if list == nil || len(faults) > 0 {
		return nil, nil // it is not clear what it says
	}
	var problems []collection.Problem
	var moves [][2]string
	listed, taken := map[string]int{}, map[string]bool{}
	for _, book := range list.Children {
		listed[book.Attr("href")]++
	}
	for _, book := range list.Children {
		p, from, to := rename(root, book)
		if from == "" || listed[book.Attr("href")] > 1 || taken[to] {
			continue
		}
		taken[to] = true
		problems, moves = append(problems, p), append(moves, [2]string{from, to})
	}
	if len(moves) == 0 {
		return nil, nil
	}
	fixed, _ := apply(data, problems)
	if err := stillReadable(booksPath, data, fixed); err != nil {
		return nil, err
	}
	var changes []Change
	for _, move := range moves {
		if err := root.Rename(move[0], move[1]); err != nil {
			return changes, err
		}
		changes = append(changes, Change{Path: move[0], What: "renamed to " + path.Base(move[1])})
	}
	if err := replace(root, booksPath, fixed); err != nil {
		return changes, err
	}
	return append(changes, Change{Path: booksPath, What: "names the collections by their new names"}), nil
}

// rename returns the new name of a book's file, and the change of the list that
// goes with it; from is empty if the name is right.
func rename(root *os.Root, book *cnxml.Node) (p collection.Problem, from, to string) {
	slug, href := book.Attr("slug"), book.Attr("href")
	from = path.Join(path.Dir(booksPath), href)
	to = path.Join(path.Dir(from), slug+".collection.xml")
	if book.Name != "book" || !collection.ValidSlug(slug) || !fs.ValidPath(from) || from == to || strings.ContainsAny(href, `%?#&<"'`) {
		return p, "", ""
	}
	if info, err := root.Lstat(from); err != nil || !info.Mode().IsRegular() {
		return p, "", ""
	}
	if _, err := root.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
		return p, "", ""
	}
	for _, a := range book.Attrs {
		if a.Space == "" && a.Name == "href" {
			p = collection.Problem{Path: booksPath, Line: a.Pos.Line, Column: a.Pos.Column, EndLine: a.End.Line, EndColumn: a.End.Column,
				Replacement: `href="` + href[:len(href)-len(path.Base(href))] + path.Base(to) + `"`}
		}
	}
	return p, from, to
}
