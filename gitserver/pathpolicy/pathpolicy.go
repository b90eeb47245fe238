// Package pathpolicy says which trees a repository takes: those that can be
// checked out on every machine that authors use, as the same files, and that no
// reader of trees gets lost in.
//
// git keeps any bytes as a name. A file system does not: "aux.md" cannot be on
// Windows, "A.png" and "a.png" are one file on most laptops, and a symbolic link
// may lead anywhere. Names that differ in case alone are reported and accepted,
// because published books have them; so are links that stay in the tree. What git's own fsck refuses (.git in its disguises, "..", names
// with a slash, entries that are not sorted) is refused by index-pack and not
// looked for here.
//
// A tree with all that is below it is judged once: what was found clean is kept
// by its id, so a push costs what it changes.
package pathpolicy

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"github.com/go-git/go-git/v5/plumbing"
)

// What a commit's tree may be.
const (
	MaxDepth    = 64        // folders inside each other
	MaxPaths    = 250_000   // files and folders
	MaxPath     = 1024      // bytes of a path
	MaxName     = 255       // bytes of a name
	maxTree     = 8 << 20   // bytes of one folder's tree object
	maxProblems = 20        // are reported for one push
	maxAttrs    = 256 << 10 // bytes of a .gitattributes file
	maxLink     = 4 << 10   // bytes of a symbolic link
)

// Problem is a path that is not taken, or one that is and should not be.
type Problem struct {
	Path string // as in git, its parts joined by slashes; may be any bytes
	Why  string // "has a backslash in its name: rename it"
}

// String is the problem in one line; a path that cannot be shown is escaped.
func (p Problem) String() string { return Quote(p.Path) + " " + p.Why }

// Quote is a path as it can be shown on a line: in quotes and escaped, if a
// character of it would not be seen as what it is.
func Quote(path string) string {
	plain := func(r rune) bool {
		return r > ' ' && r != '\\' && r != '"' && r != unicode.ReplacementChar && unicode.IsPrint(r)
	}
	if len(path) > 200 {
		path = path[:100] + "..." + path[len(path)-90:]
	}
	if path == "" || strings.ContainsFunc(path, func(r rune) bool { return !plain(r) }) {
		return strconv.QuoteToASCII(path)
	}
	return path
}

// Error is why a commit, or a tree that a ref names, is refused.
type Error struct {
	Commit   plumbing.Hash // or the tree
	Problems []Problem     // at least one
}

// Summary is the problem, or how many there are.
func (e *Error) Summary() string {
	if len(e.Problems) == 1 {
		return e.Problems[0].String()
	}
	return fmt.Sprintf("%d paths are not taken", len(e.Problems))
}

// Explain writes to whoever pushes what is wrong with the commit of a ref, and what
// to do about it.
func (e *Error) Explain(w io.Writer, ref string) {
	fmt.Fprintf(w, "%s: in %.10s:\n", ref, e.Commit.String())
	for _, p := range e.Problems {
		fmt.Fprintf(w, "  %s\n", p)
	}
	fmt.Fprintln(w, "Fix this in the commit itself (git commit --amend, or git rebase), and push again.")
}

func (e *Error) Error() string {
	return fmt.Sprintf("%.10s: %s", e.Commit.String(), e.Problems[0])
}
