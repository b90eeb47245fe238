package probe

import (
	"net/http"
	"strings"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/probe/rawhttp"
	"github.com/rhaptos/rhaptos/web/probe/report"
)

// through needs a target whose GET passes the decisions about access.
var through = answers(200, 204, 300, 301, 302, 303, 307, 308, 410)

var serverRecipes = []recipe{
	passes(yes(decision.S4), 417, through),
	{
		edge: no(decision.S4), name: "unknown expectation", once: true,
		ask:   func(k *known) rawhttp.Request { return k.get("Expect: x-probe") },
		shows: is(417), permits: noFault,
		rule: "An expectation that the server does not know may be answered 417.",
	},
	passes(yes(decision.S1), 503, through),
	state(no(decision.S1), 503, nil, ""),
	passes(yes(decision.S2), 501, through),
	{
		edge: no(decision.S2), name: "BREW", needs: here,
		ask:   func(k *known) rawhttp.Request { return k.method("BREW") },
		shows: is(501), level: report.Should, rule: "A method that the server does not know is answered 501, whatever the resource.",
	},
	passes(no(decision.S3), 429, through),
	disclosed(state(yes(decision.S3), 429, nil, "")),
}

// state is an edge that depends on the state of the resource: the plain GET has
// the status and passes the check.
func state(edge decision.Edge, status int, c check, rule string) recipe {
	if rule == "" {
		rule = "The status says what the resource is."
	}
	return recipe{
		edge: edge, needs: answers(status), ask: func(k *known) rawhttp.Request { return k.get() },
		shows: is(status), check: c, rule: rule,
	}
}

// disclosed is an edge that only Decision-Path can tell from another with the
// same status.
func disclosed(r recipe) recipe {
	r.shows, r.permits = is(), r.shows
	return r
}

var accessRecipes = []recipe{
	{
		edge: yes(decision.M1), name: "preflight",
		ask: func(k *known) rawhttp.Request {
			return k.method(http.MethodOptions, "Origin: https://probe.invalid", "Access-Control-Request-Method: GET")
		},
		needs: func(k *known) string {
			if !forEveryone(k) && (k.plain.Status != 401 || !k.options.Successful()) {
				return "no address was given at which OPTIONS is answered to everyone"
			}
			return ""
		},
		shows: is(200, 204), permits: noFault,
		rule: "OPTIONS may be answered before it is asked who sends it.",
	},
	passes(no(decision.M1), 501, through),
	passes(yes(decision.M2), 405, through),
	{
		edge: no(decision.M2), name: "TRACE", needs: all(through, notAllowing(http.MethodTrace)),
		ask:   func(k *known) rawhttp.Request { return k.method(http.MethodTrace, traced) },
		shows: is(405), permits: either(is(501, 401, 403), redirects, unavailable), check: namesMethods, checked: allowNorm,
		level: report.Should, rule: notAllowedRule, section: "9.1", otherwise: tracesAnyway,
	},
	notAllowed(http.MethodPost),
	notAllowed(http.MethodPut),
	notAllowed(http.MethodDelete),
	passes(no(decision.M3), 400, through),
	{
		edge: yes(decision.M3), name: "query", needs: through,
		ask: func(k *known) rawhttp.Request {
			r := k.get()
			u := *r.URL
			u.RawQuery = "probe=%zz"
			r.URL = &u
			return r
		},
		shows: is(400), permits: noFault,
		rule: "A query that cannot be understood may be answered 400.",
	},
	passes(yes(decision.M4), 401, through),
	state(no(decision.M4), 401, has("Www-Authenticate"), "A 401 says in WWW-Authenticate how a client shows who it is."),
	passes(no(decision.M5), 403, through),
	state(yes(decision.M5), 403, nil, ""),
	disclosed(state(yes(decision.M5b), 404, nil, "")),
	state(no(decision.M5b), 403, nil, ""),
	passes(no(decision.M6), 451, through),
	state(yes(decision.M6), 451, nil, ""),
	passes(no(decision.M7), 429, through),
	disclosed(state(yes(decision.M7), 429, nil, "")),
	{
		edge: yes(decision.M8), needs: allowing(http.MethodTrace),
		ask: func(k *known) rawhttp.Request {
			return k.method(http.MethodTrace, traced, "Cookie: probe=secret")
		},
		shows: is(200), permits: either(is(401, 403), unavailable), check: echoes,
		level: traceNorm.level, rule: traceNorm.rule,
	},
	passes(no(decision.M8), 405, through),
	{
		edge: yes(decision.M9), needs: func(k *known) string {
			if forEveryone(k) {
				return "OPTIONS is answered before it is asked who sends it"
			}
			return through(k)
		},
		ask:   func(k *known) rawhttp.Request { return k.method(http.MethodOptions) },
		shows: is(200, 204), permits: either(is(401, 403, 405, 501), redirects, unavailable), check: has("Allow"),
		level: report.Should, rule: "OPTIONS is answered with the methods that there are, in Allow.",
	},
	passes(no(decision.M9), 405, through),
}

// forEveryone reports whether OPTIONS is answered as browsers need it.
func forEveryone(k *known) bool { return k.options.Get("Access-Control-Allow-Methods") != "" }

// traced is a field that TRACE sends back.
const traced = "X-Probe: echo"

const notAllowedRule = "A method that the resource does not allow is answered 405."

var (
	allowNorm = norm{report.Must, "A 405 says in Allow which methods there are.", "15.5.6"}
	traceNorm = norm{report.Should, "TRACE sends the request back, without what is secret in it.", "9.3.8"}
)

// notAllowed sends a method that the resource does not allow.
func notAllowed(method string) recipe {
	return recipe{
		edge: no(decision.M2), name: method, writes: true, needs: all(through, notAllowing(method)),
		ask:   func(k *known) rawhttp.Request { return k.method(method) },
		shows: is(405), permits: either(is(401, 403, 501, 411, 413, 415), redirects, unavailable), check: namesMethods, checked: allowNorm,
		level: report.Should, rule: notAllowedRule, section: "9.1", otherwise: worksAnyway,
	}
}

func success(_ *known, status int) bool     { return status >= 200 && status < 300 }
func redirects(_ *known, status int) bool   { return status >= 300 && status < 400 }
func clientError(_ *known, status int) bool { return status >= 400 && status < 500 }

// unavailable matches a status that says of the resource, as that of the plain GET
// does, that it cannot be had: whatever the method, a page that is gone is gone.
func unavailable(k *known, status int) bool {
	absent := func(s int) bool { return s == 404 || s == 410 }
	return status >= 400 && status == k.plain.Status || absent(status) && absent(k.plain.Status)
}

// worksAnyway judges a method that is not refused. It is not known to be wrong if
// the methods are not known and the content is another than that of GET.
func worksAnyway(k *known, a *rawhttp.Response) (string, norm) {
	if a.Successful() && len(k.allow) == 0 && k.unlike(a) {
		return "", norm{}
	}
	return "the method is not allowed, and the answer is " + a.Summary(), norm{}
}

// tracesAnyway judges a TRACE where Allow does not name it. It may be right all
// the same.
func tracesAnyway(k *known, a *rawhttp.Response) (string, norm) {
	if a.Status != http.StatusOK {
		return "the method is not allowed, and the answer is " + a.Summary(), norm{}
	}
	return echoes(k, a), traceNorm
}

// namesMethods checks a 405.
func namesMethods(_ *known, a *rawhttp.Response) string {
	if len(a.Header.Values("Allow")) == 0 {
		return "the 405 has no Allow"
	}
	return ""
}

// has checks that there is a field.
func has(field string) check {
	return func(_ *known, a *rawhttp.Response) string {
		if len(a.Header.Values(field)) == 0 {
			return "the " + a.Summary() + " has no " + http.CanonicalHeaderKey(field)
		}
		return ""
	}
}

// echoes checks the response to TRACE. message/http is one way to send a request
// back; others are right too (9.3.8).
func echoes(_ *known, a *rawhttp.Response) string {
	switch body := string(a.Body); {
	case !strings.Contains(strings.ToLower(body), strings.ToLower(traced)):
		return "the request is not sent back"
	case strings.Contains(body, "probe=secret"):
		return "a Cookie is sent back"
	}
	return ""
}
