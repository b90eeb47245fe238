package decision

import (
	"strconv"
	"strings"

	"github.com/rhaptos/rhaptos/web/negotiate"
)

// Facts describe a resource for [Advice]. A fact that is empty is described in
// general words.
type Facts struct {
	Target   string // of the request
	ETag     string // of the selected representation
	Modified string // its Last-Modified
	Type     string // its media type
	Length   string // of its content, in bytes
	Allow    string // the methods that the resource allows
}

// Advice says what makes a request take one of the two edges out of a decision:
// what a client sends, or what would have to be true of the resource.
func Advice(at Node, yes bool, f Facts) string {
	text := advice[at].no
	if yes {
		text = advice[at].yes
	}
	return strings.NewReplacer(
		"{target}", described(f.Target, "the target"), "{etag}", described(f.ETag, `"the entity tag"`),
		"{modified}", described(f.Modified, "its Last-Modified"), "{type}", described(f.Type, "its media type"),
		"{length}", described(f.Length, "its length"), "{allow}", described(f.Allow, "the methods in Allow"),
	).Replace(text)
}

// facts returns what the exchange has found out about the resource.
func (e *exchange) facts() Facts {
	f := Facts{Target: e.r.URL.Path, Allow: strings.Join(e.methods, ", ")}
	if chosen := e.selection.chosen; chosen != nil {
		f.ETag, f.Type, f.Length = chosen.ETag, chosen.Type, strconv.FormatInt(chosen.Length, 10)
		if !chosen.Modified.IsZero() {
			f.Modified = negotiate.FormatDate(chosen.Modified)
		}
	}
	return f
}

func described(fact, otherwise string) string {
	if fact == "" {
		return otherwise
	}
	return fact
}

// advice has both edges out of every decision.
var advice = [decisions]struct{ yes, no string }{
	W10: {"send the head of the request without pausing", "open a connection, send a part of the head and wait"},
	W3:  {"ask for a shorter target", "ask for a target of more than the server's limit, such as {target}?x=xxx..."},
	W4:  {"send fewer or shorter fields", "send fields of many kilobytes"},
	W1:  {"write the request line and the fields as RFC 9112 has them", "send a space in front of a field's colon"},
	W2:  {"say HTTP/1.1 in the request line", "say HTTP/2.7 in the request line"},
	W5:  {"send one Host", "send no Host, or two"},
	W6:  {"send either Content-Length or Transfer-Encoding", "send Content-Length and Transfer-Encoding together"},
	W7:  {"send Transfer-Encoding: chunked, or none", "send Transfer-Encoding: example, chunked"},
	W8:  {"send the Host that the server's address has", "send the Host of another site"},
	W9:  {"send Early-Data: 1 with a method that is not safe", "leave Early-Data out"},

	S4: {"leave Expect out, or send Expect: 100-continue", "send Expect: something-else"},
	S1: {"the resource has to be available", "the resource would have to be out of order for now"},
	S2: {"use a method that the server knows: GET", "use a method that nobody knows: BREW"},
	S3: {"send more requests than the server takes from one client", "send fewer requests"},

	M1:  {"send OPTIONS to a resource that answers it to everyone", "use a method other than OPTIONS"},
	M2:  {"use one of {allow}", "use a method that is not in Allow, such as DELETE"},
	M3:  {"send a query or a field that cannot be understood", "send what can be understood"},
	M4:  {"send Authorization with valid credentials, where the resource asks for them", "leave Authorization out, where the resource asks for it"},
	M5:  {"ask as somebody who may not do this", "ask as somebody who may do this"},
	M5b: {"the resource would have to be a secret", "the resource has to be no secret"},
	M6:  {"the resource would have to be blocked for a legal reason", "the resource has to be free to be shown"},
	M7:  {"use up what the account may use", "stay within what the account may use"},
	M8:  {"use TRACE, where the resource allows it", "use a method other than TRACE"},
	M9:  {"use OPTIONS", "use a method other than OPTIONS"},

	N1: {"send content along", "send no content"},
	N2: {"send content with Transfer-Encoding: chunked, where the resource wants its length", "send Content-Length"},
	N3: {"send less content", "send a Content-Length over the resource's limit"},
	N4: {"send the content without Content-Encoding", "send Content-Encoding: example"},
	N5: {"send a Content-Type that the method takes", "send Content-Type: application/x-example"},
	N6: {"send PUT with Content-Range", "leave Content-Range out"},

	X1:  {"ask for something that is there", "ask for something that is not there, such as {target}-missing"},
	X2:  {"ask for the address that something had before it moved", "ask for the address that it has now"},
	X2a: {"the redirection would have to be an old one, after which POST may become GET", "the redirection has to keep the method"},
	X2b: {"ask for an address that stands for another one for now", "ask for the address itself"},
	X2c: {"the redirection would have to be an old one, after which POST may become GET", "the redirection has to keep the method"},
	X2d: {"ask for something whose answer is at another address", "ask for that address"},
	X3:  {"ask for something that was there once", "ask for something that never was"},
	X4:  {"use PUT or POST, where it may create the resource", "use GET"},
	X5:  {"send If-Match", "leave If-Match out"},
	X6:  {"leave If-None-Match out, where the resource wants a precondition", "send If-None-Match: *"},

	Q1: {"use QUERY with content that is at fault", "use another method, or correct the content"},
	C0: {"use GET, HEAD or QUERY", "use a method that changes something"},
	C1: {"send Accept: {type}, or none", "send Accept: application/x-example"},
	C2: {"leave Accept-Language out", "send Accept-Language: x-example, *;q=0"},
	C3: {"leave Accept-Charset out", "send Accept-Charset: x-example, *;q=0"},
	C4: {"leave Accept-Encoding out", "send Accept-Encoding: identity;q=0, *;q=0"},
	C5: {"the resource has to insist", "the resource has to send what it has rather than nothing"},

	K1:  {"leave all preconditions out, where the resource wants one", "send If-Match: {etag}"},
	K2:  {"send If-Match: {etag}", "leave If-Match out"},
	K3:  {"send If-Match: {etag}", `send If-Match: "another"`},
	K4:  {"send If-Unmodified-Since: {modified}, and no If-Match", "leave If-Unmodified-Since out"},
	K5:  {"send If-Unmodified-Since: {modified}", "send If-Unmodified-Since: Sat, 01 Jan 2000 00:00:00 GMT"},
	K5b: {"ask for a change that has been made already", "ask for another change"},
	K6:  {"send If-None-Match: {etag}", "leave If-None-Match out"},
	K7:  {"send If-None-Match: {etag}", `send If-None-Match: "another"`},
	K8:  {"use GET, HEAD or QUERY", "use a method that changes something"},
	K9:  {"send If-Modified-Since: {modified} on GET or HEAD, and no If-None-Match", "leave If-Modified-Since out"},
	K10: {"send If-Modified-Since: Sat, 01 Jan 2000 00:00:00 GMT", "send If-Modified-Since: {modified}"},

	A1: {"use GET, HEAD or QUERY", "use a method that changes something"},
	G1: {"leave out the fields that choose, where the resource leaves the choice to the client", "say which representation is wanted by Accept or Accept-Language"},
	G2: {"send Range: bytes=0-0 on GET", "leave Range out"},
	G3: {"send If-Range: {etag}, or none", `send If-Range: "another"`},
	G4: {"send Range: bytes=0-0", "send Range: bytes=9-1"},
	G5: {"send Range: bytes=0-0", "send Range: bytes={length}-"},
	G6: {"the resource has to have content", "the resource would have to have no content"},

	P1:  {"send the content without pausing", "announce content and do not send it"},
	P1b: {"send less content", "send more content than the resource takes, with Transfer-Encoding: chunked"},
	P2:  {"send content whose syntax is right", "send content whose syntax is wrong"},
	D1:  {"use DELETE", "use another method"},
	D2:  {"the state of the resource would have to be in conflict with the deletion", "nothing has to stand against the deletion"},
	D3:  {"the deletion has to be done at once", "the deletion would have to be put off, or to fail"},
	D3b: {"the deletion would have to be put off", "the deletion would have to fail"},
	P3:  {"send content that can be processed", "send content whose syntax is right, and which says what cannot be done"},
	P4:  {"send what is in conflict with the state of the resource", "send what fits the state of the resource"},
	P4b: {"send more requests at a time than the server takes on", "send the request when fewer are under way"},
	P5:  {"there has to be room", "there would have to be no room left"},
	P5b: {"the servers behind this one have to answer rightly", "a server behind this one would have to answer wrongly"},
	P5c: {"the servers behind this one have to answer in time", "a server behind this one would have to be late"},
	P6:  {"the work would have to be put off", "the work has to be done at once"},
	P7:  {"the result would have to be at another address", "the result has to be told in the answer"},
	P8:  {"create something that is not there", "change something that is there"},
	F1:  {"the client's form would have to be reset", "the answer has to be an ordinary one"},
	F2:  {"there has to be something to answer with", "there would have to be nothing to answer with"},

	E1: {"send Accept: application/problem+json or text/html, or none", "send Accept: application/x-example"},
	E2: {"the server would have to fail", "the server has to work"},
}
