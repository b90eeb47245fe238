package probe

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/probe/rawhttp"
	"github.com/rhaptos/rhaptos/web/probe/report"
)

const (
	ignoreRule = "Range is for GET only, and its unit must be known; otherwise it is ignored."
	partRule   = "A part is sent as 206, with its place in Content-Range."
	ifRange    = "If-Range must match: a tag strongly, a date exactly. Otherwise the whole is sent."
)

var rangeRecipes = []recipe{
	{
		edge: yes(decision.G1), needs: answers(300), ask: with(), shows: is(300),
		rule: "A 300 leaves the choice to the client.",
	},
	{
		edge: no(decision.G1), needs: answers(200, 204), ask: with(), shows: asPlain,
		rule: "Where there is nothing to choose, something is sent.",
	},
	ranged206(decision.G2, "bytes=0-0"),
	{
		edge: no(decision.G2), needs: sends, ask: with(), shows: is(200), rule: ignoreRule,
	},
	{
		edge: no(decision.G2), name: "unknown unit", needs: sends, ask: with("Range: probes=0-0"), shows: is(200), check: whole, rule: ignoreRule,
	},
	{
		edge: no(decision.G2), name: "HEAD", needs: ranged,
		ask:   func(k *known) rawhttp.Request { return k.method(http.MethodHead, "Range: bytes=0-0") },
		shows: is(200), rule: ignoreRule,
	},
	{
		edge: yes(decision.G3), name: "tag", needs: all(ranged, strong),
		ask:   func(k *known) rawhttp.Request { return k.get("Range: bytes=0-0", "If-Range: "+k.etag) },
		shows: is(206), permits: is(200), check: partOf(0, 0), rule: ifRange,
	},
	{
		edge: yes(decision.G3), name: "date", needs: all(ranged, dated),
		ask:   func(k *known) rawhttp.Request { return k.get("Range: bytes=0-0", "If-Range: "+k.at(0)) },
		shows: is(206), permits: is(200), check: partOf(0, 0), rule: ifRange,
	},
	unmatched("another tag", ranged, func(k *known) string { return otherTag }),
	unmatched("weak tag", all(ranged, tagged), func(k *known) string { return k.weakened() }),
	unmatched("another date", all(ranged, dated), func(k *known) string { return k.at(day) }),
	ranged206(decision.G4, "bytes=0-0"),
	{
		edge: no(decision.G4), name: "backwards", needs: ranged, ask: with("Range: bytes=9-1"),
		shows: is(200, 400, 416), rule: "A range that ends before it begins is ignored or refused.", section: "14.2",
	},
	{
		edge: no(decision.G4), name: "1000 ranges", needs: ranged, ask: with("Range: bytes=" + strings.Repeat("0-0,", 999) + "0-0"),
		shows: is(200, 400, 416), permits: is(206, 431), rule: "More ranges than a reader needs may be ignored or refused.",
	},
	ranged206(decision.G5, "bytes=0-0"),
	{
		edge: yes(decision.G5), name: "last byte", needs: ranged, ask: with("Range: bytes=-1"),
		shows: is(206), permits: is(200), check: lastByte, rule: partRule, section: "14.1.2",
	},
	{
		edge: yes(decision.G5), name: "beyond the end", needs: ranged,
		ask: func(k *known) rawhttp.Request {
			return k.get(fmt.Sprintf("Range: bytes=%d-%d", k.length()-1, k.length()+9999))
		},
		shows: is(206), permits: is(200), check: lastByte, rule: "A range that goes on beyond the end is cut there.", section: "14.1.2",
	},
	{
		edge: yes(decision.G5), name: "longer than all", needs: ranged,
		ask:   func(k *known) rawhttp.Request { return k.get(fmt.Sprintf("Range: bytes=-%d", k.length()+9999)) },
		shows: is(206), permits: is(200), check: func(k *known, a *rawhttp.Response) string { return partOf(0, k.length()-1)(k, a) },
		rule: "As many last bytes as there are not are all of them.", section: "14.1.2",
	},
	{
		edge: yes(decision.G5), name: "several", needs: func(k *known) string {
			if lack := ranged(k); lack != "" || k.length() >= 1000 {
				return lack
			}
			return "it is too short for several ranges"
		},
		ask: func(k *known) rawhttp.Request {
			return k.get(fmt.Sprintf("Range: bytes=0-9,%d-%d", k.length()-10, k.length()-1))
		},
		shows: is(206), permits: is(200), check: several, rule: "Several parts are sent as multipart/byteranges.", section: "14.6, 15.3.7.2",
	},
	{
		edge: no(decision.G5), name: "behind the end", needs: ranged,
		ask:   func(k *known) rawhttp.Request { return k.get(fmt.Sprintf("Range: bytes=%d-", k.length())) },
		shows: is(416), permits: is(200), check: saysLength, level: report.Should,
		rule: "A range of which there is nothing is answered 416, which says the length in Content-Range.", section: "15.5.17",
	},
	{
		edge: no(decision.G5), name: "no last bytes", needs: ranged, ask: with("Range: bytes=-0"),
		shows: is(416), permits: is(200), otherwise: noBytes,
		level: report.Should, rule: "No last bytes are nothing: that range cannot be satisfied.", section: "14.2",
	},
	{
		edge: yes(decision.G6), needs: sends, ask: func(k *known) rawhttp.Request { return k.method(http.MethodHead) },
		name: "HEAD", shows: is(200), check: likeGet, level: report.Should,
		rule: "HEAD is answered with the fields of GET, and without content.", section: "9.3.2",
	},
	{
		edge: yes(decision.G6), needs: sends, ask: with(), shows: is(200), rule: "What there is is sent.",
	},
	{
		edge: no(decision.G6), needs: answers(204), ask: with(), shows: is(204), rule: "Where there is nothing to send, the answer is 204.",
	},
}

func ranged206(at decision.Node, set string) recipe {
	return recipe{
		edge: yes(at), needs: ranged, ask: with("Range: " + set), shows: is(206), permits: is(200),
		check: partOf(0, 0), rule: partRule, section: "15.3.7.1",
	}
}

func unmatched(name string, needs need, value func(*known) string) recipe {
	return recipe{
		edge: no(decision.G3), name: name, needs: needs,
		ask:   func(k *known) rawhttp.Request { return k.get("Range: bytes=0-0", "If-Range: "+value(k)) },
		shows: is(200), check: whole, rule: ifRange,
	}
}

// partOf checks that the response is the part from first to last, in bytes, or a
// part of that: a server may send less than was asked for (15.3.7).
func partOf(first, last int64) check {
	return func(k *known, a *rawhttp.Response) string {
		start, end, wrong := contentRange(k, a)
		switch {
		case wrong != "":
			return wrong
		case start < first || end > last:
			return fmt.Sprintf("the Content-Range is %s, and bytes %d-%d were asked for", a.Get("Content-Range"), first, last)
		}
		return sameBytes(k, a, start, end)
	}
}

// contentRange parses Content-Range, and says what is wrong with it (14.4).
func contentRange(k *known, a *rawhttp.Response) (first, last int64, wrong string) {
	value := a.Get("Content-Range")
	var size string
	if n, err := fmt.Sscanf(value, "bytes %d-%d/%s", &first, &last, &size); n != 3 || err != nil {
		return 0, 0, "the Content-Range is " + strconv.Quote(value)
	}
	switch length, err := strconv.ParseInt(size, 10, 64); {
	case last < first, err == nil && length <= last:
		return 0, 0, "the Content-Range is not valid: " + value
	case size != "*" && (err != nil || length != k.length()):
		return 0, 0, fmt.Sprintf("the Content-Range is %s, and the length is %d", value, k.length())
	}
	return first, last, ""
}

// sameBytes checks that the content is that part of the whole.
func sameBytes(k *known, a *rawhttp.Response, first, last int64) string {
	if last >= int64(len(k.plain.Body)) || a.Cut {
		return "" // more than is kept
	}
	if !bytes.Equal(a.Body, k.plain.Body[first:last+1]) {
		return "the bytes are not those of the whole"
	}
	return ""
}

// noBytes judges a response to the range of no bytes. A 206 must say which part
// it has, and no part is empty.
func noBytes(k *known, a *rawhttp.Response) (string, norm) {
	if a.Status == http.StatusPartialContent && a.MediaType() != "multipart/byteranges" {
		if _, _, wrong := contentRange(k, a); wrong != "" {
			return wrong, norm{report.Must, "Content-Range names a part that there is.", "14.4"}
		}
	}
	return "the answer is " + a.Summary(), norm{}
}

func lastByte(k *known, a *rawhttp.Response) string { return partOf(k.length()-1, k.length()-1)(k, a) }

func whole(k *known, a *rawhttp.Response) string {
	if k.unlike(a) {
		return "the content is not the whole"
	}
	return ""
}

// several checks the response to two ranges. A server may send one part of them,
// or both in one (15.3.7, 15.3.7.2).
func several(k *known, a *rawhttp.Response) string {
	if a.MediaType() != "multipart/byteranges" {
		return partOf(0, k.length()-1)(k, a)
	}
	for _, part := range []string{"0-9", fmt.Sprintf("%d-%d", k.length()-10, k.length()-1), fmt.Sprintf("0-%d", k.length()-1)} {
		if bytes.Contains(bytes.ToLower(a.Body), fmt.Appendf(nil, "content-range: bytes %s/", part)) {
			return ""
		}
	}
	return "no part of it is one that was asked for"
}

func saysLength(k *known, a *rawhttp.Response) string {
	return differs("Content-Range", fmt.Sprintf("bytes */%d", k.length()), a.Get("Content-Range"))
}

// likeGet compares the fields. One that is missing may be determined only while
// the content is made (9.3.2).
func likeGet(k *known, a *rawhttp.Response) string {
	for _, field := range []string{"Content-Type", "Etag", "Last-Modified", "Cache-Control", "Vary", "Content-Language", "Content-Location"} {
		if wanted, got := k.plain.Get(field), a.Get(field); got != "" && wanted != got && (field != "Etag" && field != "Last-Modified" || k.etag != "") {
			return differs(field, wanted, got)
		}
	}
	if a.Length >= 0 && k.length() > 0 && a.Get("Content-Length") != "" && a.Length != k.length() {
		return differs("Content-Length", fmt.Sprint(k.length()), a.Get("Content-Length"))
	}
	return ""
}

var errorRecipes = []recipe{
	{
		edge: yes(decision.E1), needs: tellsProblems, ask: askMissing("Accept: " + problem), shows: is(404),
		rule: "An error may be told in the form that Accept takes.",
	},
	{
		edge: no(decision.E1), needs: missingIs404, ask: askMissing(noType),
		shows: is(404), level: report.Should, rule: "An error is told, in whatever form: 406 is about what exists.", section: "15.5.7",
	},
	state(yes(decision.E2), 500, nil, ""),
}

const problem = "application/problem+json"

func tellsProblems(k *known) string {
	if lack := missingIs404(k); lack != "" {
		return lack
	}
	if k.do(askMissing("Accept: "+problem)(k)).MediaType() != problem {
		return "errors are not told as problem details"
	}
	return ""
}
