package webhook

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"
)

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

func riverJob(id string) *river.Job[job] { return &river.Job[job]{Args: job{ID: id}} }

// The example of GitHub's documentation, "Validating webhook deliveries".
func TestSignatureOfGitHub(t *testing.T) {
	want := "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
	if got := signGitHub("It's a Secret to Everybody", "Hello, World!"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestHeaderByScheme(t *testing.T) {
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	p := &parcel{job: job{ID: "msg_1"}, event: "release.published", body: "{}", secrets: rotation{secret: secret}, hops: 2}
	for scheme, want := range map[Signature][]string{
		Standard: {"webhook-id", "webhook-timestamp", "webhook-signature"},
		GitHub:   {"X-Hub-Signature-256", "X-GitHub-Delivery", "X-Rhaptos-Event"},
		Both:     {"webhook-id", "webhook-timestamp", "webhook-signature", "X-Hub-Signature-256", "X-GitHub-Delivery", "X-Rhaptos-Event"},
	} {
		p.signature = scheme
		h, err := p.header(time.Now())
		if err != nil || len(h) != len(want)+3 || h[HopsField][0] != "3" {
			t.Errorf("%s: got %v, %v", scheme, h, err)
		}
		for _, field := range want {
			if len(h[field]) != 1 {
				t.Errorf("%s: no %s", scheme, field)
			}
		}
	}
}

// After a rotation both secrets sign until the grace is over.
func TestRotate(t *testing.T) {
	w := NewWebhooks(openDB(t))
	url, got := receiver(t)
	id, old, err := w.Add(t.Context(), Webhook{URL: url, Signature: Both}, "")
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := w.Rotate(t.Context(), id, "", time.Hour)
	if err != nil || fresh == old {
		t.Fatal(fresh, err)
	}
	announce(t, w, event("tides"))
	start(t, w, anywhere)
	await(t, w)
	r := <-got
	both := strings.Fields(r.header.Get("webhook-signature"))
	if len(both) != 2 {
		t.Fatalf("got %q", both)
	}
	for i, secret := range []string{fresh, old} {
		r.header.Set("webhook-signature", both[i])
		verify(t, r, secret)
	}
	if r.header.Get("X-Hub-Signature-256") != signGitHub(fresh, r.body) {
		t.Error("GitHub's signature is not by the new secret")
	}
	if late := (rotation{"new", "old", 1}).secrets(time.Now()); len(late) != 1 {
		t.Errorf("the old secret is still good: %q", late)
	}
	for _, bad := range []string{"short", "whsec_!", strings.Repeat("x", 40)} {
		if _, err := w.Rotate(t.Context(), id, bad, 0); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
	if _, err := w.Rotate(t.Context(), id, "", MaxGrace+1); err == nil {
		t.Error("a grace without end was accepted")
	}
	if _, err := w.Rotate(t.Context(), "wh_none", "", 0); err == nil {
		t.Error("a webhook that is not there was rotated")
	}
}

// The log has request and answer, and never the secret.
func TestLog(t *testing.T) {
	w := NewWebhooks(openDB(t))
	w.schedule = atOnce(2)
	url, _ := receiver(t, http.StatusTeapot)
	_, secret, err := w.Add(t.Context(), Webhook{URL: url, Signature: Both}, "")
	if err != nil {
		t.Fatal(err)
	}
	announce(t, w, event("tides"))
	start(t, w, anywhere)
	id := await(t, w)[0].ID
	d, body, attempts, err := w.Delivery(t.Context(), id)
	if err != nil || d.State != Accepted || !strings.Contains(body, `"book":"tides"`) || len(attempts) != 2 {
		t.Fatalf("got %+v, %s, %d attempts, %v", d, body, len(attempts), err)
	}
	first := attempts[0]
	if first.Status != http.StatusTeapot || first.URL != url || first.Number != 1 || first.Took <= 0 ||
		!strings.Contains(first.RequestHeader, "webhook-id: "+id) || !strings.Contains(first.ResponseHeader, "Location: /elsewhere") {
		t.Errorf("got %+v", first)
	}
	var rows string
	err = w.db.QueryRowContext(t.Context(), `SELECT coalesce(max(url || request_header || answer || answer_header || answer_body), '') FROM delivery_attempt`).Scan(&rows)
	if err != nil || strings.Contains(rows, secret) || strings.Contains(rows, strings.TrimPrefix(secret, secretPrefix)) {
		t.Errorf("the log has the secret: %v", err)
	}
}
