package store

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
)

// tolerated are the faults of objects, by the names of git-fsck(1), that git tolerates
// when it reads: old programs made them, in histories that cannot be changed any more.
// The large hosts accept them too.
var tolerated = []string{
	"badDate", "badDateOverflow", "badEmail", "badName", "badTimezone", "missingEmail", "missingNameBeforeEmail",
	"missingSpaceBeforeDate", "missingSpaceBeforeEmail", "multipleAuthors", "zeroPaddedDate", "zeroPaddedFilemode",
}

// strictly is the option by which git index-pack refuses all faults but these, of which
// it warns.
var strictly = "--strict=" + strings.Join(tolerated, "=warn,") + "=warn"

// ignored is the configuration by which git fsck passes over them.
func ignored() (config []string) {
	for _, name := range tolerated {
		config = append(config, "-c", "fsck."+name+"=ignore")
	}
	return config
}

// oldFaults counts the warnings of git index-pack that are written to it.
type oldFaults struct {
	rest  []byte // an unfinished line
	kinds []oldFault
}

// oldFault is one kind of fault.
type oldFault struct {
	name, text string // badTimezone; what is wrong, in git's words
	first      string // object id
	last       string // one object can have a fault twice
	objects    int
}

var faultLine = regexp.MustCompile(`^warning: object ([0-9a-f]{40,64}): ([A-Za-z0-9]{1,40}): (.{1,200})`)

// Write implements [io.Writer].
func (f *oldFaults) Write(p []byte) (int, error) {
	f.rest = append(f.rest, p...)
	for {
		line, rest, ok := bytes.Cut(f.rest, []byte{'\n'})
		if !ok {
			break
		}
		f.rest = rest
		if m := faultLine.FindSubmatch(line); m != nil {
			f.add(string(m[1]), string(m[2]), string(m[3]))
		}
	}
	if len(f.rest) > 4<<10 {
		f.rest = nil // no line of git's about an object
	}
	return len(p), nil
}

func (f *oldFaults) add(id, name, text string) {
	for i := range f.kinds {
		if k := &f.kinds[i]; k.name == name {
			if k.last != id {
				k.objects++
			}
			k.last = id
			return
		}
	}
	if len(f.kinds) <= len(tolerated) {
		f.kinds = append(f.kinds, oldFault{name: name, text: text, first: id, last: id, objects: 1})
	}
}

// summary returns a line for each kind.
func (f *oldFaults) summary() (lines []string) {
	for _, k := range f.kinds {
		objects := "1 object is"
		if k.objects > 1 {
			objects = fmt.Sprintf("%d objects are", k.objects)
		}
		lines = append(lines, fmt.Sprintf("%s accepted with a fault of an old program (%s: %s); the first is %.10s", objects, k.name, k.text, k.first))
	}
	return lines
}
