package content

import (
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// longestName limits the name of a file in an export, in bytes without the
// extension.
const longestName = 80

// Names gives files in a folder their names. They are safe on every file
// system: short, of ASCII letters, digits, "-", "_" and ".", and different also
// where upper and lower case are not.
type Names struct {
	taken map[string]bool
	next  map[string]int // the number that a name which is taken is tried with
}

// NewNames returns the names of a folder in which some are taken.
func NewNames(taken ...string) *Names {
	n := &Names{taken: map[string]bool{}, next: map[string]int{}}
	for _, t := range taken {
		n.taken[strings.ToLower(t)] = true
	}
	return n
}

// Give returns a name like the wanted one that nobody has been given yet; end is
// what it ends in, ".html".
func (n *Names) Give(wanted, end string) string {
	base := SafeName(wanted)
	name := base + end
	for first := strings.ToLower(name); n.taken[strings.ToLower(name)]; {
		n.next[first] = max(n.next[first], 1) + 1
		name = base + "-" + strconv.Itoa(n.next[first]) + end
	}
	n.taken[strings.ToLower(name)] = true
	return name
}

// devices are names that Windows keeps for itself, whatever they end in.
var devices = regexp.MustCompile(`(?i)^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)`)

// unfolded are letters that have no accent to be taken from them.
var unfolded = strings.NewReplacer("ł", "l", "Ł", "L", "ø", "o", "Ø", "O", "đ", "d", "Đ", "D", "ß", "ss", "æ", "ae", "Æ", "AE", "œ", "oe", "Œ", "OE")

// SafeName is s in letters that every file system takes; "file" if none are left.
func SafeName(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range norm.NFKD.String(unfolded.Replace(s)) {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '.' && b.Len() > 0 && !gap && !strings.HasSuffix(b.String(), "."):
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(r)
		case r >= 0x300 && r < 0x370: // an accent that has been taken off
		default:
			gap = true
		}
		if b.Len() >= longestName {
			break
		}
	}
	name := strings.TrimRight(b.String(), ".-")
	switch {
	case name == "":
		return "file"
	case devices.MatchString(name):
		return "_" + name
	}
	return name
}

// SplitName takes the end from a file's name: "a.tar.gz" has ".gz".
func SplitName(s string) (base, end string) {
	i := strings.LastIndexByte(s, '.')
	if i <= 0 || len(s)-i > 8 {
		return s, ""
	}
	return s[:i], "." + strings.ToLower(SafeName(s[i+1:]))
}
