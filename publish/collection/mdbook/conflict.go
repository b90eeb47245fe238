package mdbook

import (
	"bytes"

	"github.com/rhaptos/rhaptos/publish/collection"
)

// checkConflicts reports the conflicts of a merge that are left in a file. One that is
// wholly within one piece of fenced code is an example.
func checkConflicts(data []byte, place func(from, to int) collection.Place, report *collection.Report) {
	for _, c := range conflictsIn(data) {
		report.Add(place(c.from, c.to).Problem(collection.Error, "conflict-marker",
			"a merge left a conflict here; write what is right and remove the lines that begin with <<<<<<<, |||||||, ======= and >>>>>>>"))
	}
}

// conflict is the first line of a conflict.
type conflict struct{ from, to int }

// conflictsIn finds conflicts by the lines with which git marks them.
func conflictsIn(data []byte) (found []conflict) {
	var open *conflict
	var divided bool
	var fence []byte // that is open
	fences, openIn, at := 0, -1, 0
	for line := range bytes.Lines(data) {
		switch {
		case isMarker(line, "<<<<<<<"):
			open, divided, openIn = &conflict{at, at + len(bytes.TrimRight(line, "\r\n"))}, false, -1
			if fence != nil {
				openIn = fences
			}
		case isMarker(line, "======="):
			divided = open != nil
		case isMarker(line, ">>>>>>>") && divided:
			if fence == nil || openIn != fences {
				found = append(found, *open)
			}
			open, divided = nil, false
		default:
			if mark := fenceOf(line); fence == nil && mark != nil {
				fence, fences = mark, fences+1
			} else if fence != nil && bytes.HasPrefix(mark, fence) && len(bytes.TrimSpace(line)) == len(mark) {
				fence = nil
			}
		}
		at += len(line)
	}
	return found
}

// isMarker reports whether a line is the sign alone, or followed by a space.
func isMarker(line []byte, sign string) bool {
	rest, ok := bytes.CutPrefix(line, []byte(sign))
	return ok && (len(rest) == 0 || rest[0] == ' ' || rest[0] == '\r' || rest[0] == '\n')
}

// fenceOf is the fence that a line begins with; nil if there is none.
func fenceOf(line []byte) []byte {
	line = bytes.TrimLeft(line, " \t>")
	n := 0
	for n < len(line) && line[n] == line[0] && (line[0] == '`' || line[0] == '~') {
		n++
	}
	if n < 3 {
		return nil
	}
	return line[:n]
}
