package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/report"
	"github.com/rhaptos/rhaptos/web/resource"
)

const zeroID = "0000000000000000000000000000000000000000"

// pushesInMemory are pushes, newest first, of every repository alike.
type pushesInMemory []*Push

func (m pushesInMemory) Push(_ *http.Request, _, id string) (*Push, error) {
	for _, p := range m {
		if p.ID == id {
			return p, nil
		}
	}
	return nil, resource.ErrNotFound
}

func (m pushesInMemory) Pushes(_ *http.Request, _, before string, n int) ([]*Push, error) {
	from := 0
	if before != "" {
		from = slices.IndexFunc(m, func(p *Push) bool { return p.ID < before })
		if from < 0 {
			return nil, nil
		}
	}
	return m[from:min(len(m), from+n)], nil
}

// recordedPushes are 101 pushes, of which the last one has problems.
func recordedPushes() pushesInMemory {
	var all pushesInMemory
	for i := 100; i >= 0; i-- {
		all = append(all, &Push{ID: fmt.Sprintf("push-%03d", i), Actor: "ann", Transport: "ssh", At: published, Accepted: true,
			Updates: []PushUpdate{{Ref: "refs/heads/main", Old: strings.Repeat("a", 40), New: strings.Repeat("b", 40)}}})
	}
	ref := report.Of([]collection.Problem{
		{Path: "b.md", Line: 2, Column: 3, EndLine: 2, EndColumn: 6, Rule: "one-rule", Severity: collection.Error, Message: "this is <wrong>", Replacement: "<right>"},
		{Path: "a.md", Rule: "unknown-rule", Severity: collection.Warning, Message: "a file"},
	}, []collection.Problem{{Path: "b.md", Line: 9, Column: 1, Rule: "one-rule", Severity: collection.Error, Message: "old"}}, 10)
	ref.Name, ref.Published, ref.Refused = "refs/heads/main", true, "1 error"
	ref.Problems[0].Source = "<em>source\u202e</em>"
	all[0].Accepted, all[0].Verdict = false, []string{"main is published, and this cannot be"}
	all[0].Updates = []PushUpdate{
		{Ref: "refs/heads/main", Old: strings.Repeat("a", 40), New: strings.Repeat("c", 40), Refused: "1 error"},
		{Ref: "refs/heads/x", Old: zeroID, New: strings.Repeat("c", 40), Refused: "<no>"},
	}
	all[0].Certificate = &PushCertificate{Status: "unknown", Signer: "SHA256:<key>", Nonce: "ok"}
	all[0].Report = &report.Report{Refs: []report.Ref{ref}}
	return all
}

func TestPushPage(t *testing.T) {
	b := newBench(t, nil)
	page := body(t, b.do("GET", "/ann/geometry/-/pushes/push-100"))
	for _, want := range []string{
		"refused", "<code>main</code>: 2 errors, 1 warning", `<a href="/-/rules/one-rule">one-rule</a>`, "unknown-rule",
		"this is &lt;wrong&gt;", "&lt;right&gt;", "&lt;em&gt;source", "from before", "2:3", "main is published, and this cannot be",
		`href="/ann/geometry/-/pushes/push-100.sarif"`, "noindex", "&lt;no&gt;", "cccccccccc", "unknown</span> <code>SHA256:&lt;key&gt;</code></dd>",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not in the page\n%s", want, page)
		}
	}
	if strings.Contains(page, `"/-/rules/unknown-rule"`) {
		t.Error("the page leads to a rule that has no page")
	}
	if strings.Index(page, "b.md") > strings.Index(page, "a.md") {
		t.Error("the gravest file does not come first")
	}
}

func TestPushData(t *testing.T) {
	b := newBench(t, nil)
	var push pushJSON
	decode(t, b.do("GET", "/ann/geometry/-/pushes/push-100.json"), &push)
	if push.ID != "push-100" || push.Accepted || len(push.Updates) != 2 || push.Report == nil || push.Report.Refs[0].Counts.Before != 1 || *push.Certificate != (PushCertificate{"unknown", "SHA256:<key>", "ok"}) {
		t.Errorf("%+v", push)
	}
	sarif := body(t, b.do("GET", "/ann/geometry/-/pushes/push-100.sarif"))
	for _, want := range []string{`"version": "2.1.0"`, `"helpUri": "https://books.example/-/rules/one-rule"`, `"baselineState": "unchanged"`, `"insertedContent"`} {
		if !strings.Contains(sarif, want) {
			t.Errorf("%s is not in the SARIF log\n%s", want, sarif)
		}
	}
}

// A reader who may not see what was refused sees that it was, and a way to sign in.
func TestPushWithheld(t *testing.T) {
	b := newBench(t, func(c *Config) {
		all := recordedPushes()
		all[0].WithholdRefused()
		c.Pushes = all
	})
	for _, suffix := range []string{"", ".json", ".sarif"} {
		r := b.do("GET", "/ann/geometry/-/pushes/push-100"+suffix)
		if vary := r.Header.Get("Vary"); !strings.Contains(vary, "Authorization") {
			t.Errorf("%s: Vary is %q", suffix, vary)
		}
		text := body(t, r)
		for _, hidden := range []string{"this is", "right", "source", "b.md", "a.md", "1 error", "no&gt;", "and this cannot be"} {
			if strings.Contains(text, hidden) {
				t.Errorf("%s: %q is shown\n%s", suffix, hidden, text)
			}
		}
		if suffix != ".sarif" && !strings.Contains(text, "refused") {
			t.Errorf("%s: it does not say that the push was refused\n%s", suffix, text)
		}
	}
	page := body(t, b.do("GET", "/ann/geometry/-/pushes/push-100"))
	if !strings.Contains(page, `<a href="/ann/geometry/-/pushes/push-100?sign-in" rel="nofollow">Sign in</a>`) {
		t.Errorf("there is no way to sign in:\n%s", page)
	}
	if r := b.do("GET", "/ann/geometry/-/pushes/push-100?sign-in"); r.StatusCode != 401 || r.Header.Get("WWW-Authenticate") == "" {
		t.Errorf("signing in: %s", r.Status)
	}
	if r := b.do("GET", "/ann/geometry/-/pushes/push-100?sign-in", "Authorization", "Bearer x"); r.StatusCode != 200 || r.Header.Get("Cache-Control") != "private, no-cache" {
		t.Errorf("signed in: %s, Cache-Control %q", r.Status, r.Header.Get("Cache-Control"))
	}
}

// What was accepted in the same push stays.
func TestWithholdRefused(t *testing.T) {
	p := &Push{Verdict: []string{"x"}, Updates: []PushUpdate{{Ref: "refs/heads/a", Refused: "secret"}, {Ref: "refs/heads/b"}},
		Report: &report.Report{Refs: []report.Ref{{Name: "refs/heads/a"}, {Name: "refs/heads/b"}}}}
	p.WithholdRefused()
	if p.Verdict != nil || !p.Withheld || p.Updates[0].Refused != "refused" || p.Updates[1].Refused != "" || len(p.Report.Refs) != 1 || p.Report.Refs[0].Name != "refs/heads/b" {
		t.Errorf("%+v", p)
	}
	p = &Push{Verdict: []string{"x"}, Updates: []PushUpdate{{Ref: "refs/heads/b"}}}
	if p.WithholdRefused(); p.Verdict == nil || p.Withheld {
		t.Errorf("an accepted push: %+v", p)
	}
}

// All pushes are found by going from page to page.
func TestPushesPages(t *testing.T) {
	b := newBench(t, nil)
	seen := map[string]bool{}
	for address, pages := "/ann/geometry/-/pushes.json", 0; address != ""; pages++ {
		var list pushesJSON
		decode(t, b.do("GET", address), &list)
		for _, p := range list.Pushes {
			if seen[p.ID] {
				t.Errorf("%s is listed twice", p.ID)
			}
			seen[p.ID] = true
		}
		if address = list.Older; pages > 3 {
			t.Fatal("the pages do not end")
		}
	}
	if len(seen) != 101 {
		t.Errorf("%d pushes are listed", len(seen))
	}
	page := body(t, b.do("GET", "/ann/geometry/-/pushes"))
	for _, want := range []string{`href="/ann/geometry/-/pushes?before=push-051"`, "main, x created", "refused", "accepted"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not in the list\n%s", want, page)
		}
	}
}

func TestRulePages(t *testing.T) {
	b := newBench(t, nil)
	list := body(t, b.do("GET", "/-/rules"))
	if !strings.Contains(list, `href="/-/rules/one-rule#why"`) || !strings.Contains(list, `href="https://example.org/x.md"`) {
		t.Error(list)
	}
	page := body(t, b.do("GET", "/-/rules/one-rule"))
	if !strings.Contains(page, `href="/-/rules"`) || !strings.Contains(page, "&lt;a&gt;") || strings.Contains(page, "<script") {
		t.Error(page)
	}
}
