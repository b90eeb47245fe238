package cnxml

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Fault is something wrong in one file, known from that file alone.
type Fault struct {
	Pos, End    Pos    // where it stands; End is just behind it
	Rule        string // stable id, such as "xml-malformed"; it says how grave the fault is
	Message     string // one sentence without a full stop: what is wrong and how to fix it
	Replacement string // the source text to write from Pos to End; empty if none is suggested
}

func (f Fault) String() string {
	return fmt.Sprintf("%d:%d: %s: %s", f.Pos.Line, f.Pos.Column, f.Rule, f.Message)
}

// sortFaults orders faults by place; those of one place stay as they are.
func sortFaults(faults []Fault) {
	slices.SortStableFunc(faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column))
	})
}

// quoted limits the characters of the source that a message quotes.
const quoted = 80

// Quote is s in double quotes with everything that does not print escaped, cut
// to about 80 characters, so that an author's words can stand in a message.
func Quote(s string) string {
	words, rest := head(s)
	return strconv.Quote(words) + rest
}

// Escape is s as Quote gives it, but without quotes around it or in it
// escaped.
func Escape(s string) string {
	words, rest := head(s)
	var b strings.Builder
	for i, r := range words {
		if r == utf8.RuneError && !strings.HasPrefix(words[i:], "\ufffd") {
			fmt.Fprintf(&b, `\x%02x`, words[i])
		} else if strconv.IsPrint(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return b.String() + rest
}

// head is the beginning of s that a message shows, and dots for the rest.
func head(s string) (words, rest string) {
	n := 0
	for i := range s {
		if n == quoted {
			return s[:i], "..."
		}
		n++
	}
	return s, ""
}
