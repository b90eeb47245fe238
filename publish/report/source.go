package report

import (
	"bytes"
	"fmt"
	"io/fs"
	"unicode/utf8"

	"github.com/rhaptos/rhaptos/gitserver/plaintext"
	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// How much of a report's size source lines take.
const (
	maxSource  = 160     // characters of one line
	maxSources = 100_000 // bytes in all
	maxFile    = 8 << 20 // bytes of a file that is looked into
)

// Quote adds the source lines that the problems are about, errors first until
// there is enough. A file that cannot be read is not quoted. What was quoted is
// kept in the cache, which may be nil, or a push of one line would read every file
// of a book that has a warning.
func (r *Ref) Quote(fsys fs.FS, cache analysis.Cache) {
	if cache == nil {
		cache = analysis.None{}
	}
	files := collection.NewFiles(fsys)
	quoted := 0
	for from, to := 0, 0; from < len(r.Problems); from = to {
		for to = from + 1; to < len(r.Problems) && r.Problems[to].Path == r.Problems[from].Path; to++ {
		}
		of := r.Problems[from:to]
		if quoted > maxSources {
			return
		}
		for i, source := range sourcesOf(files, cache, of) {
			if quoted <= maxSources {
				of[i].Source = source
				quoted += len(source)
			}
		}
	}
}

// sourcesOf returns the source line of each problem of one file; empty where there
// is none.
func sourcesOf(files *collection.Files, cache analysis.Cache, problems []Problem) []string {
	path := problems[0].Path
	blob, err := files.BlobID(path)
	if err != nil {
		return nil
	}
	var places []byte
	for _, p := range problems {
		places = fmt.Appendf(places, "%d.%d ", p.Line, p.Column)
	}
	kind := "report-sources-1-" + analysis.ContentID(places)
	var sources []string
	code := func(c *analysis.Coder) { analysis.List(c, &sources, func(s *string) { c.Text(s) }) }
	if analysis.Load(cache, kind, blob, code) && len(sources) == len(problems) {
		return sources
	}
	lines := readLines(files, path)
	sources = make([]string, len(problems))
	for i, p := range problems {
		if p.Line > 0 && p.Line <= len(lines) {
			sources[i] = around(lines[p.Line-1], p.Column)
		}
	}
	analysis.Store(cache, kind, blob, code)
	return sources
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
