package web

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/web/decision/watch"
	"github.com/rhaptos/rhaptos/web/flow"
	"github.com/rhaptos/rhaptos/web/resource"
)

// operators lets who sends the name "root" in.
func operators(c *Config) {
	c.Watch = watch.New(10)
	c.Operator = func(_ context.Context, r *http.Request) error {
		switch name, _, _ := r.BasicAuth(); name {
		case "root":
			return nil
		case "":
			return resource.ErrUnauthorized
		}
		return resource.ErrForbidden
	}
}

// answered is an answer that has been read.
type answered struct {
	Code   int
	Header http.Header
	Body   string
}

func (b *bench) get(target string, fields ...string) answered {
	b.t.Helper()
	r := b.do(http.MethodGet, target, fields...)
	return answered{r.StatusCode, r.Header, body(b.t, r)}
}

func TestDiagramIsForEveryone(t *testing.T) {
	b := newBench(t, nil)
	page := b.get("/-/flow")
	if page.Code != http.StatusOK || !strings.Contains(page.Body, `id="K7-yes"`) || strings.Contains(page.Body, "<style") {
		t.Errorf("the page answers %d:\n%.500s", page.Code, page.Body)
	}
	svg := b.get("/-/flow.svg")
	if svg.Code != http.StatusOK || svg.Header.Get("Content-Type") != flow.TypeSVG || !strings.Contains(svg.Body, "<style") {
		t.Errorf("the drawing answers %d, %s", svg.Code, svg.Header)
	}
	if style := b.get("/-/flow.css"); style.Code != http.StatusOK || !strings.Contains(style.Body, ".flow") {
		t.Errorf("the style answers %d", style.Code)
	}
	for _, path := range []string{"/-/flow/traffic", "/-/flow/x", "/-/flow.png", "/-/flow/x/y"} {
		if answer := b.get(path); answer.Code != http.StatusNotFound {
			t.Errorf("%s answers %d where nobody watches", path, answer.Code)
		}
	}
}

func TestTrafficIsForOperators(t *testing.T) {
	b := newBench(t, operators)
	for _, path := range []string{"/-/flow/traffic", "/-/flow/traffic.svg", "/-/flow/x", "/-/flow/x.svg", "/-/flow/x.json"} {
		if answer := b.get(path); answer.Code != http.StatusUnauthorized {
			t.Errorf("%s answers %d to nobody", path, answer.Code)
		}
		if answer := b.get(path, "User", "ann"); answer.Code != http.StatusForbidden {
			t.Errorf("%s answers %d to Ann", path, answer.Code)
		}
	}
	page := b.get("/-/flow/traffic", "User", "root")
	if page.Code != http.StatusOK || page.Header.Get("Cache-Control") != "private, no-store" {
		t.Fatalf("the traffic answers %d, %s", page.Code, page.Header)
	}
	for _, want := range []string{"/-/flow/x.json</a>", `id="M4-no"`, "(10 times)"} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("the traffic does not show %q", want)
		}
	}
	if svg := b.get("/-/flow/traffic.svg", "User", "root"); !strings.Contains(svg.Body, `class="way walked n2" id="S1-yes"`) {
		t.Error("the drawing does not show the traffic")
	}
}

func TestTrace(t *testing.T) {
	b := newBench(t, operators)
	const path = "/ann/geometry/shapes@1.10/1-angles"
	first := b.get(path)
	tag, name := first.Header.Get("ETag"), first.Header.Get("Decision-Trace")
	if name == "" || !strings.HasSuffix(first.Header.Get("Decision-Path"), " 200") {
		t.Fatalf("the answer does not name its trace: %s", first.Header)
	}
	page := b.get("/-/flow/"+name, "User", "root")
	if page.Code != http.StatusOK {
		t.Fatalf("the trace answers %d: %.500s", page.Code, page.Body)
	}
	for _, want := range []string{
		path + ": 200",
		`class="way walked" id="K6-no"`, `class="way faint" id="K6-yes"`,
		"send If-None-Match: " + strings.ReplaceAll(tag, `"`, "&#34;"),
		"to get <strong>501</strong> here",
		"https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2",
	} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	var data flow.TraceJSON
	answer := b.get("/-/flow/"+name+".json", "User", "root")
	if err := json.Unmarshal([]byte(answer.Body), &data); err != nil {
		t.Fatal(err)
	}
	if data.Status != http.StatusOK || data.Path != first.Header.Get("Decision-Path") || len(data.Steps) != strings.Count(data.Path, " ") {
		t.Errorf("the data are %+v", data)
	}
	if svg := b.get("/-/flow/"+name+".svg", "User", "root"); !strings.Contains(svg.Body, `class="way walked" id="G6-yes"`) {
		t.Error("the drawing does not show the way")
	}
	if gone := b.get("/-/flow/nothing", "User", "root"); gone.Code != http.StatusNotFound {
		t.Errorf("a trace that is not kept answers %d", gone.Code)
	}
}
