package lfs

import (
	"fmt"
	"regexp"
	"strconv"
)

// Pointer stands for a file in git (spec.md, "The Pointer").
type Pointer struct {
	OID  OID
	Size int64 // bytes of the content
}

// maxPointer is below what a pointer has in bytes; files of this size and more
// are none.
const maxPointer = 1024

// pointerForm is version, oid and size, each on a line of its own.
var pointerForm = regexp.MustCompile(`^version https://git-lfs\.github\.com/spec/v1\noid sha256:([0-9a-f]{64})\nsize (0|[1-9][0-9]{0,18})\n$`)

// parsePointer reads a pointer in the one form that clients write. Other text is
// no pointer, and neither is one with extensions: what is kept for it is not
// the file's content.
func parsePointer(text []byte) (p Pointer, ok bool) {
	if len(text) >= maxPointer {
		return Pointer{}, false
	}
	m := pointerForm.FindSubmatch(text)
	if m == nil {
		return Pointer{}, false
	}
	size, err := strconv.ParseInt(string(m[2]), 10, 64)
	if err != nil {
		return Pointer{}, false
	}
	return Pointer{OID(m[1]), size}, true
}

// String is the pointer's text.
func (p Pointer) String() string {
	return fmt.Sprintf("version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %d\n", p.OID, p.Size)
}
