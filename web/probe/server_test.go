package probe

import (
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/decision/watch"
	"github.com/rhaptos/rhaptos/web/decision/wire"
	"github.com/rhaptos/rhaptos/web/probe/report"
	"github.com/rhaptos/rhaptos/web/probe/target"
)

// serve serves the resources of the package target behind a listener of ours,
// and returns their addresses. With glass set, answers tell their ways. The
// wrapper, if there is one, stands around the handler.
func serve(t *testing.T, glass bool, wrap func(http.Handler) http.Handler) []string {
	t.Helper()
	set := target.All("/")
	engine := &decision.Handler{
		Find:   func(r *http.Request) decision.Resource { return set.Find(strings.TrimPrefix(r.URL.Path, "/")) },
		Serves: target.Serves, TooFast: target.TooFast, Limits: wire.Limits{HeadTimeout: 50 * time.Millisecond},
	}
	if glass {
		engine.Name = watch.New(1).Name
	}
	var h http.Handler = engine
	if wrap != nil {
		h = wrap(h)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: h, MaxHeaderBytes: 64 << 10, DisableGeneralOptionsHandler: true}
	go server.Serve(engine.Listen(l))
	t.Cleanup(func() { server.Close() })
	var addresses []string
	for _, name := range set.Names() {
		addresses = append(addresses, "http://"+l.Addr().String()+"/"+name)
	}
	return addresses
}

// only picks the addresses that end in one of the names.
func only(addresses []string, names ...string) []string {
	var picked []string
	for _, a := range addresses {
		for _, name := range names {
			if strings.HasSuffix(a, "/"+name) {
				picked = append(picked, a)
			}
		}
	}
	return picked
}

// run does not wait long for a server to lose patience: TestEveryEdge does.
func run(t *testing.T, addresses []string, writes bool) *report.Report {
	t.Helper()
	return runPatiently(t, addresses, writes, 500*time.Millisecond)
}

func runPatiently(t *testing.T, addresses []string, writes bool, patience time.Duration) *report.Report {
	t.Helper()
	rep, err := Probe(t.Context(), addresses, Options{Writes: writes, Timeout: 10 * time.Second, Patience: patience})
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

// unwalked is what a report says of the edges that were not walked.
func unwalked(r *report.Report) map[string]report.Verdict {
	rest := map[string]report.Verdict{}
	for _, result := range r.Results() {
		if result.Verdict != report.Walked {
			rest[result.Edge.String()] = result.Verdict
		}
	}
	return rest
}

func contradictions(r *report.Report) map[string]string {
	all := map[string]string{}
	for _, f := range r.Contradictions() {
		all[f.Recipe] = f.Why
	}
	return all
}
