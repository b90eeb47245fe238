package pathpolicy

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/go-git/go-git/v5/plumbing"
)

// The modes of a tree's entries, as git writes them.
const (
	modeFile       = "100644"
	modeExecutable = "100755"
	modeSymlink    = "120000"
	modeGitlink    = "160000"
	modeTree       = "40000"
)

// entry is one line of a tree.
type entry struct {
	mode string
	name string
	id   plumbing.Hash
}

var errTree = errors.New("malformed tree")

// parseTree reads a tree object's content. go-git's own reader rounds modes. Those of
// old programs become git's: with zeros before them, and 100664 for a file.
func parseTree(b []byte) ([]entry, error) {
	var entries []entry
	for len(b) > 0 {
		head, rest, ok := bytes.Cut(b, []byte{0})
		mode, name, named := bytes.Cut(head, []byte{' '})
		if !ok || !named || len(name) == 0 || len(rest) < len(plumbing.Hash{}) {
			return nil, errTree
		}
		e := entry{mode: string(bytes.TrimLeft(mode, "0")), name: string(name)}
		if e.mode == "100664" {
			e.mode = modeFile
		}
		b = rest[copy(e.id[:], rest):]
		entries = append(entries, e)
	}
	return entries, nil
}

// checkMode says what is wrong with what an entry is, or nothing.
func checkMode(mode string) string {
	switch mode {
	case modeFile, modeExecutable, modeTree, modeSymlink:
		return ""
	case modeGitlink:
		return "is a submodule, whose files are not here: put its files there"
	}
	return fmt.Sprintf("has the mode %.20q, which is neither a file (100644, 100755) nor a folder: add it again", mode)
}

// checkEntry says what is wrong with an entry by itself, or nothing.
func checkEntry(e entry) string {
	if why := checkMode(e.mode); why != "" {
		return why
	}
	return CheckName(e.name)
}

// checkLink says what is wrong with a symbolic link's target, or nothing, and
// how many folders up it leads. A target that goes up only at its beginning
// cannot be led astray by other links on its way.
func checkLink(target string) (up int, why string) {
	const instead = ": put a copy of the file there"
	if target == "" || strings.HasPrefix(target, "/") || strings.ContainsAny(target, "\\:") || strings.ContainsFunc(target, unicode.IsControl) {
		return 0, "is a symbolic link that leads out of the repository" + instead
	}
	down := false
	for part := range strings.SplitSeq(target, "/") {
		switch {
		case part == "..":
			if down {
				return 0, "is a symbolic link that goes down and up again" + instead
			}
			up++
		case part != "" && part != ".":
			down = true
		}
		if strings.EqualFold(part, ".git") {
			return 0, "is a symbolic link into git's own folder" + instead
		}
	}
	return up, ""
}

// checkAttributes says what is wrong with a .gitattributes file, or nothing: a
// filter makes every checkout run a program (gitattributes(5)), and only Git
// LFS's is known to all.
func checkAttributes(text []byte) string {
	for line := range bytes.Lines(text) {
		for i, field := range bytes.Fields(line) {
			if i == 0 && field[0] == '#' {
				break
			}
			if i == 0 { // the pattern
				continue
			}
			if value, ok := bytes.CutPrefix(field, []byte("filter")); ok && (len(value) == 0 || value[0] == '=' && string(value) != "=lfs") {
				return fmt.Sprintf("asks for %.40q, a program on the machine of whoever checks it out; only filter=lfs is taken: remove it", field)
			}
		}
	}
	return ""
}
