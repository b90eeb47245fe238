package probe

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/probe/report"
)

// partly is a report with all verdicts in it.
func partly(t *testing.T) *report.Report {
	return run(t, only(serve(t, false, faulty(func(_ *http.Request, a *answered) {
		if a.status == 405 {
			a.Header().Del("Allow")
		}
	})), "page"), false)
}

func TestFormats(t *testing.T) {
	t.Parallel()
	rep := partly(t)
	for _, v := range []report.Verdict{report.Contradicted, report.Walked, report.Unseen, report.Unreached, report.NeedsWrites} {
		if rep.Count(v) == 0 {
			t.Errorf("nothing is %s", v)
		}
	}
	edges := len(decision.Edges())
	written := func(format string) []byte {
		var b bytes.Buffer
		if err := report.Formats[format](rep, &b); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}

	t.Run("text", func(t *testing.T) {
		text := string(written("text"))
		table, rest, _ := strings.Cut(text, "\n\n")
		if strings.Count(table, "\n")+1 != edges {
			t.Errorf("%d lines", strings.Count(table, "\n")+1)
		}
		for _, want := range []string{
			"M2- TRACE (must, RFC 9110 section 15.5.6): A 405 says in Allow which methods there are.\n  http://127.0.0.1:",
			": the 405 has no Allow\n  curl -si ", "-X TRACE", "169 edges: ", " 1 contradicted, ",
		} {
			if !strings.Contains(rest, want) {
				t.Errorf("there is no %q in:\n%s", want, rest)
			}
		}
	})

	t.Run("json", func(t *testing.T) {
		var got struct {
			Targets []struct{ ETag, Allow string }
			Counts  map[report.Verdict]int
			Edges   []struct {
				Edge, To, Why string
				Answer        bool
				Verdict       report.Verdict
				Findings      []struct {
					Level report.Level
					Curl  string
				}
			}
		}
		if err := json.Unmarshal(written("json"), &got); err != nil {
			t.Fatal(err)
		}
		counts := map[report.Verdict]int{}
		for _, e := range got.Edges {
			counts[e.Verdict]++
			if e.Edge == "M2-" && (e.To != "405" || e.Answer || len(e.Findings) != 1 || e.Findings[0].Level != report.Must || e.Findings[0].Curl == "") {
				t.Errorf("%+v", e)
			}
			if e.Verdict == report.Unreached && e.Why == "" {
				t.Errorf("%s does not say what it would take", e.Edge)
			}
		}
		for v, n := range got.Counts {
			if counts[v] != n {
				t.Errorf("%d are %s, and it says %d", counts[v], v, n)
			}
		}
		if len(got.Edges) != edges || len(got.Targets) != 1 || got.Targets[0].ETag == "" || got.Targets[0].Allow != "GET, HEAD, OPTIONS" {
			t.Errorf("%d edges of %+v", len(got.Edges), got.Targets)
		}
	})

	t.Run("junit", func(t *testing.T) {
		var got struct {
			Tests    int `xml:"tests,attr"`
			Failures int `xml:"failures,attr"`
			Skipped  int `xml:"skipped,attr"`
			Cases    []struct {
				Failures []struct{} `xml:"failure"`
				Skipped  *struct{}  `xml:"skipped"`
			} `xml:"testcase"`
		}
		if err := xml.Unmarshal(written("junit"), &got); err != nil {
			t.Fatal(err)
		}
		failed, skipped := 0, 0
		for _, c := range got.Cases {
			if len(c.Failures) > 0 {
				failed++
			}
			if c.Skipped != nil {
				skipped++
			}
		}
		if got.Tests != edges || len(got.Cases) != edges || failed != 1 || got.Failures != failed || got.Skipped != skipped {
			t.Errorf("%d tests, %d failed, %d skipped; counted %d, %d", got.Tests, got.Failures, got.Skipped, failed, skipped)
		}
	})

	t.Run("svg", func(t *testing.T) {
		svg := written("svg")
		decoder := xml.NewDecoder(bytes.NewReader(svg))
		found := map[string]int{}
		for {
			token, err := decoder.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if start, ok := token.(xml.StartElement); ok {
				for _, a := range start.Attr {
					if class, ok := strings.CutPrefix(a.Value, "way "); ok && a.Name.Local == "class" {
						found[class]++
					}
				}
			}
		}
		for verdict, class := range map[report.Verdict]string{
			report.Contradicted: "contradicted", report.Walked: "taken", report.NoAnswer: "unanswered", report.Unseen: "unseen", report.Unreached: "unreached", report.NeedsWrites: "unwritten",
		} {
			if found[class] != rep.Count(verdict) {
				t.Errorf("%d ways are drawn as %s, and %d are", found[class], class, rep.Count(verdict))
			}
		}
	})
}
