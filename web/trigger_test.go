package web

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/database/databasetest"
	"github.com/rhaptos/rhaptos/publish/webhook"
	"github.com/rhaptos/rhaptos/web/resource"
)

// mainOnly is a resolver that knows refs/heads/main; failing, if it is true.
type mainOnly struct{ failing *bool }

func (mainOnly) Head(context.Context, database.Queryer, string) (string, error) {
	return "refs/heads/main", nil
}

func (m mainOnly) Resolve(_ context.Context, _ database.Queryer, _, ref string) (string, error) {
	if *m.failing {
		return "", errors.New("password=tiger")
	}
	if ref != "refs/heads/main" {
		return "", webhook.ErrNoRef
	}
	return strings.Repeat("a", 40), nil
}

func (mainOnly) Published(context.Context, string, string, string) (bool, error) { return true, nil }

// triggerBench is a view with the trigger "any".
func triggerBench(t *testing.T) (b *bench, secret string, failing *bool) {
	t.Helper()
	db := databasetest.NewOn(t, database.SQLite).Open(t)
	_, err := db.ExecContext(t.Context(), `INSERT INTO repository (id, owner, name, head, private, version, created_at)
		VALUES ('1', 'ann', 'geometry', $1, false, 1, 0)`, []byte("refs/heads/main"))
	if err != nil {
		t.Fatal(err)
	}
	triggers := webhook.NewTriggers(db)
	if secret, err = triggers.Add(t.Context(), "any", "1", "", ""); err != nil {
		t.Fatal(err)
	}
	failing = new(bool)
	receiver := webhook.NewReceiver(webhook.ReceiverConfig{Triggers: triggers, Resolver: mainOnly{failing}})
	return newBench(t, func(c *Config) { c.Triggers = receiver }), secret, failing
}

func TestTrigger(t *testing.T) {
	b, secret, failing := triggerBench(t)
	const main = `{"ref":"refs/heads/main"}`
	const taken = "P1+ P1b+ P2+ D1- P3+ P4- P4b- P5+ P5b+ P5c+ P6+ 202"
	chunked := func(r *http.Request) { r.ContentLength = -1 }
	set := func(field, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(field, value) }
	}
	for _, tt := range []struct {
		name, method, trigger, body string
		edit                        func(*http.Request)
		status                      int
		trace                       string
		have                        []string
	}{
		{"taken", "POST", "any", main, nil, 202, taken, []string{"Content-Type", resource.TypeText, "Cache-Control", "no-store"}},
		{"taken before", "POST", "any", main, nil, 202, taken, nil},
		{"without a media type", "POST", "any", main, func(r *http.Request) { r.Header.Del("Content-Type") }, 202, taken, nil},
		{"without a length", "POST", "any", main, chunked, 202, taken, nil},
		{"ping", "POST", "any", main, set("X-GitHub-Event", "ping"), 200, "F2+ 200", nil},
		{"get", "GET", "any", "", nil, 405, "M2- E1+ 405", []string{"Allow", "POST, OPTIONS"}},
		{"options", "OPTIONS", "any", "", nil, 204, "M1+ 204", []string{"Allow", "POST, OPTIONS", "Accept-Post", "application/json, application/x-www-form-urlencoded"}},
		{"unknown trigger", "POST", "none", main, nil, 401, "M4- E1+ 401", []string{"WWW-Authenticate", signature}},
		{"wrong signature", "POST", "any", main, set("X-Hub-Signature-256", "sha256=00"), 401, "M4- E1+ 401", nil},
		{"no id", "POST", "any", main, set("X-GitHub-Delivery", ""), 400, "P2- E1+ 400", nil},
		{"no JSON", "POST", "any", "ref", nil, 400, "P2- E1+ 400", nil},
		{"text", "POST", "any", main, set("Content-Type", "text/plain"), 415, "N5- E1+ 415", []string{"Accept-Post", "application/json, application/x-www-form-urlencoded"}},
		{"compressed", "POST", "any", main, set("Content-Encoding", "gzip"), 415, "N4- E1+ 415", []string{"Accept-Encoding", "identity"}},
		{"large", "POST", "any", strings.Repeat("x", webhook.MaxBody+1), nil, 413, "N3- E1+ 413", nil},
		{"large without a length", "POST", "any", strings.Repeat("x", webhook.MaxBody+1), chunked, 413, "P1b- E1+ 413", nil},
		{"cut off", "POST", "any", main, func(r *http.Request) { r.Body = io.NopCloser(cutOff{}) }, 400, "P2- E1+ 400", nil},
		{"unknown ref", "POST", "any", `{"ref":"refs/heads/x"}`, set("X-GitHub-Delivery", "d2"), 422, "P3- E1+ 422", nil},
		{"fault", "POST", "any", main, func(r *http.Request) { *failing = true; r.Header.Set("X-GitHub-Delivery", "d3") }, 500, "A1- E2+ E1+ 500", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			*failing = false
			r := httptest.NewRequest(tt.method, "/-/hooks/"+tt.trigger, strings.NewReader(tt.body))
			mac := hmac.New(sha256.New, []byte(secret))
			io.WriteString(mac, tt.body)
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("X-GitHub-Delivery", "d1")
			r.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
			if tt.edit != nil {
				tt.edit(r)
			}
			w := httptest.NewRecorder()
			b.ServeHTTP(w, r)
			if w.Code != tt.status || !strings.HasSuffix(b.trace(), tt.trace) || strings.Contains(w.Body.String(), "tiger") {
				t.Fatalf("%d %s (%s)", w.Code, w.Body, b.trace())
			}
			for i := 0; i < len(tt.have); i += 2 {
				if got := w.Result().Header.Get(tt.have[i]); got != tt.have[i+1] {
					t.Errorf("%s: %q, want %q", tt.have[i], got, tt.have[i+1])
				}
			}
			checkSecurity(t, "", w.Result())
		})
	}
}

// cutOff is content that ends before its end.
type cutOff struct{}

func (cutOff) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
