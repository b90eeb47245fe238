package probe

import (
	"net/http"
	"strings"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/probe/rawhttp"
)

var withContent = []string{http.MethodPost, http.MethodPut, http.MethodPatch}

// tolerated matches any response of the resource itself.
var tolerated = either(noFault, processed)

// muchContent is more than many servers accept of a form, in bytes.
const muchContent = 2 << 20

// writes needs a target at which one of the methods, used in the ordinary way,
// has a matching status. It sends that request, changed.
func writes(edge decision.Edge, name string, methods []string, ordinary match, change func(*known, rawhttp.Request) rawhttp.Request, shows, permits match, rule string) recipe {
	find := func(k *known) *written { return k.writer(ordinary, methods...) }
	return recipe{
		edge: edge, name: name, writes: true,
		needs: func(k *known) string {
			if find(k) == nil {
				return "no address was given at which " + strings.Join(methods, " or ") + " comes to that"
			}
			return ""
		},
		ask: func(k *known) rawhttp.Request {
			r := find(k).request
			if change != nil {
				r = change(k, r)
			}
			return r
		},
		shows: shows, permits: permits, rule: rule,
	}
}

// taken shows that an ordinary write is carried out.
func taken(edge decision.Edge) recipe {
	return writes(edge, "", withContent, processed, nil, processed, nil, "What is sent as it should be is taken.")
}

func set(fields ...string) func(*known, rawhttp.Request) rawhttp.Request {
	return func(_ *known, r rawhttp.Request) rawhttp.Request { return r.With(fields...) }
}

func chunked(_ *known, r rawhttp.Request) rawhttp.Request {
	r.Chunked = true
	return r
}

var contentRecipes = []recipe{
	writes(yes(decision.W9), "early POST", []string{http.MethodPost}, processed, set("Early-Data: 1"), is(425), tolerated,
		"Early data that is not safe to repeat may be answered 425."),
	writes(yes(decision.N1), "", withContent, processed, nil, processed, nil, "Content is taken."),
	passes(no(decision.N1), 411, through),
	writes(yes(decision.N2), "", withContent, processed, chunked, is(411), tolerated,
		"Content without a length may be answered 411."),
	taken(no(decision.N2)),
	taken(yes(decision.N3)),
	writes(no(decision.N3), "a tebibyte", withContent, processed, func(_ *known, r rawhttp.Request) rawhttp.Request {
		r = r.With("Content-Length: 1099511627776", "Expect: 100-continue")
		r.Starved = true
		return r
	}, is(413), either(tolerated, is(rawhttp.Closed), is(507)), "More content than is taken is answered 413."),
	taken(yes(decision.N4)),
	writes(no(decision.N4), "", withContent, processed, set("Content-Encoding: x-probe"), is(415), tolerated,
		"A content coding that the server does not know may be answered 415."),
	taken(yes(decision.N5)),
	writes(no(decision.N5), "", withContent, processed, set("Content-Type: application/x-probe"), is(415), tolerated,
		"A media type that the method does not take is answered 415."),
	should(writes(yes(decision.N6), "", []string{http.MethodPut}, processed, set("Content-Range: bytes 0-0/1"), is(400), tolerated,
		"A PUT with Content-Range to a resource that takes only wholes is answered 400.")),
	taken(no(decision.N6)),

	// QUERY reads, though it has content.
	writes(yes(decision.Q1), "", []string{"QUERY"}, success, damaged, is(400, 422), tolerated, "A QUERY that cannot be understood is answered 400."),
	passes(no(decision.Q1), 501, here),
	passes(yes(decision.C0), 501, here),
	onExisting(no(decision.C0), "", processed, nil, processed, nil, "What exists can be changed."),

	onExisting(yes(decision.K1), "", is(428), nil, is(428), nil, "A request without the precondition that it needs is answered 428."),
	onExisting(no(decision.K1), "", processed, nil, processed, nil, "What needs no precondition needs none."),
	onExisting(yes(decision.K5b), "", processed, set("If-Match: "+otherTag), success, is(412),
		"A change that is made already may be answered with success though the precondition fails."),
	onExisting(no(decision.K5b), "write", processed, set("If-Match: "+otherTag), is(412), success, "If-Match with another tag is answered 412."),
	onExisting(no(decision.K8), "", processed, set("If-None-Match: *"), is(412), nil, "If-None-Match: * is false where there is something: then a write is answered 412."),
	passes(yes(decision.A1), 501, here),
	onExisting(no(decision.A1), "", processed, nil, processed, nil, "What exists can be changed."),
}

// onExisting is a write to a resource that exists.
func onExisting(edge decision.Edge, name string, ordinary match, change func(*known, rawhttp.Request) rawhttp.Request, shows, permits match, rule string) recipe {
	r := writes(edge, name, withContent, ordinary, change, shows, permits, rule)
	r.needs = all(answers(200, 204, 300), r.needs)
	return r
}

// damaged cuts the content off.
func damaged(_ *known, r rawhttp.Request) rawhttp.Request {
	r.Body = `{"probe": [`
	if strings.Contains(strings.Join(r.Fields, "\n"), "xml") {
		r.Body = "<probe"
	}
	return r
}

// senseless sends well-formed content that means nothing to the server.
func senseless(_ *known, r rawhttp.Request) rawhttp.Request {
	r.Body = `{"x-probe": true}`
	if strings.Contains(strings.Join(r.Fields, "\n"), "xml") {
		r.Body = "<x-probe/>"
	}
	return r
}

func much(_ *known, r rawhttp.Request) rawhttp.Request {
	r.Body, r.Chunked = strings.Repeat("x", muchContent), true
	return r
}

func starved(_ *known, r rawhttp.Request) rawhttp.Request {
	r.Starved = true
	return r
}
