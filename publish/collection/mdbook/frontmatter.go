package mdbook

import (
	"bytes"
	"regexp"
)

// withoutMark is the data behind a byte order mark.
func withoutMark(data []byte) []byte { return bytes.TrimPrefix(data, []byte("\ufeff")) }

// frontMatter matches a block of metadata at the beginning of a file: lines
// between two of three hyphens.
var frontMatter = regexp.MustCompile(`^---[ \t]*\r?\n(?:[A-Za-z_#][^\n]*\n|[ \t][^\n]*\n|-[ \t][^\n]*\n|\r?\n){0,200}?(?:---|\.\.\.)[ \t]*(?:\r?\n|$)`)

// body is the offset where the text of a chapter begins.
func body(data []byte) int {
	return len(frontMatter.Find(data))
}
