package mdbook

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/collection/mdbook/markdown"
)

// directive matches {{#name arguments}}, with a backslash before it if it is
// meant literally.
var directive = regexp.MustCompile(`\\?\{\{\s*#([a-zA-Z0-9_]+)\s+([^}\n]+)\}\}`)

const (
	includeDepth = 10       // files that include files
	includeBytes = 64 << 20 // looked through for one chapter
	includesMost = 5_000    // of one chapter
)

// includer resolves the directives of one chapter.
type includer struct {
	*chapter
	out      *markdown.Source
	cursor   *cnxml.Cursor // over the chapter's file
	scanned  int           // bytes of included files looked through
	included int           // files
	full     bool          // a limit has been passed, and reported
}

// expand resolves the directives of the chapter's file.
func (in *includer) expand(data []byte) error {
	at := body(data)
	in.checkCourse(data[at:], at)
	for _, m := range directive.FindAllSubmatchIndex(data, -1) {
		if m[0] < at {
			continue
		}
		in.out.Add(data[at:m[0]], at, m[0], false)
		text, err := in.resolve(data, m, in.name, directivePlace{m[0], m[1], m[4]}, 0)
		if err != nil {
			return err
		}
		in.checkContainer(data, m[0], m[1], text)
		in.out.Add(text, m[0], m[1], true)
		at = m[1]
	}
	in.out.Add(data[at:], at, len(data), false)
	return nil
}

// directivePlace is where a directive of the chapter's file stands.
type directivePlace struct {
	from, to int // offsets
	argument int // offset; -1 if it is the directive of an included file that matters
}

// whole is the place of the directive.
func (in *includer) whole(d directivePlace) collection.Place {
	return collection.Place{Pos: in.cursor.At(d.from), End: in.cursor.At(d.to)}
}

// part is the place of a part of the argument, by offsets in it.
func (in *includer) part(d directivePlace, from, to int) markdown.Spot {
	if d.argument < 0 {
		return markdown.Spot{Place: in.whole(d)}
	}
	return markdown.Spot{Place: collection.Place{Pos: in.cursor.At(d.argument + from), End: in.cursor.At(d.argument + to)}, Exact: true}
}

// resolve returns the replacement of one directive, which the file called name
// holds at the match m. Problems are reported at the place in the chapter.
func (in *includer) resolve(data []byte, m []int, name string, place directivePlace, depth int) ([]byte, error) {
	literal := data[m[0]:m[1]]
	if literal[0] == '\\' {
		return literal[1:], nil
	}
	argument := strings.TrimRight(string(data[m[4]:m[5]]), " \t\r")
	switch string(data[m[2]:m[3]]) {
	case "title":
		at := in.whole(place)
		in.report.Add(at.Problem(collection.Warning, "markdown-doubtful", "{{#title}} has no effect: a page has the title of its chapter; remove it"))
		return nil, nil // the title of the browser's window
	case "include", "rustdoc_include":
		return in.include(argument, name, place, depth)
	case "playground", "playpen":
		file, properties, _ := strings.Cut(argument, " ")
		text, err := in.include(file, name, place, depth)
		language := strings.Join(append([]string{"rust"}, strings.Fields(properties)...), ",")
		return fmt.Appendf(nil, "```%s\n%s\n```\n", language, text), err
	}
	if name := string(data[m[2]:m[3]]); !templates[name] {
		at := in.whole(place)
		in.report.Add(at.Problem(collection.Warning, "markdown-doubtful", "{{#%s}} is not known and is shown as it is; correct the name, or write \\{{ for the signs", cnxml.Escape(name)))
	}
	return literal, nil
}

// courseDirective matches what mdbook-course would replace by outlines of a course.
var courseDirective = regexp.MustCompile(`\{\{\s*%\s*([a-z]+)[^}\n]*\}\}`)

// checkCourse reports directives of mdbook-course.
func (in *includer) checkCourse(text []byte, from int) {
	for _, m := range courseDirective.FindAllSubmatchIndex(text, 100) {
		at := in.whole(directivePlace{from: from + m[0], to: from + m[1]})
		in.report.Add(at.Problem(collection.Warning, "markdown-doubtful", "{{%%%s}} is not known and is shown as it is; write what should stand here", text[m[2]:m[3]]))
	}
}

// templates are directives of template languages that books write about.
var templates = set(`if each unless with let in list block partial section foreach for key toc`)

// checkContainer reports an include of several lines inside a quote or an item:
// only its first line belongs to it.
func (in *includer) checkContainer(data []byte, from, to int, text []byte) {
	if bytes.Count(bytes.TrimSpace(text), []byte("\n")) == 0 {
		return
	}
	start := bytes.LastIndexByte(data[:from], '\n') + 1
	before := data[start:from]
	what := ""
	switch containers, rest := markdown.Containers(before); {
	case len(bytes.TrimSpace(rest)) > 0 || len(before) == 0:
		return
	case bytes.ContainsRune(before, '>'):
		what = "a quote"
	case containers > 0 || inItem(data[:start], len(before)):
		what = "an item of a list"
	default:
		return
	}
	at := collection.Place{Pos: in.cursor.At(from), End: in.cursor.At(to)}
	in.report.Add(at.Problem(collection.Warning, "markdown-doubtful", "the included text has several lines and stands inside %s, to which only its first line belongs; move it out, or write the text here", what))
}

var itemLine = regexp.MustCompile(`^[ \t]*(?:[-+*]|[0-9]{1,9}[.)])[ \t]`)

// inItem reports whether a line behind the text that is indented so far belongs
// to an item of a list.
func inItem(text []byte, indent int) bool {
	lines := bytes.Split(text, []byte("\n"))
	for i := len(lines) - 1; i >= 0 && i > len(lines)-200; i-- {
		line := lines[i]
		own := len(line) - len(bytes.TrimLeft(line, " \t"))
		switch {
		case len(bytes.TrimSpace(line)) == 0:
		case itemLine.Match(line) && own < indent:
			return true
		case own < indent && own == 0:
			return false
		}
	}
	return false
}

// include is the text of a part of a file. What is wrong is reported, and
// nothing stands in for it.
func (in *includer) include(argument, name string, place directivePlace, depth int) ([]byte, error) {
	file, part, _ := strings.Cut(argument, ":")
	partFrom := len(file) + 1
	file = strings.TrimSpace(file)
	target := path.Join(path.Dir(name), file)
	at := in.part(place, 0, len(file))
	switch {
	case in.full:
		return nil, nil
	case strings.HasPrefix(file, "/") || !fs.ValidPath(target):
		in.report.Add(at.Problem(collection.Error, "include-outside", "%s leads out of the repository; include files of the repository only", cnxml.Quote(file)))
		return nil, nil
	case depth >= includeDepth:
		in.full = true
		in.report.Add(at.Problem(collection.Error, "include-too-deep", "files include each other more than %d deep, down to %s; remove an include", includeDepth, cnxml.Quote(file)))
		return nil, nil
	}
	data, err := in.read(target, file, at)
	if data == nil || err != nil {
		return nil, err
	}
	data = withoutMark(data)
	text, ok := selectPart(data, part)
	if !ok {
		anchor, _, _ := strings.Cut(part, ":")
		partAt := in.part(place, partFrom, partFrom+len(anchor))
		p := partAt.Problem(collection.Error, "include-missing", "%s has no anchor %s; add a line with ANCHOR: and its name", cnxml.Quote(file), cnxml.Quote(part))
		if meant, ok := collection.ClosestMatch(strings.TrimSpace(anchor), anchorsOf(data)); ok {
			propose(&p, partAt, meant, meant)
		}
		in.report.Add(p)
		return nil, nil
	}
	place.argument = -1
	return in.nested(text, target, place, depth+1)
}

// read loads a file to include. What is wrong with it is reported at the
// directive, and the file is nil.
func (in *includer) read(target, written string, at markdown.Spot) ([]byte, error) {
	blob, err := in.contentOf(target)
	if err != nil {
		return nil, err
	}
	in.chapter.included = append(in.chapter.included, dependency{target, blob})
	data, err := in.files.Read(target, fileBytes)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		in.chapter.absent = append(in.chapter.absent, absentee{written, target, at})
		return nil, nil
	case errors.Is(err, collection.ErrTooLarge):
		in.report.Add(at.Problem(collection.Error, "file-too-large", "%s is larger than 4 MiB; split it", cnxml.Quote(written)))
		return nil, nil
	case err != nil:
		return nil, err
	case !utf8.Valid(data):
		in.report.Add(at.Problem(collection.Error, "not-utf8", "%s is not UTF-8; save it as UTF-8", cnxml.Quote(written)))
		return nil, nil
	}
	in.included++
	in.scanned += len(data)
	if in.scanned > includeBytes || in.included > includesMost {
		in.full = true
		in.report.Add(at.Problem(collection.Error, "include-too-large", "the chapter includes more than it may; split it"))
		return nil, nil
	}
	return append([]byte{}, data...), nil
}

// nested resolves the directives of an included text.
func (in *includer) nested(data []byte, name string, place directivePlace, depth int) ([]byte, error) {
	matches := directive.FindAllSubmatchIndex(data, -1)
	if matches == nil {
		return in.fits(data, place), nil
	}
	var out []byte
	at := 0
	for _, m := range matches {
		text, err := in.resolve(data, m, name, place, depth)
		if err != nil {
			return nil, err
		}
		out = append(append(out, data[at:m[0]]...), text...)
		if at = m[1]; in.fits(out, place) == nil {
			return nil, nil
		}
	}
	return in.fits(append(out, data[at:]...), place), nil
}

// fits is the text if the chapter has room for it, or nil.
func (in *includer) fits(text []byte, place directivePlace) []byte {
	if !in.full && len(in.out.Text())+len(text) > fileBytes {
		in.full = true
		at := in.whole(place)
		in.report.Add(at.Problem(collection.Error, "file-too-large", "the chapter is larger than 4 MiB with what it includes; split it"))
	}
	if in.full {
		return nil
	}
	return text
}

var (
	anchorBegin = regexp.MustCompile(`ANCHOR:\s*([\w-]+)`)
	anchorEnd   = regexp.MustCompile(`ANCHOR_END:\s*([\w-]+)`)
)

// selectPart is the part of a file that an include asks for: everything (""),
// a line ("2"), lines ("2:5", "2:", ":5") or what stands between the marks of
// an anchor. It reports whether there is such an anchor.
func selectPart(data []byte, part string) (text []byte, ok bool) {
	lines := bytes.Split(bytes.TrimSuffix(data, []byte("\n")), []byte("\n"))
	for i := range lines {
		lines[i] = bytes.TrimSuffix(lines[i], []byte("\r"))
	}
	if part == "" {
		return bytes.Join(lines, []byte("\n")), true
	}
	first, rest, isRange := strings.Cut(part, ":")
	last, _, _ := strings.Cut(rest, ":")
	from, err := strconv.Atoi(first)
	if err != nil && first != "" {
		return selectAnchor(lines, strings.TrimSpace(first))
	}
	to := len(lines)
	if n, err := strconv.Atoi(last); err == nil {
		to = n
	} else if !isRange {
		to = from
	}
	from = max(1, min(from, len(lines)+1))
	to = max(from-1, min(to, len(lines)))
	return bytes.Join(lines[from-1:to], []byte("\n")), true
}

// anchorsOf is the names of the anchors that a file marks; not more than
// anybody would write.
func anchorsOf(data []byte) []string {
	var names []string
	for _, m := range anchorBegin.FindAllSubmatch(data, 1000) {
		names = append(names, string(m[1]))
	}
	return names
}

func selectAnchor(lines [][]byte, name string) ([]byte, bool) {
	var taken [][]byte
	inside, found := false, false
	for _, line := range lines {
		if !bytes.Contains(line, []byte("ANCHOR")) {
			if inside {
				taken = append(taken, line)
			}
			continue
		}
		if m := anchorEnd.FindSubmatch(line); m != nil {
			if inside && string(m[1]) == name {
				return bytes.Join(taken, []byte("\n")), true
			}
			continue
		}
		if m := anchorBegin.FindSubmatch(line); m != nil {
			if string(m[1]) == name {
				inside, found = true, true
			}
			continue
		}
		if inside {
			taken = append(taken, line)
		}
	}
	return bytes.Join(taken, []byte("\n")), found
}
