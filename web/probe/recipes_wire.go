package probe

import (
	"net/http"
	"strings"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/probe/rawhttp"
	"github.com/rhaptos/rhaptos/web/probe/report"
)

const (
	longTarget  = 64 << 10 // bytes
	largeHeader = 2 << 20
)

// emptyChunks is empty content in chunks. It is five bytes long, so it can be
// announced with a Content-Length and a Transfer-Encoding that agree, and no
// proxy takes the request for two.
const emptyChunks = "0\r\n\r\n"

var bothLengths = []string{"Content-Length: 5", "Transfer-Encoding: chunked"}

// passes is the edge of an ordinary request: its status is not the one that the
// other edge ends in.
func passes(edge decision.Edge, other int, needs need) recipe {
	return recipe{
		edge: edge, needs: needs, ask: func(k *known) rawhttp.Request { return k.get() },
		shows: but(other), permits: is(rawhttp.Closed),
		rule: "An ordinary request is not refused for this.",
	}
}

var wireRecipes = []recipe{
	passes(yes(decision.W10), 408, nil),
	{
		edge: no(decision.W10), name: "half a head", once: true, slow: true,
		ask: func(k *known) rawhttp.Request {
			r := k.get()
			r.Unfinished = true
			return r
		},
		shows: is(408), permits: is(rawhttp.Closed),
		level: report.Should, rule: "A request that does not come to its end is given up, with 408 or without an answer.",
	},
	passes(yes(decision.W3), 414, nil),
	{
		edge: no(decision.W3), name: "64 KiB", once: true,
		ask: func(k *known) rawhttp.Request {
			r := k.get()
			u := *r.URL
			u.RawQuery = strings.Repeat("x", longTarget)
			r.URL = &u
			return r
		},
		shows: is(414), permits: asPlain,
		rule: "A target that is longer than the server wants to read is answered 414.", section: "RFC 9112 3",
	},
	passes(yes(decision.W4), 431, nil),
	{
		edge: no(decision.W4), name: "2 MiB", once: true,
		ask:   func(k *known) rawhttp.Request { return k.get("X-Probe: " + strings.Repeat("x", largeHeader)) },
		shows: is(431), permits: either(asPlain, clientError),
		rule: "Fields that are larger than the server wants to read are answered with a 4xx.", section: "5.4",
	},
	passes(yes(decision.W1), 400, nil),
	badSyntax("space before the colon", "White space between a field's name and its colon is answered 400.", "RFC 9112 5.1", nil,
		func(k *known) rawhttp.Request { return k.get("X-Probe : x") }),
	should(badSyntax("line without a colon", "What does not have the syntax of a request is answered 400.", "RFC 9112 2.2", nil,
		func(k *known) rawhttp.Request { return k.get("nothing") })),
	badSyntax("NUL in a field", "A NUL in a field is replaced by a space, or the request is rejected.", "5.5", either(asPlain, clientError, is(rawhttp.Closed)),
		func(k *known) rawhttp.Request { return k.get("X-Probe: a\x00b") }),
	badSyntax("folded line", "A folded line is answered 400, or joined.", "RFC 9112 5.2", asPlain,
		func(k *known) rawhttp.Request { return k.get("X-Probe: a", " b") }),
	should(badSyntax("space in the target", "A request line with white space in the target is answered 400, or with a redirection.", "RFC 9112 3", redirects,
		func(k *known) rawhttp.Request {
			r := k.get()
			r.Line = "GET " + r.Target() + " x HTTP/1.1"
			return r
		})),
	passes(yes(decision.W2), 505, nil),
	{
		edge: no(decision.W2), name: "HTTP/2.7", once: true,
		ask: func(k *known) rawhttp.Request {
			r := k.get()
			r.Line = "GET " + r.Target() + " HTTP/2.7"
			return r
		},
		// To refuse a version is a choice, and so is how: HTTP/2 has frames for it.
		shows: is(505), permits: either(noFault, is(rawhttp.Closed, rawhttp.Garbled)),
		level: report.Should, rule: "A major version that the server does not speak can be answered 505.",
	},
	passes(yes(decision.W5), 400, nil),
	badHost("no Host", []string{}),
	badHost("two Hosts", []string{"Host: a.invalid", "Host: b.invalid"}),
	badHost("no host name", []string{"Host: a b"}),
	passes(yes(decision.W6), 400, nil),
	{
		edge: no(decision.W6), name: "length and chunks", once: true,
		ask: func(k *known) rawhttp.Request {
			r := k.get(bothLengths...)
			r.Body, r.Ends = emptyChunks, true
			return r
		},
		shows: either(is(400), asPlain), permits: either(clientError, is(501, rawhttp.Closed)), check: endedOrRefused, ends: true,
		rule:    "Content-Length with Transfer-Encoding is refused, or the connection is ended behind the answer.",
		section: "RFC 9112 6.1",
	},
	badFraming("length that is no number", "Content-Length: five", "A Content-Length that is no number is answered 400."),
	badFraming("length with a sign", "Content-Length: +5", "A Content-Length is digits and nothing else."),
	badFraming("two lengths", "Content-Length: 5, 6", "Lengths that differ are answered 400."),
	permit(badFraming("chunked is not the last coding", "Transfer-Encoding: chunked, x-probe",
		"Content whose last transfer coding is not chunked has no end: it is answered 400, or 501 for a coding that is not known."), is(501)),
	passes(yes(decision.W7), 501, nil),
	{
		edge: no(decision.W7), name: "unknown coding", once: true,
		ask: func(k *known) rawhttp.Request {
			r := k.get("Transfer-Encoding: x-probe, chunked")
			r.Body = emptyChunks
			return r
		},
		shows: is(501), level: report.Should, rule: "A transfer coding that the server does not know is answered 501.",
	},
	passes(yes(decision.W8), 421, nil),
	{
		edge: no(decision.W8), name: "another site", once: true,
		ask: func(k *known) rawhttp.Request {
			r := k.get()
			r.Hosts = []string{"Host: probe.invalid"}
			return r
		},
		shows: is(421), permits: noFault,
		rule: "A request for a site that is not served here may be answered 421.",
	},
	{
		edge: no(decision.W8), name: "another scheme", once: true,
		ask: func(k *known) rawhttp.Request {
			r := k.get()
			r.Line = "GET ftp://" + k.url.Host + r.Target() + " HTTP/1.1"
			return r
		},
		shows: is(421), permits: either(noFault, is(rawhttp.Closed)), // a gateway may be trusted
		rule: "A request for a URI whose scheme is not served here is rejected.", section: "7.4",
	},
	passes(no(decision.W9), 425, nil),
}

// endedOrRefused checks that a server which accepts such a request does not
// read another from the connection.
func endedOrRefused(_ *known, a *rawhttp.Response) string {
	if a.Status == http.StatusBadRequest || a.Ended {
		return ""
	}
	return "the answer is " + a.Summary() + ", and the connection stays open"
}

func badSyntax(name, rule, section string, permits match, ask func(*known) rawhttp.Request) recipe {
	return recipe{edge: no(decision.W1), name: name, once: true, ask: ask, shows: is(400), permits: permits, rule: rule, section: section}
}

func badHost(name string, lines []string) recipe {
	return recipe{
		edge: no(decision.W5), name: name, once: true,
		ask: func(k *known) rawhttp.Request {
			r := k.get()
			r.Hosts = lines
			return r
		},
		shows: is(400), rule: "A request without exactly one valid Host is answered 400.",
	}
}

func badFraming(name, field, rule string) recipe {
	return recipe{
		edge: no(decision.W6), name: name, once: true,
		ask: func(k *known) rawhttp.Request {
			r := k.get(field)
			r.Body = emptyChunks
			return r
		},
		shows: is(400), rule: rule, section: "RFC 9112 6.3",
	}
}
