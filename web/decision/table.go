package decision

import (
	"slices"
	"strconv"
)

// Node is where an answer leads: a decision, a status, or one of the ends below.
type Node int16

// The decisions, in the order in which a request meets them.
const (
	W10 Node = iota
	W3
	W4
	W1
	W2
	W5
	W6
	W7
	W8
	W9

	S4
	S1
	S2
	S3

	M1
	M2
	M3
	M4
	M5
	M5b
	M6
	M7
	M8
	M9

	N1
	N2
	N3
	N4
	N5
	N6

	X1
	X2
	X2a
	X2b
	X2c
	X2d
	X3
	X4
	X5
	X6

	Q1
	C0
	C1
	C2
	C3
	C4
	C5

	K1
	K2
	K3
	K4
	K5
	K5b
	K6
	K7
	K8
	K9
	K10

	A1
	G1
	G2
	G3
	G4
	G5
	G6

	P1
	P1b
	P2
	D1
	D2
	D3
	D3b
	P3
	P4
	P4b
	P5
	P5b
	P5c
	P6
	P7
	P8
	F1
	F2

	E1
	E2

	decisions // how many there are
)

// The ends that are not a status.
const (
	Send  Node = 98 // the error that was decided on is sent
	Never Node = 99 // the question is only met when the answer is the other one
)

// Status returns the status that the node is; false if it is another node.
func (n Node) Status() (int, bool) { return int(n), n >= 100 }

// String returns the id of a decision, the number of a status, or the name of an
// end.
func (n Node) String() string {
	switch {
	case n >= 0 && n < decisions:
		return table[n].ID
	case n == Send:
		return "send"
	case n == Never:
		return "never"
	}
	return strconv.Itoa(int(n))
}

// Decision is one row of the table.
type Decision struct {
	ID       string
	Old      string // the ids of this question in Webmachine's diagram, version 3
	Name     string
	Question string
	Yes, No  Node
	Section  string // of RFC 9110 unless another RFC is named
	Fields   string // what of the request is looked at: fields, and pseudo-fields as of RFC 9113 section 8.3.1
	Visible  bool   // whether the answer to a request shows which way it went
	Writes   bool   // whether it takes a method that is not safe to go both ways

	ask func(*exchange) bool
}

// Stage returns the part of the diagram to which the decision belongs.
func (d *Decision) Stage() string { return stages[d.ID[0]] }

var stages = map[byte]string{
	'W': "wire", 'S': "server", 'M': "method and access", 'N': "content of the request", 'X': "existence",
	'Q': "existence", 'C': "choice of a representation", 'K': "preconditions", 'A': "action", 'G': "sending",
	'D': "processing", 'P': "processing", 'F': "processing", 'E': "errors",
}

// Table returns the decisions in the order in which a request meets them. A
// row's index is the [Node] that leads to it: Table()[K2] is the decision K2.
func Table() []Decision { return slices.Clone(table[:]) }

// Seen and unseen, writing and reading: values of the last two columns.
const (
	seen   = true
	unseen = false
	write  = true
	read   = false
)

var table = [decisions]Decision{
	W10: {"W10", "", "in-time", "Did the head of the request arrive in time?", W3, 408, "15.5.9", "", seen, read, (*exchange).headPasses},
	W3:  {"W3", "B11", "target-fits", "Is the target of the request within the limit?", W4, 414, "15.5.15", ":path", seen, read, (*exchange).targetFits},
	W4:  {"W4", "", "header-fits", "Is the header section within the limit?", W1, 431, "RFC 6585 5", "", seen, read, (*exchange).headPasses},
	W1:  {"W1", "", "syntax", "Is the syntax of the request line and the fields right?", W2, 400, "RFC 9112 3, 5", "", seen, read, (*exchange).headPasses},
	W2:  {"W2", "", "version", "Is the major version of HTTP supported?", W5, 505, "15.6.6", "", seen, read, (*exchange).headPasses},
	W5:  {"W5", "", "host", "Is there exactly one Host, and a valid one?", W6, 400, "RFC 9112 3.2", "Host", seen, read, (*exchange).headPasses},
	W6:  {"W6", "", "framing", "Is it clear where the content ends?", W7, 400, "RFC 9112 6.1, 6.3", "Content-Length Transfer-Encoding", seen, read, (*exchange).headPasses},
	W7:  {"W7", "", "transfer-coding", "Is the transfer coding understood?", W8, 501, "RFC 9112 6.1", "Transfer-Encoding", seen, read, (*exchange).headPasses},
	W8:  {"W8", "", "authority", "Is the authority served here?", W9, 421, "7.4, 15.5.20", ":authority", seen, read, (*exchange).servesAuthority},
	W9:  {"W9", "", "early-data", "Is it early data, and not safe to be repeated?", 425, S4, "RFC 8470 5.2", "Early-Data :method", seen, write, (*exchange).earlyAndUnsafe},

	S4: {"S4", "", "expectation", "Is nothing expected but 100-continue?", S1, 417, "10.1.1, 15.5.18", "Expect", seen, read, (*exchange).expectationMet},
	S1: {"S1", "B13", "available", "Is the resource available?", S2, 503, "15.6.4", "", seen, read, (*exchange).available},
	S2: {"S2", "B12", "known-method", "Is the method known?", S3, 501, "9.1, 15.6.2", ":method", seen, read, (*exchange).knownMethod},
	S3: {"S3", "", "too-fast", "Does the client ask too often?", 429, M1, "RFC 6585 4", "", seen, read, (*exchange).tooFast},

	M1:  {"M1", "", "preflight", "Is it OPTIONS, answered to everyone?", 204, M2, "9.3.7", ":method", seen, read, (*exchange).preflight},
	M2:  {"M2", "B10", "method-allowed", "Does the resource allow the method?", M3, 405, "15.5.6", ":method", seen, read, (*exchange).methodAllowed},
	M3:  {"M3", "B9", "malformed", "Is the request malformed?", 400, M4, "15.5.1", ":path", seen, read, (*exchange).malformed},
	M4:  {"M4", "B8", "authorized", "Has the client shown who it is, where that is needed?", M5, 401, "15.5.2", "Authorization", seen, read, (*exchange).authorized},
	M5:  {"M5", "B7", "forbidden", "Is the client forbidden to do this?", M5b, M6, "15.5.4", "Authorization", seen, read, (*exchange).forbidden},
	M5b: {"M5b", "B7", "hidden", "Is that the resource exists a secret too?", 404, 403, "15.5.4", "", unseen, read, (*exchange).hidden},
	M6:  {"M6", "", "legally-blocked", "Is the resource blocked for a legal reason?", 451, M7, "RFC 7725 3", "", seen, read, (*exchange).blocked},
	M7:  {"M7", "", "over-quota", "Has whoever asks used up what they may?", 429, M8, "RFC 6585 4", "", seen, read, (*exchange).overQuota},
	M8:  {"M8", "", "trace", "Is the method TRACE?", 200, M9, "9.3.8", ":method", seen, read, (*exchange).isTrace},
	M9:  {"M9", "B3", "options", "Is the method OPTIONS?", 204, N1, "9.3.7", ":method", seen, read, (*exchange).isOptions},

	N1: {"N1", "", "has-content", "Does the request have content?", N2, X1, "6.4, 8.6", "Content-Length Transfer-Encoding", unseen, read, (*exchange).requestHasContent},
	N2: {"N2", "", "length-missing", "Is its length required, and not said?", 411, N3, "15.5.12", "Content-Length", seen, write, (*exchange).lengthMissing},
	N3: {"N3", "B4", "content-fits", "Is its length within the limit?", N4, 413, "15.5.14", "Content-Length", seen, write, (*exchange).contentFits},
	N4: {"N4", "", "content-coding", "Is its content coding understood?", N5, 415, "12.5.3, 15.5.16", "Content-Encoding", seen, write, (*exchange).codingUnderstood},
	N5: {"N5", "B5", "content-type", "Does the method take its media type?", N6, 415, "15.5.16", "Content-Type", seen, write, (*exchange).typeTaken},
	N6: {"N6", "B6", "partial-put", "Is it a part, for a PUT that takes only wholes?", 400, X1, "14.5", "Content-Range", seen, write, (*exchange).partNotTaken},

	X1:  {"X1", "G7", "exists", "Does a current representation exist?", Q1, X2, "3.2", ":path", seen, read, (*exchange).exists},
	X2:  {"X2", "K5", "moved-permanently", "Has the resource moved for good?", X2a, X2b, "15.4", "", seen, read, (*exchange).movedPermanently},
	X2a: {"X2a", "I4", "permanently-to-get", "May a client change the method to GET when it follows?", 301, 308, "15.4.2, 15.4.9", "", seen, read, (*exchange).toGet},
	X2b: {"X2b", "L5", "moved-temporarily", "Is the resource elsewhere for now?", X2c, X2d, "15.4", "", seen, read, (*exchange).movedTemporarily},
	X2c: {"X2c", "", "temporarily-to-get", "May a client change the method to GET when it follows?", 302, 307, "15.4.3, 15.4.8", "", seen, read, (*exchange).toGet},
	X2d: {"X2d", "", "see-other", "Is the answer at another address?", 303, X3, "15.4.4", "", seen, read, (*exchange).seeOther},
	X3:  {"X3", "K7 M5 N5", "gone", "Did the resource exist once, and may the method not create it again?", 410, X4, "15.5.11", ":method", seen, read, (*exchange).gone},
	X4:  {"X4", "I7 L7 M7", "may-create", "May the method create the resource?", X5, 404, "15.5.5", ":method", seen, write, (*exchange).mayCreate},
	X5:  {"X5", "H7", "if-match-on-missing", "Is there an If-Match?", 412, X6, "13.1.1, 13.2.1", "If-Match", seen, write, (*exchange).hasIfMatch},
	X6:  {"X6", "", "create-unconditional", "Is a precondition required, and If-None-Match missing?", 428, P1, "RFC 6585 3", "If-None-Match", seen, write, (*exchange).createUnconditional},

	Q1: {"Q1", "", "query-refused", "Is it a QUERY whose content is at fault?", P1, C0, "RFC 10008", ":method", unseen, read, (*exchange).queryRefused},
	C0: {"C0", "", "negotiates", "Is a representation to be sent: GET, HEAD or QUERY?", C1, K1, "12.1", ":method", unseen, read, (*exchange).reads},
	C1: {"C1", "C3 C4", "media-type", "Is there an acceptable media type?", C2, C5, "12.5.1", "Accept", seen, read, (*exchange).acceptType},
	C2: {"C2", "D4 D5", "language", "Is there an acceptable language?", C3, C5, "12.5.4", "Accept-Language", seen, read, (*exchange).acceptLanguage},
	C3: {"C3", "E5 E6", "charset", "Is there an acceptable charset?", C4, C5, "12.5.2", "Accept-Charset", seen, read, (*exchange).acceptCharset},
	C4: {"C4", "F6 F7", "coding", "Is there an acceptable content coding?", K1, C5, "12.5.3", "Accept-Encoding", seen, read, (*exchange).acceptEncoding},
	C5: {"C5", "", "strict", "Does the resource insist on an acceptable one?", 406, K1, "15.5.7", "", seen, read, (*exchange).strict},

	K1:  {"K1", "", "unconditional", "Is a precondition required, and missing?", 428, K2, "RFC 6585 3", "If-Match If-None-Match If-Unmodified-Since", seen, write, (*exchange).unconditional},
	K2:  {"K2", "G8", "if-match", "Is there an If-Match?", K3, K4, "13.2.2 (1)", "If-Match", seen, read, (*exchange).hasIfMatch},
	K3:  {"K3", "G9 G11", "if-match-matches", "Is it * or does a tag match strongly?", K6, K5b, "13.1.1", "If-Match", seen, read, (*exchange).ifMatchMatches},
	K4:  {"K4", "H10 H11", "if-unmodified-since", "Is there an If-Unmodified-Since to compare?", K5, K6, "13.1.4", "If-Unmodified-Since", seen, read, (*exchange).hasIfUnmodifiedSince},
	K5:  {"K5", "H12", "unmodified", "Is it unmodified since then?", K6, K5b, "13.2.2 (2)", "If-Unmodified-Since", seen, read, (*exchange).unmodified},
	K5b: {"K5b", "", "already-done", "Is what the request asks for done already?", 204, 412, "13.1.1, 13.1.4", "", seen, write, (*exchange).alreadyDone},
	K6:  {"K6", "I12", "if-none-match", "Is there an If-None-Match?", K7, K9, "13.2.2 (3)", "If-None-Match", seen, read, (*exchange).hasIfNoneMatch},
	K7:  {"K7", "I13 K13", "if-none-match-matches", "Is it * or does a tag match weakly?", K8, A1, "13.1.2", "If-None-Match", seen, read, (*exchange).ifNoneMatchMatches},
	K8:  {"K8", "J18", "safe-when-matched", "Is the method GET, HEAD or QUERY?", 304, 412, "13.1.2", ":method", seen, write, (*exchange).reads},
	K9:  {"K9", "L13 L14", "if-modified-since", "Is there an If-Modified-Since to compare, on GET, HEAD or QUERY?", K10, A1, "13.1.3", "If-Modified-Since", seen, read, (*exchange).hasIfModifiedSince},
	K10: {"K10", "L15 L17", "modified", "Has it been modified since then?", A1, 304, "13.2.2 (4)", "If-Modified-Since", seen, read, (*exchange).modified},

	A1: {"A1", "N16 O16", "reads", "Is the method GET, HEAD or QUERY?", G1, P1, "9.3", ":method", unseen, write, (*exchange).reads},
	G1: {"G1", "O18", "to-choose", "Are there several representations, and is the choice the client's?", 300, G2, "15.4.1", "Accept Accept-Language Accept-Charset Accept-Encoding", seen, read, (*exchange).toChoose},
	G2: {"G2", "", "range", "Is there a Range in bytes, on GET?", G3, G6, "14.2", "Range :method", seen, read, (*exchange).hasRange},
	G3: {"G3", "", "if-range", "Is there no If-Range, or does it match strongly?", G4, G6, "13.1.5", "If-Range", seen, read, (*exchange).ifRangeMatches},
	G4: {"G4", "", "range-set", "Is the set of ranges well-formed, and not too many?", G5, G6, "14.1.2, 17.15", "Range", seen, read, (*exchange).rangeSet},
	G5: {"G5", "", "satisfiable", "Does a range overlap the content?", 206, 416, "15.3.7, 15.5.17", "Range", seen, read, (*exchange).satisfiable},
	G6: {"G6", "O20", "content", "Is there content to send?", 200, 204, "15.3.1, 15.3.5", "", seen, read, (*exchange).hasContent},

	P1:  {"P1", "", "content-in-time", "Did the content arrive in time?", P1b, 408, "15.5.9", "", seen, write, (*exchange).contentInTime},
	P1b: {"P1b", "", "content-ended", "Did it end within the limit?", P2, 413, "15.5.14", "", seen, write, (*exchange).contentEnded},
	P2:  {"P2", "", "content-syntax", "Is it whole, and its syntax right?", D1, 400, "15.5.1", "", seen, write, (*exchange).contentParsed},
	D1:  {"D1", "M16", "delete", "Is the method DELETE?", D2, P3, "9.3.5", ":method", unseen, write, (*exchange).isDelete},
	D2:  {"D2", "", "delete-conflict", "Is the state of the resource in conflict with that?", 409, D3, "15.5.10", "", seen, write, (*exchange).conflict},
	D3:  {"D3", "M20", "deleted", "Is it done?", F1, D3b, "9.3.5", "", seen, write, (*exchange).done},
	D3b: {"D3b", "M20", "delete-queued", "Will it be done later?", 202, P3, "9.3.5", "", seen, write, (*exchange).queued},
	P3:  {"P3", "", "processable", "Can what the content says be processed?", P4, 422, "15.5.21", "", seen, write, (*exchange).processable},
	P4:  {"P4", "O14 P3", "conflict", "Is the state of the resource in conflict with that?", 409, P4b, "15.5.10, RFC 5789 2.2", "", seen, write, (*exchange).conflict},
	P4b: {"P4b", "", "too-many", "Is too much under way to begin with it now?", 429, P5, "RFC 6585 4", "", seen, write, (*exchange).tooMany},
	P5:  {"P5", "", "room", "Is there room for the result?", P5b, 507, "RFC 4918 11.5", "", seen, write, (*exchange).room},
	P5b: {"P5b", "", "upstream-right", "Did every server that was needed give a valid answer?", P5c, 502, "15.6.3", "", seen, write, (*exchange).upstreamRight},
	P5c: {"P5c", "", "upstream-in-time", "Did it do so in time?", P6, 504, "15.6.5", "", seen, write, (*exchange).upstreamInTime},
	P6:  {"P6", "", "queued", "Will it be done later?", 202, P7, "15.3.3", "", seen, write, (*exchange).queued},
	P7:  {"P7", "N11", "redirect", "Is the result at another address?", 303, P8, "15.4.4", "", seen, write, (*exchange).resultElsewhere},
	P8:  {"P8", "P11", "created", "Was something created?", 201, F1, "15.3.2", "", seen, write, (*exchange).created},
	F1:  {"F1", "", "reset", "Is the client to reset its form?", 205, F2, "15.3.6", "", seen, write, (*exchange).reset},
	F2:  {"F2", "O20", "answer-content", "Is there content to answer with?", 200, 204, "15.3.5", "", seen, write, (*exchange).answerHasContent},

	E1: {"E1", "", "error-form", "Does Accept take one of the forms of an error?", Send, Send, "RFC 9457", "Accept", seen, read, (*exchange).errorForm},
	E2: {"E2", "", "fault", "Did a fact fail?", 500, Never, "15.6.1", "", seen, read, (*exchange).failed},
}
