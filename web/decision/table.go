package decision

import (
	"slices"
	"strconv"
)

// Way is where an answer leads: to the next decision, to a status, or to one of
// the ends below.
type Way int

// The decisions, in the order in which a request meets them.
const (
	S1 Way = iota
	S2
	M2
	M3
	M4
	M5
	M5b
	M6
	M9
	X1
	X2
	X2b
	X2c
	X3
	X4
	X5
	C1
	C2
	C4
	C5
	K2
	K3
	K4
	K5
	K6
	K7
	K8
	K9
	K10
	A1
	G2
	G3
	G4
	G5
	G6
	E1
	E2
	decisions // how many there are
)

// The ends that are not a status.
const (
	Process Way = 97 // the resource's own Process answers
	Send    Way = 98 // the error that was decided on is sent
	Never   Way = 99 // the question is only met when the answer is the other one
)

// Status is the status that the way ends with; false if it leads elsewhere.
func (w Way) Status() (int, bool) { return int(w), w >= 100 }

// String is the id of a decision, the number of a status, or the name of an end.
func (w Way) String() string {
	switch {
	case w >= 0 && w < decisions:
		return table[w].ID
	case w == Process:
		return "process"
	case w == Send:
		return "send"
	case w == Never:
		return "never"
	}
	return strconv.Itoa(int(w))
}

// Decision is one row of the table.
type Decision struct {
	ID       string
	Old      string // ids in Webmachine's diagram, version 3; empty where it has none
	Name     string
	Question string
	Yes      Way
	No       Way
	Section  string // of RFC 9110 unless another is named
	ask      func(*exchange) bool
}

// Table is all decisions; the index of each is its Way.
func Table() []Decision { return slices.Clone(table[:]) }

var table = [decisions]Decision{
	S1: {"S1", "B13", "available", "Is the service available?", S2, 503, "15.6.4", (*exchange).available},
	S2: {"S2", "B12", "known-method", "Is the method known?", M2, 501, "9.1", (*exchange).knownMethod},

	M2:  {"M2", "B10", "method-allowed", "Does the resource allow the method?", M3, 405, "15.5.6", (*exchange).methodAllowed},
	M3:  {"M3", "B9", "malformed", "Is the request malformed?", 400, M4, "15.5.1", (*exchange).malformed},
	M4:  {"M4", "B8", "authorized", "Has the client shown who it is, where that is needed?", M5, 401, "15.5.2", (*exchange).authorized},
	M5:  {"M5", "B7", "forbidden", "Is the client forbidden to do this?", M5b, M6, "15.5.4", (*exchange).forbidden},
	M5b: {"M5b", "B7", "hidden", "Is that the resource exists a secret too?", 404, 403, "15.5.4", (*exchange).hidden},
	M6:  {"M6", "", "legally-blocked", "Is the resource blocked for a legal reason?", 451, M9, "RFC 7725 3", (*exchange).blocked},
	M9:  {"M9", "B3", "options", "Is the method OPTIONS?", 204, X1, "9.3.7", (*exchange).options},

	X1:  {"X1", "G7", "exists", "Does a current representation exist?", C1, X2, "3.2", (*exchange).exists},
	X2:  {"X2", "K5", "moved-permanently", "Has the resource moved for good?", 308, X2b, "15.4.9", (*exchange).movedPermanently},
	X2b: {"X2b", "L5", "moved-temporarily", "Is the resource elsewhere for now?", 307, X2c, "15.4.8", (*exchange).movedTemporarily},
	X2c: {"X2c", "", "see-other", "Is the answer at another address?", 303, X3, "15.4.4", (*exchange).seeOther},
	X3:  {"X3", "K7 M5", "gone", "Did the resource exist once?", 410, X4, "15.5.11", (*exchange).gone},
	X4:  {"X4", "I7 L7 M7", "may-create", "May the method create the resource?", X5, 404, "15.5.5", (*exchange).mayCreate},
	X5:  {"X5", "H7", "if-match-on-missing", "Is there an If-Match?", 412, Process, "13.1.1", (*exchange).hasIfMatch},

	C1: {"C1", "C3 C4", "media-type", "Is there an acceptable media type?", C2, C5, "12.5.1", (*exchange).acceptType},
	C2: {"C2", "D4 D5", "language", "Is there an acceptable language?", C4, C5, "12.5.4", (*exchange).acceptLanguage},
	C4: {"C4", "F6 F7", "coding", "Is there an acceptable content coding?", K2, C5, "12.5.3", (*exchange).acceptEncoding},
	C5: {"C5", "", "strict", "Does the resource insist on an acceptable one?", 406, K2, "15.5.7", (*exchange).strict},

	K2:  {"K2", "G8", "if-match", "Is there an If-Match?", K3, K4, "13.2.2 (1)", (*exchange).hasIfMatch},
	K3:  {"K3", "G9 G11", "if-match-matches", "Is it * or does a tag match strongly?", K6, 412, "13.1.1", (*exchange).ifMatchMatches},
	K4:  {"K4", "H10 H11", "if-unmodified-since", "Is there an If-Unmodified-Since to compare?", K5, K6, "13.1.4", (*exchange).hasIfUnmodifiedSince},
	K5:  {"K5", "H12", "unmodified", "Is it unmodified since then?", K6, 412, "13.2.2 (2)", (*exchange).unmodified},
	K6:  {"K6", "I12", "if-none-match", "Is there an If-None-Match?", K7, K9, "13.2.2 (3)", (*exchange).hasIfNoneMatch},
	K7:  {"K7", "I13 K13", "if-none-match-matches", "Is it * or does a tag match weakly?", K8, A1, "13.1.2", (*exchange).ifNoneMatchMatches},
	K8:  {"K8", "J18", "safe-when-matched", "Is the method GET or HEAD?", 304, 412, "13.1.2", (*exchange).reads},
	K9:  {"K9", "L13 L14", "if-modified-since", "Is there an If-Modified-Since to compare, on GET or HEAD?", K10, A1, "13.1.3", (*exchange).hasIfModifiedSince},
	K10: {"K10", "L17", "modified", "Has it been modified since then?", A1, 304, "13.2.2 (4)", (*exchange).modified},

	A1: {"A1", "M16 N16 O16", "reads", "Is the method GET or HEAD?", G2, Process, "9.3", (*exchange).reads},
	G2: {"G2", "", "range", "Is there a Range in bytes, on GET?", G3, G6, "14.2", (*exchange).hasRange},
	G3: {"G3", "", "if-range", "Is there no If-Range, or does it match strongly?", G4, G6, "13.1.5", (*exchange).ifRangeMatches},
	G4: {"G4", "", "range-set", "Is it one range, and well-formed?", G5, G6, "14.1.2", (*exchange).oneRange},
	G5: {"G5", "", "satisfiable", "Does the range overlap the content?", 206, 416, "15.5.17", (*exchange).satisfiable},
	G6: {"G6", "O20", "content", "Is there content to send?", 200, 204, "15.3.5", (*exchange).hasContent},

	E1: {"E1", "", "error-form", "Does Accept take one of the forms of an error?", Send, Send, "RFC 9457", (*exchange).errorForm},
	E2: {"E2", "", "fault", "Did a fact fail?", 500, Never, "15.6.1", (*exchange).failed},
}
