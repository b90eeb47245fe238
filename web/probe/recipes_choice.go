package probe

import (
	"slices"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/probe/rawhttp"
	"github.com/rhaptos/rhaptos/web/probe/report"
)

// Fields that accept none of the representations.
const (
	noType     = "Accept: application/x-probe"
	noLanguage = "Accept-Language: x-probe, *;q=0"
	noCharset  = "Accept-Charset: x-probe, *;q=0"
	noCoding   = "Accept-Encoding: identity;q=0, *;q=0"
)

const choiceRule = "What is not acceptable is answered 406, or with something else than was wanted; never in another way."

// accepts sends a field that accepts a representation.
func accepts(edge decision.Edge, name string, needs need, ask func(*known) rawhttp.Request, c check, rule, section string) recipe {
	return recipe{edge: edge, name: name, needs: needs, ask: ask, shows: asPlain, check: c, level: report.Should, rule: rule, section: section}
}

// acceptsNothing sends a field that accepts none of the representations. Where
// the plain response does not state the property, another success shows
// nothing.
func acceptsNothing(at decision.Node, field string, stated func(*known) bool) recipe {
	return recipe{
		edge: no(at), name: field, needs: sends, ask: func(k *known) rawhttp.Request { return k.get(field) },
		shows: func(k *known, status int) bool { return status == 406 || asPlain(k, status) && stated(k) }, permits: asPlain,
		level: report.Should, rule: choiceRule, section: "12.4.1, 15.5.7",
	}
}

// insists shows whether a resource would send another representation rather
// than none. Other responses are judged by the recipes above.
func insists(field string, stated func(*known) bool) []recipe {
	ask := func(k *known) rawhttp.Request { return k.get(field) }
	return []recipe{
		{
			edge: yes(decision.C5), name: field, needs: sends, ask: ask,
			shows: is(406), permits: but(), rule: choiceRule,
		},
		{
			edge: no(decision.C5), name: field, needs: sends, ask: ask,
			shows: func(k *known, status int) bool { return asPlain(k, status) && stated(k) }, permits: but(), rule: choiceRule,
		},
	}
}

// says reports whether the plain response has the field.
func says(field string) func(*known) bool {
	return func(k *known) bool { return k.plain.Get(field) != "" }
}

// never: a server may ignore Accept-Charset (12.5.2), so a success does not
// show that it looked for a charset.
func never(*known) bool { return false }

func hasContent(k *known) bool { return k.plain.Status == 200 && len(k.plain.Body) > 0 }

var choiceRecipes = slices.Concat([]recipe{
	accepts(yes(decision.C1), "its type", sends, func(k *known) rawhttp.Request { return k.get("Accept: " + k.plain.MediaType()) },
		func(k *known, a *rawhttp.Response) string {
			return differs("Content-Type", k.plain.MediaType(), a.MediaType())
		},
		"What Accept names is what is sent.", "12.5.1"),
	accepts(yes(decision.C1), "another type", varied,
		func(k *known) rawhttp.Request { return k.get("Accept: " + k.variants()[1].MediaType()) },
		func(k *known, a *rawhttp.Response) string {
			if tag := a.Get("Etag"); k.etag != "" && k.etag == tag && tag[0] == '"' && k.unlike(a) {
				return "another type has the same strong ETag " + tag
			}
			return ""
		},
		"Each representation has a strong ETag of its own.", "8.8.3"),
	accepts(yes(decision.C1), "type that is refused", varied,
		func(k *known) rawhttp.Request { return k.get("Accept: " + k.plain.MediaType() + ";q=0, */*;q=0.5") },
		func(k *known, a *rawhttp.Response) string {
			if a.MediaType() == k.plain.MediaType() {
				return "the type is sent that Accept refuses with q=0, though there is another one"
			}
			return ""
		},
		"A type with q=0 is not acceptable.", "12.4.2"),
	acceptsNothing(decision.C1, noType, hasContent),
	accepts(yes(decision.C2), "", here, func(k *known) rawhttp.Request { return k.get() }, nil, "Without Accept-Language any language will do.", "12.5.4"),
	acceptsNothing(decision.C2, noLanguage, says("Content-Language")),
	accepts(yes(decision.C3), "", here, func(k *known) rawhttp.Request { return k.get() }, nil, "Without Accept-Charset any charset will do.", "12.5.2"),
	acceptsNothing(decision.C3, noCharset, never),
	accepts(yes(decision.C4), "", here, func(k *known) rawhttp.Request { return k.get() }, nil, "Without Accept-Encoding any coding will do.", "12.5.3"),
	accepts(yes(decision.C4), "gzip", sends, func(k *known) rawhttp.Request { return k.get("Accept-Encoding: gzip") }, gzipTagged,
		"A coded representation has a strong ETag of its own.", "8.8.3.3"),
	accepts(yes(decision.C4), "gzip and Vary", sends, func(k *known) rawhttp.Request { return k.get("Accept-Encoding: gzip") }, gzipVaries,
		"Vary says that a coded representation was chosen, where caches may use it without asking.", "12.5.5"),
	accepts(yes(decision.C4), "gzip refused", func(k *known) string {
		if k.coded() == nil {
			return "nothing is sent in gzip"
		}
		return ""
	}, func(k *known) rawhttp.Request { return k.get("Accept-Encoding: gzip;q=0, identity") },
		func(_ *known, a *rawhttp.Response) string {
			if a.Lists("Content-Encoding", "gzip") {
				return "the coding is sent that Accept-Encoding refuses with q=0"
			}
			return ""
		},
		"A coding with q=0 is not acceptable.", "12.4.2"),
	acceptsNothing(decision.C4, noCoding, hasContent),
},
	insists(noType, hasContent), insists(noLanguage, says("Content-Language")),
	insists(noCharset, never), insists(noCoding, hasContent),
)

// varied needs a target with several media types.
func varied(k *known) string {
	if len(k.variants()) < 2 {
		return "it has one media type only"
	}
	return ""
}

func differs(field, want, got string) string {
	if want == got {
		return ""
	}
	return "the " + field + " is " + got + ", and not " + want
}

func gzipTagged(k *known, a *rawhttp.Response) string {
	if tag := a.Get("Etag"); a.Lists("Content-Encoding", "gzip") && tag != "" && tag == k.etag && tag[0] == '"' {
		return "the coded content has the same strong ETag " + tag + " as the other"
	}
	return ""
}

// gzipVaries checks Vary where there are two codings. It may be left out where
// caches are told not to keep the response, or to ask before they use it.
func gzipVaries(k *known, a *rawhttp.Response) string {
	chosen := a.Lists("Content-Encoding", "gzip") && !k.plain.Lists("Content-Encoding", "gzip")
	if !chosen || a.Lists("Vary", "Accept-Encoding") || a.Lists("Vary", "*") {
		return ""
	}
	for _, limit := range []string{"no-store", "no-cache", "private", "max-age=0", "s-maxage=0"} {
		if a.Lists("Cache-Control", limit) {
			return ""
		}
	}
	return "there is no Accept-Encoding in Vary"
}
