package probe

import (
	"net/http"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/probe/rawhttp"
)

// outcome is an edge that depends on the outcome of a method.
func outcome(edge decision.Edge, methods []string, statuses ...int) recipe {
	return writes(edge, "", methods, is(statuses...), nil, is(statuses...), nil, "The status says what came of the request.")
}

func slowly(r recipe) recipe {
	r.slow = true
	return r
}

func checked(r recipe, c check, rule string) recipe {
	r.check, r.rule = c, rule
	return r
}

func named(r recipe, name string) recipe {
	r.name = name
	return r
}

var outcomeRecipes = []recipe{
	outcome(yes(decision.P1), withContent, 200, 201, 202, 204),
	slowly(writes(no(decision.P1), "", withContent, processed, starved, is(408), either(tolerated, is(rawhttp.Closed)),
		"Content that does not come is not waited for without end.")),
	outcome(yes(decision.P1b), withContent, 200, 201, 202, 204),
	writes(no(decision.P1b), "2 MiB in chunks", withContent, processed, much, is(413), either(tolerated, is(rawhttp.Closed)),
		"More content than is taken is answered 413."),
	outcome(yes(decision.P2), withContent, 200, 201, 202, 204),
	writes(no(decision.P2), "", withContent, processed, damaged, is(400), tolerated, "Content whose syntax is wrong is answered 400."),
	outcome(yes(decision.P3), withContent, 200, 201, 202, 204),
	writes(no(decision.P3), "", withContent, processed, senseless, is(422), tolerated, "Content that makes no sense is answered 422."),
	outcome(yes(decision.P4), withContent, 409),
	outcome(no(decision.P4), withContent, 200, 201, 202, 204),
	outcome(yes(decision.P4b), withContent, 429),
	outcome(no(decision.P4b), withContent, 200, 201, 202, 204),
	outcome(yes(decision.P5), withContent, 200, 201, 202, 204),
	outcome(no(decision.P5), withContent, 507),
	outcome(yes(decision.P5b), withContent, 200, 201, 202, 204),
	outcome(no(decision.P5b), withContent, 502),
	outcome(yes(decision.P5c), withContent, 200, 201, 202, 204),
	outcome(no(decision.P5c), withContent, 504),
	outcome(yes(decision.P6), withContent, 202),
	outcome(no(decision.P6), withContent, 200, 201, 204),
	should(checked(outcome(yes(decision.P7), withContent, 303), has("Location"), "A 303 says in Location where the result is.")),
	outcome(no(decision.P7), withContent, 200, 201, 204),
	outcome(yes(decision.P8), withContent, 201),
	should(checked(named(outcome(yes(decision.P8), []string{http.MethodPost}, 201), "POST"), has("Location"), "A POST that creates something says in Location what.")),
	outcome(no(decision.P8), withContent, 200, 204),
	checked(outcome(yes(decision.F1), withContent, 205), func(_ *known, a *rawhttp.Response) string {
		if len(a.Body) > 0 {
			return "the 205 has content"
		}
		return ""
	}, "A 205 has no content."),
	outcome(no(decision.F1), withContent, 200, 204),
	outcome(yes(decision.F2), withContent, 200),
	outcome(no(decision.F2), withContent, 204),
	outcome(no(decision.D1), withContent, 200, 201, 202, 204),
}

var deleting = []string{http.MethodDelete}

var deleteRecipes = []recipe{
	outcome(yes(decision.D1), deleting, 200, 204, 202, 409),
	outcome(yes(decision.D2), deleting, 409),
	outcome(no(decision.D2), deleting, 200, 202, 204),
	outcome(yes(decision.D3), deleting, 200, 204),
	outcome(no(decision.D3), deleting, 202, 422, 502, 504, 507),
	outcome(yes(decision.D3b), deleting, 202),
	outcome(no(decision.D3b), deleting, 422, 502, 504, 507),
}
