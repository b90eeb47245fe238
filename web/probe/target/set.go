package target

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/web/decision"
)

// Set has the resources by name.
type Set struct{ resources map[string]decision.Resource }

var modified = time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)

const jsonType = "application/json"

// All makes the set. Base is the path in front of the names: "/-/flow-target/".
func All(base string) *Set {
	methods := func(m ...string) []string { return m }
	reads := representation(jsonType, "", `{"title":"target"}`)
	form := func(o decision.Outcome, allowed ...string) *resource {
		return &resource{
			methods: append(allowed, "GET"), representations: reads, process: comesTo(o),
			content: decision.Content{Types: []string{jsonType}, Limit: 64 << 10},
		}
	}
	changed := func(r *resource, change func(*resource)) *resource {
		change(r)
		return r
	}
	moved := func(kind decision.Existence, toGet bool) *resource {
		return &resource{state: decision.State{Existence: kind, ToGet: toGet, Location: base + "page"}}
	}
	creates := func(condition bool) *resource {
		return changed(form(decision.Outcome{Result: decision.Created}, "PUT"), func(r *resource) {
			r.state = decision.State{Existence: decision.Missing, MayCreate: true, Condition: condition}
		})
	}
	result := func(r decision.Result) decision.Outcome { return decision.Outcome{Result: r} }
	answer := representation(jsonType, "", `{}`)[0]
	return &Set{map[string]decision.Resource{
		"page":          &resource{representations: pages(base), strict: true},
		"lenient":       &resource{representations: pages(base)},
		"choose":        &resource{representations: pages(base), state: decision.State{Choose: true}},
		"page.html":     &resource{representations: pages("")[:1]},
		"empty":         &resource{},
		"moved":         moved(decision.MovedPermanently, false),
		"moved-old":     moved(decision.MovedPermanently, true),
		"elsewhere":     moved(decision.MovedTemporarily, false),
		"elsewhere-old": moved(decision.MovedTemporarily, true),
		"see-other":     moved(decision.SeeOther, false),
		"gone":          &resource{state: decision.State{Existence: decision.Gone, Reason: "It was withdrawn."}},
		"private":       &resource{access: decision.Access{Challenge: `Basic realm="target"`}},
		"forbidden":     &resource{access: decision.Access{Forbidden: true}},
		"hidden":        &resource{access: decision.Access{Hidden: true}},
		"blocked":       &resource{access: decision.Access{Blocked: true, BlockedBy: "https://authority.invalid/"}},
		"quota":         &resource{access: decision.Access{OverQuota: true, RetryAfter: time.Minute}},
		"too-fast":      &resource{representations: reads},
		"unavailable":   &resource{unavailable: true},
		"fault":         &resource{fault: errFault},
		"trace":         &resource{methods: methods("GET", "TRACE"), representations: reads},
		"cors": &resource{representations: reads, preflight: http.Header{
			"Access-Control-Allow-Origin": {"*"}, "Access-Control-Allow-Methods": {"GET"},
		}},
		"document":    form(decision.Outcome{}, "PUT", "POST", "PATCH", "DELETE"),
		"answer":      form(decision.Outcome{Content: &answer}, "POST"),
		"slow":        changed(form(decision.Outcome{}, "POST"), func(r *resource) { r.content.Timeout = 500 * time.Millisecond }),
		"length":      changed(form(decision.Outcome{}, "POST"), func(r *resource) { r.content.LengthRequired = true }),
		"guarded":     changed(form(decision.Outcome{}, "PUT"), func(r *resource) { r.state.Condition = true }),
		"done":        changed(form(decision.Outcome{}, "PUT"), func(r *resource) { r.state.Done = true }),
		"new":         creates(false),
		"new-guarded": creates(true),
		"collection":  form(decision.Outcome{Result: decision.Created, Location: base + "document"}, "POST"),
		"conflict":    form(result(decision.Conflict), "POST", "DELETE"),
		"queue":       form(result(decision.Queued), "POST", "DELETE"),
		"result":      form(decision.Outcome{Result: decision.Elsewhere, Location: base + "page"}, "POST"),
		"form":        form(result(decision.Reset), "POST"),
		"busy":        form(decision.Outcome{Result: decision.TooMany, RetryAfter: time.Minute}, "POST"),
		"full":        form(result(decision.NoRoom), "POST", "DELETE"),
		"upstream":    form(result(decision.UpstreamWrong), "POST"),
		"late":        form(result(decision.UpstreamTooLate), "POST"),
		"query":       form(decision.Outcome{}, "QUERY"),
	}}
}

// Find returns the resource with a name; nil if there is none.
func (s *Set) Find(name string) decision.Resource { return s.resources[name] }

// Names returns the names of all resources, sorted.
func (s *Set) Names() []string { return slices.Sorted(maps.Keys(s.resources)) }

// Serves is false for authorities below .invalid, which are nobody's (RFC 2606
// section 2).
func Serves(authority string) bool {
	host, _, _ := strings.Cut(authority, ":")
	return !strings.HasSuffix(strings.TrimSuffix(host, "."), ".invalid")
}

// TooFast is true for the resource too-fast.
func TooFast(r *http.Request) (bool, time.Duration) {
	return strings.HasSuffix(r.URL.Path, "/too-fast"), time.Minute
}

func representation(mediaType, language, content string) []decision.Representation {
	r := decision.Bytes(mediaType, []byte(content))
	r.Language, r.Modified = language, modified
	return []decision.Representation{r}
}

// pages returns the forms of a page: two types and two languages, each with and
// without a coding. The first has a URL of its own.
func pages(base string) []decision.Representation {
	var all []decision.Representation
	for _, mediaType := range []string{"text/html", jsonType} {
		for _, language := range []string{"en", "de"} {
			content := fmt.Appendf(nil, "%q", language+" "+mediaType+strings.Repeat(" 0123456789", 400))
			for _, coding := range []string{"", "gzip"} {
				sent := content
				if coding != "" {
					sent = gzipped(content)
				}
				r := decision.Bytes(mediaType+"; charset=utf-8; language="+language+"; coding="+coding, sent)
				r.Type, r.Charset, r.Language, r.Coding = mediaType, "utf-8", language, coding
				r.Modified, r.CacheControl = modified, "no-cache"
				if base != "" && len(all) == 0 {
					r.Location = base + "page.html"
				}
				all = append(all, r)
			}
		}
	}
	return all
}

func gzipped(content []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(content) // into memory, which does not fail
	w.Close()
	return b.Bytes()
}
