package probe

import (
	"net/http"
	"time"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/negotiate"
	"github.com/rhaptos/rhaptos/web/probe/rawhttp"
	"github.com/rhaptos/rhaptos/web/probe/report"
)

const (
	otherTag = `"probe"`
	badDate  = "Sunday, the day before yesterday"
)

// weakened returns the entity tag as a weak one.
func (k *known) weakened() string {
	if k.etag[0] != '"' {
		return k.etag
	}
	return "W/" + k.etag
}

// at returns the date of the last modification, shifted.
func (k *known) at(by time.Duration) string { return negotiate.FormatDate(k.modified.Add(by)) }

const day = 24 * time.Hour

// conditional sends a precondition with GET.
func conditional(edge decision.Edge, name string, needs need, status int, ask func(*known) rawhttp.Request, rule, section string) recipe {
	r := recipe{edge: edge, name: name, needs: needs, ask: ask, shows: is(status), rule: rule, section: section}
	if status == http.StatusNotModified {
		r.check = keepsFields
	}
	return r
}

func unconditional(edge decision.Edge) recipe {
	return recipe{edge: edge, needs: here, ask: with(), shows: asPlain, rule: "Without a precondition GET is answered as it is."}
}

func withTag(field string) func(*known) rawhttp.Request {
	return func(k *known) rawhttp.Request { return k.get(field + ": " + k.etag) }
}

func withDate(field string, by time.Duration) func(*known) rawhttp.Request {
	return func(k *known) rawhttp.Request { return k.get(field + ": " + k.at(by)) }
}

func with(fields ...string) func(*known) rawhttp.Request {
	return func(k *known) rawhttp.Request { return k.get(fields...) }
}

const (
	ifMatchRule  = "If-Match is true for * and for a tag that is the current one in the strong comparison; otherwise the answer is 412."
	noneRule     = "If-None-Match is false for * and for a tag that is the current one in the weak comparison: then GET is answered 304."
	strongRule   = "Weak tags never match in If-Match."
	unmodRule    = "If-Unmodified-Since is false if the resource was modified later: then the answer is 412."
	modRule      = "If-Modified-Since with the date of Last-Modified is answered 304."
	shutsOutRule = "If-Unmodified-Since is ignored where there is an If-Match."
)

var conditionRecipes = []recipe{
	conditional(yes(decision.K2), "", strong, 200, withTag("If-Match"), ifMatchRule, "13.1.1"),
	unconditional(no(decision.K2)),
	conditional(yes(decision.K3), "", strong, 200, withTag("If-Match"), ifMatchRule, ""),
	conditional(yes(decision.K3), "*", sends, 200, with("If-Match: *"), ifMatchRule, ""),
	conditional(yes(decision.K3), "list", strong, 200,
		func(k *known) rawhttp.Request { return k.get("If-Match: " + otherTag + ", " + k.etag) }, ifMatchRule, ""),
	conditional(yes(decision.K3), "and If-Unmodified-Since", func(k *known) string { return all(strong, dated)(k) }, 200,
		func(k *known) rawhttp.Request { return k.get("If-Match: "+k.etag, "If-Unmodified-Since: "+k.at(-day)) }, shutsOutRule, "13.1.4"),
	conditional(no(decision.K3), "", sends, 412, with("If-Match: "+otherTag), ifMatchRule, ""),
	conditional(no(decision.K3), "weak", tagged, 412,
		func(k *known) rawhttp.Request { return k.get("If-Match: " + k.weakened()) }, strongRule, ""),
	conditional(yes(decision.K4), "", dated, 412, withDate("If-Unmodified-Since", -day), unmodRule, ""),
	unconditional(no(decision.K4)),
	conditional(no(decision.K4), "no date", sends, 200, with("If-Unmodified-Since: "+badDate), "What is no date is ignored.", ""),
	conditional(yes(decision.K5), "", dated, 200, withDate("If-Unmodified-Since", 0), unmodRule, "13.1.4"),
	conditional(no(decision.K5), "", dated, 412, withDate("If-Unmodified-Since", -day), unmodRule, "13.1.4"),
	conditional(no(decision.K5b), "", sends, 412, with("If-Match: "+otherTag), ifMatchRule, ""),
	conditional(yes(decision.K6), "", tagged, 304, withTag("If-None-Match"), noneRule, "13.1.2"),
	unconditional(no(decision.K6)),
	conditional(yes(decision.K7), "", tagged, 304, withTag("If-None-Match"), noneRule, ""),
	conditional(yes(decision.K7), "*", sends, 304, with("If-None-Match: *"), noneRule, ""),
	conditional(yes(decision.K7), "list", tagged, 304,
		func(k *known) rawhttp.Request { return k.get("If-None-Match: " + otherTag + ", " + k.etag) }, noneRule, ""),
	conditional(yes(decision.K7), "weak", tagged, 304,
		func(k *known) rawhttp.Request { return k.get("If-None-Match: " + k.weakened()) }, noneRule, ""),
	conditional(no(decision.K7), "", sends, 200, with("If-None-Match: "+otherTag), noneRule, ""),
	conditional(no(decision.K7), "and If-Modified-Since", dated, 200,
		func(k *known) rawhttp.Request {
			return k.get("If-None-Match: "+otherTag, "If-Modified-Since: "+k.at(0))
		},
		"If-Modified-Since is ignored where there is an If-None-Match.", "13.1.3"),
	conditional(yes(decision.K8), "GET", tagged, 304, withTag("If-None-Match"), "A 304 has the fields of the 200 that a cache needs.", "15.4.5"),
	conditional(yes(decision.K8), "HEAD", tagged, 304,
		func(k *known) rawhttp.Request { return k.method(http.MethodHead, "If-None-Match: "+k.etag) }, noneRule, ""),
	should(conditional(yes(decision.K9), "", dated, 304, withDate("If-Modified-Since", 0), modRule, "")),
	unconditional(no(decision.K9)),
	conditional(no(decision.K9), "no date", sends, 200, with("If-Modified-Since: "+badDate), "What is no date is ignored.", ""),
	conditional(yes(decision.K10), "", dated, 200, withDate("If-Modified-Since", -day), "If-Modified-Since is true if the resource was modified later.", "13.1.3"),
	should(conditional(no(decision.K10), "", dated, 304, withDate("If-Modified-Since", 0), modRule, "13.1.3")),
	permit(should(conditional(no(decision.K10), "later", dated, 304,
		func(k *known) rawhttp.Request {
			return k.get("If-Modified-Since: " + negotiate.FormatDate(time.Now().Add(day)))
		}, modRule, "13.1.3")), is(200)),
}

func should(r recipe) recipe {
	r.level = report.Should
	return r
}

func permit(r recipe, m match) recipe {
	r.permits = m
	return r
}

// keepsFields checks that a 304 has the fields of 15.4.5 that the 200 has.
func keepsFields(k *known, a *rawhttp.Response) string {
	for _, field := range []string{"Etag", "Vary", "Cache-Control", "Content-Location", "Expires", "Date"} {
		if k.plain.Get(field) != "" && a.Get(field) == "" {
			return "the 304 has no " + field + ", and the 200 has"
		}
	}
	return ""
}
