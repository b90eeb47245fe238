package report

import (
	"bytes"
	"io/fs"
	"unicode/utf8"

	"github.com/rhaptos/rhaptos/gitserver/plaintext"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// How much of a report's size source lines take.
const (
	maxSource  = 160     // characters of one line
	maxSources = 100_000 // bytes in all
	maxFile    = 8 << 20 // bytes of a file that is looked into
)

// Quote adds the source lines that the problems are about, errors first until
// there is enough. A file that cannot be read is not quoted.
func (r *Ref) Quote(fsys fs.FS) {
	files := collection.NewFiles(fsys)
	var path string
	var lines [][]byte
	quoted := 0
	for i := range r.Problems {
		p := &r.Problems[i]
		if p.Line == 0 || quoted > maxSources {
			continue
		}
		if p.Path != path {
			path, lines = p.Path, readLines(files, p.Path)
		}
		if p.Line <= len(lines) {
			p.Source = around(lines[p.Line-1], p.Column)
			quoted += len(p.Source)
		}
	}
}

func readLines(files *collection.Files, path string) [][]byte {
	data, err := files.Read(path, maxFile)
	if err != nil {
		return nil
	}
	return bytes.Split(data, []byte("\n"))
}

// around is the line, or of a long one the part around the column.
func around(line []byte, column int) string {
	line = bytes.TrimSuffix(line, []byte("\r"))
	if utf8.RuneCount(line) <= maxSource {
		return plaintext.Line(string(bytes.TrimSpace(line)), 4*maxSource)
	}
	runes := []rune(string(line))
	from := max(0, min(column-1-maxSource/2, len(runes)-maxSource))
	return plaintext.Line(string(runes[from:from+maxSource]), 4*maxSource)
}
