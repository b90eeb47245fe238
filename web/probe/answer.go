package probe

import (
	"net/http"
	"strconv"
	"strings"
)

// What came in the place of a status.
const (
	closed  = 0  // the connection was closed without an answer
	waiting = -1 // nothing came in time
	garbled = -2 // it was no answer of HTTP
)

// Answer is what came back.
type Answer struct {
	Status  int // or closed, waiting, garbled
	Header  http.Header
	Body    []byte // no more than the first mebibyte
	Cut     bool   // there was more
	Length  int64  // of the content as Content-Length says it; -1 if unknown
	Trouble string // what was wrong, where there is no status
	Ended   bool   // the server has ended the connection; only known where it matters
}

// said is what came back, in few words.
func (a *Answer) said() string {
	switch a.Status {
	case closed:
		return "the connection was closed without an answer"
	case waiting:
		return "no answer came in time"
	case garbled:
		return "what came was no answer: " + a.Trouble
	}
	return strings.TrimSpace(strconv.Itoa(a.Status) + " " + http.StatusText(a.Status))
}

func (a *Answer) get(field string) string { return strings.Join(a.Header.Values(field), ", ") }

// lists reports whether a field that is a list has the member.
func (a *Answer) lists(field, member string) bool {
	for m := range strings.SplitSeq(a.get(field), ",") {
		if strings.EqualFold(strings.TrimSpace(m), member) {
			return true
		}
	}
	return false
}

// good reports whether the answer is a 2xx.
func (a *Answer) good() bool { return a.Status >= 200 && a.Status < 300 }
