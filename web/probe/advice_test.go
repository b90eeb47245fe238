package probe

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/probe/rawhttp"
)

// fieldAdvice is advice to send one field along with GET.
var fieldAdvice = regexp.MustCompile(`^send ([A-Z][A-Za-z-]+: .+?)(?:, or none| on GET.*|, and no .*)?$`)

// TestAdvice does what the advice says, where it is to send a field, and looks
// whether that leads where it should.
func TestAdvice(t *testing.T) {
	t.Parallel()
	target, err := url.Parse(only(serve(t, true, nil), "page")[0])
	if err != nil {
		t.Fatal(err)
	}
	s := &session{ctx: t.Context(), client: &rawhttp.Client{Timeout: 10e9}, memo: map[string]*rawhttp.Response{}, left: 300}
	k, err := learn(s, target)
	if err != nil {
		t.Fatal(err)
	}
	followed := 0
	for _, e := range decision.Edges() {
		if e.At.String() < "C" || e.At.String() >= "L" || e.At == decision.K1 || e.At == decision.E1 { // what GET can do
			continue
		}
		m := fieldAdvice.FindStringSubmatch(decision.Advice(e.At, e.Yes, k.facts()))
		if m == nil {
			continue
		}
		fields := []string{m[1]}
		if strings.HasPrefix(e.At.String(), "G") && e.At > decision.G2 && !strings.HasPrefix(m[1], "Range") {
			fields = append(fields, "Range: bytes=0-0")
		}
		a := k.do(k.get(fields...))
		way, err := parsePath(a.Get("Decision-Path"), a.Status)
		if err != nil || !way[e] {
			t.Errorf("%s: %q leads to %s", e, fields, a.Get("Decision-Path"))
		}
		followed++
	}
	if followed < 20 {
		t.Errorf("only %d pieces of advice were followed", followed)
	}
}
