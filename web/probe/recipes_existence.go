package probe

import (
	"net/http"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/probe/rawhttp"
	"github.com/rhaptos/rhaptos/web/probe/report"
)

const movedRule = "A redirection says in Location where to go."

var here = answers(200, 204, 300)

// moved is an edge of a redirection, seen by its status.
func moved(edge decision.Edge, statuses ...int) recipe {
	return recipe{
		edge: edge, needs: answers(statuses...), ask: func(k *known) rawhttp.Request { return k.get() },
		shows: is(statuses...), check: has("Location"), level: report.Should, rule: movedRule,
	}
}

// absent is an edge of a resource that is gone or missing, seen by its status.
func absent(edge decision.Edge, statuses ...int) recipe {
	return recipe{
		edge: edge, needs: answers(statuses...), ask: func(k *known) rawhttp.Request { return k.get() },
		shows: is(statuses...), rule: "The status says what became of the resource.",
	}
}

// unconcerned sends a precondition where GET is not answered with a success: it
// must be ignored.
func unconcerned(edge decision.Edge, field string, statuses ...int) recipe {
	return recipe{
		edge: edge, name: field, needs: answers(statuses...), ask: func(k *known) rawhttp.Request { return k.get(field) },
		shows: asPlain, rule: "A precondition is ignored where the answer without it is neither a success nor 412.", section: "13.2.1",
	}
}

var existenceRecipes = []recipe{
	absent(yes(decision.X1), 200, 204, 300),
	{
		edge: no(decision.X1), name: "a name beside it", needs: through,
		ask: func(k *known) rawhttp.Request {
			r := k.get()
			r.URL = k.missing()
			return r
		},
		shows: is(404, 410), permits: noFault,
		rule: "What does not exist is answered 404.", section: "15.5.5",
	},
	moved(yes(decision.X2), 301, 308),
	unconcerned(yes(decision.X2), `If-Match: "probe"`, 301, 308),
	moved(no(decision.X2), 302, 303, 307),
	moved(yes(decision.X2a), 301),
	moved(no(decision.X2a), 308),
	moved(yes(decision.X2b), 302, 307),
	moved(no(decision.X2b), 303),
	moved(yes(decision.X2c), 302),
	moved(no(decision.X2c), 307),
	moved(yes(decision.X2d), 303),
	absent(no(decision.X2d), 410),
	absent(yes(decision.X3), 410),
	unconcerned(yes(decision.X3), `If-Match: "probe"`, 410),
	// Only Decision-Path shows that a 404 hides nothing.
	{
		edge: no(decision.X3), needs: through, ask: askMissing(), shows: is(404), permits: noFault,
		rule: "What never was is answered 404.", section: "15.5.5",
	},
	{
		edge: no(decision.X4), needs: through, ask: askMissing(), shows: is(404), permits: noFault,
		rule: "What never was is answered 404.",
	},
	{
		edge: no(decision.X4), name: "If-Match: *", needs: missingIs404, ask: askMissing("If-Match: *"), shows: is(404),
		rule: "A precondition is ignored where the answer without it is neither a success nor 412.", section: "13.2.1",
	},
	{
		edge: no(decision.X4), name: "If-None-Match: *", needs: missingIs404, ask: askMissing("If-None-Match: *"), shows: is(404),
		rule: "A precondition is ignored where the answer without it is neither a success nor 412.", section: "13.2.1",
	},
	creating(yes(decision.X4), "", is(201), nil, "PUT and POST may create what is not there.", ""),
	creating(yes(decision.X5), "", is(412), []string{"If-Match: *"}, "If-Match fails where there is nothing, and nothing is created.", "13.1.1"),
	creating(no(decision.X5), "", is(201), nil, "PUT and POST may create what is not there.", ""),
	{
		edge: yes(decision.X6), writes: true,
		needs: func(k *known) string {
			if lack := answers(404, 410)(k); lack != "" {
				return lack
			}
			if k.writer(is(428), http.MethodPut, http.MethodPost) == nil {
				return "no address was given at which something is created only under a precondition"
			}
			return ""
		},
		ask:   func(k *known) rawhttp.Request { return k.writer(is(428), http.MethodPut, http.MethodPost).request },
		shows: is(428), rule: "A request without the precondition that it needs is answered 428.",
	},
	creating(no(decision.X6), "", is(201), nil, "If-None-Match: * is true where there is nothing.", "13.1.2"),
	creating(no(decision.X6), "If-None-Match: *", is(201, 200, 202, 204), []string{"If-None-Match: *"}, "If-None-Match: * is true where there is nothing.", "13.1.2"),
}

func askMissing(fields ...string) func(*known) rawhttp.Request {
	return func(k *known) rawhttp.Request {
		r := k.get(fields...)
		r.URL = k.missing()
		return r
	}
}

func missingIs404(k *known) string {
	if lack := through(k); lack != "" {
		return lack
	}
	if k.do(askMissing()(k)).Status != 404 {
		return "what is missing is not answered 404"
	}
	return ""
}

// creating is a write to a resource that is missing and may be created.
func creating(edge decision.Edge, name string, shows match, fields []string, rule, section string) recipe {
	find := func(k *known) *written { return k.writer(is(201), http.MethodPut, http.MethodPost) }
	return recipe{
		edge: edge, name: name, writes: true,
		needs: func(k *known) string {
			if lack := answers(404, 410)(k); lack != "" {
				return lack
			}
			if find(k) == nil {
				return "no address was given at which something can be created"
			}
			if len(fields) > 0 && k.again(k.get()).Status != k.plain.Status {
				return "what was created there is there now"
			}
			return ""
		},
		ask:   func(k *known) rawhttp.Request { return find(k).request.With(fields...) },
		shows: shows, rule: rule, section: section,
	}
}
