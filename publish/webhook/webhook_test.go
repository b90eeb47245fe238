package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/database/databasetest"
	"github.com/rhaptos/rhaptos/gitserver/egress"
	"github.com/rhaptos/rhaptos/publish"
)

const repository = "r1"

func TestMain(m *testing.M) { databasetest.Main(m) }

func openDB(t testing.TB) database.DB {
	t.Helper()
	db := databasetest.Open(t)
	for _, id := range []string{repository, "r2"} {
		_, err := db.ExecContext(context.Background(), `INSERT INTO repository (id, owner, name, head, private, version, created_at)
			VALUES ($1, 'ann', $1, $2, false, 1, 0)`, id, []byte("refs/heads/main"))
		if err != nil {
			t.Fatal(err)
		}
	}
	return db
}

// at once: the schedule of a receiver that is always ready for the next try.
func atOnce(attempts int) schedule { return make(schedule, attempts-1) }

func announce(t *testing.T, w *Webhooks, e publish.Event) {
	t.Helper()
	err := w.db.Write(t.Context(), func(ctx context.Context, tx database.Tx) error { return w.Announce(ctx, tx, e) })
	if err != nil {
		t.Fatal(err)
	}
}

func event(book string) publish.Event {
	return publish.Event{RepositoryID: repository, Type: publish.ReleasePublished,
		Time: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC),
		Data: publish.EventData{Repository: "ann/r1", Book: book, Number: "1.1", Title: "A \"title\" </script>\r\nX: y",
			Commit: "c0ffee", Ref: "refs/heads/main", URL: "https://books.example/ann/r1/" + book + "@1.1"}}
}

func start(t *testing.T, w *Webhooks, guard egress.Guard) *Sender {
	t.Helper()
	workers := river.NewWorkers()
	sender := NewSender(SenderConfig{Webhooks: w, Guard: guard, Log: slog.New(slog.DiscardHandler)})
	sender.AddWorker(workers)
	stop, err := w.db.Work(t.Context(), workers, 4)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return sender
}

// anywhere lets deliveries reach the receivers of tests.
var anywhere = egress.Guard{Private: true}

// await waits until no delivery is pending and returns all of them.
func await(t *testing.T, w *Webhooks) []*Delivery {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(30 * time.Second)
	for {
		all, err := w.Deliveries(t.Context(), "", 100)
		if err != nil {
			t.Fatal(err)
		}
		pending := false
		for _, d := range all {
			pending = pending || d.State == Pending
		}
		if !pending {
			return all
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("still pending: %+v", all[0])
		}
	}
}

type request struct {
	header http.Header
	body   string
}

// receiver answers with one status after the other, and then with 204.
func receiver(t *testing.T, statuses ...int) (url string, got chan request) {
	t.Helper()
	got = make(chan request, 100)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		n := len(got)
		got <- request{r.Header, string(body)}
		if n < len(statuses) {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(statuses[n])
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(s.Close)
	return s.URL + "/hook?x=1", got
}

// verify checks a request as the text of the Standard Webhooks specification
// tells a receiver to, with nothing of this package.
func verify(t *testing.T, r request, secret string) {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(key) != 32 || !strings.HasPrefix(secret, "whsec_") {
		t.Fatalf("secret %q: %v", secret, err)
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", r.header.Get("webhook-id"), r.header.Get("webhook-timestamp"), r.body)
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	if got := r.header.Get("webhook-signature"); got != want {
		t.Errorf("signature %s, want %s", got, want)
	}
}

func TestRetriedUntilAccepted(t *testing.T) {
	w := NewWebhooks(openDB(t))
	w.schedule = atOnce(5)
	url, got := receiver(t, http.StatusInternalServerError, http.StatusFound)
	id, secret, err := w.Add(t.Context(), Webhook{URL: url}, "")
	if err != nil {
		t.Fatal(err)
	}
	announce(t, w, event("tides"))
	start(t, w, anywhere)
	all := await(t, w)
	if len(all) != 1 || all[0].State != Accepted || all[0].Attempts != 3 || all[0].Response != "204 No Content" || all[0].WebhookID != id || all[0].Attempted.IsZero() {
		t.Fatalf("got %+v, want one accepted at the third attempt", all[0])
	}
	if len(got) != 3 {
		t.Fatalf("%d requests, want 3: a redirect must not be followed", len(got))
	}
	first := <-got
	for r := first; ; r = <-got {
		verify(t, r, secret)
		if r.body != first.body || r.header.Get("webhook-id") != all[0].ID {
			t.Errorf("an attempt differs from the first: %+v", r)
		}
		if len(got) == 0 {
			break
		}
	}
	var body struct {
		Type      string
		Timestamp time.Time
		Data      publish.EventData
	}
	if err := json.Unmarshal([]byte(first.body), &body); err != nil {
		t.Fatal(err)
	}
	want := event("tides")
	if body.Type != want.Type || !body.Timestamp.Equal(want.Time) || !reflect.DeepEqual(body.Data, want.Data) || first.header.Get("Content-Type") != "application/json" {
		t.Errorf("got %+v", body)
	}
}

// The example that the Standard Webhooks specification's reference
// implementations are tested with.
func TestSignature(t *testing.T) {
	got, err := sign([]string{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", `{"test": 2432232314}`)
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; err != nil || got != want {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
	if _, err := sign([]string{"whsec_!"}, "a", "1", ""); err == nil {
		t.Error("a secret that is no base64 was accepted")
	}
}

func TestNeverAccepted(t *testing.T) {
	w := NewWebhooks(openDB(t))
	w.schedule = atOnce(3)
	url, got := receiver(t, 503, 503, 500, 200)
	if _, _, err := w.Add(t.Context(), Webhook{URL: url, RepositoryID: repository}, ""); err != nil {
		t.Fatal(err)
	}
	announce(t, w, event("tides"))
	start(t, w, anywhere)
	all := await(t, w)
	if len(all) != 1 || all[0].State != Failed || all[0].Attempts != 3 || all[0].Response != "500 Internal Server Error" || len(got) != 3 {
		t.Fatalf("got %+v after %d requests", all[0], len(got))
	}
	if err := w.Redeliver(t.Context(), all[0].ID); err != nil {
		t.Fatal(err)
	}
	if all = await(t, w); all[0].State != Accepted || all[0].Attempts != 1 {
		t.Errorf("redelivered: got %+v", all[0])
	}
	if err := w.Redeliver(t.Context(), "msg_none"); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

// However often deliveries are resumed, each attempt is made once.
func TestResume(t *testing.T) {
	w := NewWebhooks(openDB(t))
	w.schedule = atOnce(4)
	url, got := receiver(t, 500)
	if _, _, err := w.Add(t.Context(), Webhook{URL: url}, ""); err != nil {
		t.Fatal(err)
	}
	announce(t, w, event("tides"))
	if _, err := w.db.ExecContext(t.Context(), `UPDATE river_job SET state = 'running'`); err != nil {
		t.Fatal(err)
	}
	if err := w.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	start(t, w, anywhere)
	if all := await(t, w); all[0].State != Accepted || all[0].Attempts != 2 || len(got) != 2 {
		t.Fatalf("got %+v after %d requests", all[0], len(got))
	}
	stale := job{ID: await(t, w)[0].ID, Attempt: 0}
	if p, err := load(t.Context(), w.db, stale); p != nil || err != nil {
		t.Errorf("a job for an attempt that was made: %+v, %v", p, err)
	}
	if err := w.record(t.Context(), &parcel{job: stale, webhook: await(t, w)[0].WebhookID}, &attempt{response: "late"}); err != nil {
		t.Fatal(err)
	}
	if all := await(t, w); all[0].State != Accepted || all[0].Attempts != 2 || all[0].Response != "204 No Content" || len(got) != 2 {
		t.Errorf("a late record has changed %+v", all[0])
	}
}

func TestAudience(t *testing.T) {
	w := NewWebhooks(openDB(t))
	ids := map[string]string{}
	for _, of := range []string{"", repository, "r2"} {
		id, _, err := w.Add(t.Context(), Webhook{URL: "https://receiver.example/" + of, RepositoryID: of}, "")
		if err != nil {
			t.Fatal(err)
		}
		ids[of] = id
	}
	announce(t, w, event("tides"))
	refuse := errors.New("rolled back")
	err := w.db.Write(t.Context(), func(ctx context.Context, tx database.Tx) error {
		return errors.Join(w.Announce(ctx, tx, event("never")), refuse)
	})
	if !errors.Is(err, refuse) {
		t.Fatal(err)
	}
	for of, want := range map[string]int{"": 1, repository: 1, "r2": 0} {
		if all, err := w.Deliveries(t.Context(), ids[of], 10); err != nil || len(all) != want {
			t.Errorf("webhook of %q: %d deliveries, %v; want %d", of, len(all), err, want)
		}
	}
	if err := w.Remove(t.Context(), ids[repository]); err != nil {
		t.Fatal(err)
	}
	if err := w.Remove(t.Context(), ids[repository]); !errors.Is(err, ErrNotFound) {
		t.Errorf("removed twice: %v", err)
	}
	hooks, err := w.List(t.Context())
	if err != nil || len(hooks) != 2 || hooks[0].ID != ids[""] || hooks[1].RepositoryID != "r2" {
		t.Errorf("got %+v, %v", hooks, err)
	}
}

func TestAddress(t *testing.T) {
	w := NewWebhooks(openDB(t))
	for _, address := range []string{"", "receiver", "/hook", "ftp://a/", "file:///etc/passwd", "gopher://a", "http://", "http:///x",
		"http://:80/", "https://ann:pw@a/", "https://a/#x", "https://a/#", "http://a\r\nX: y/", "https://a/" + strings.Repeat("x", 2000), "unix:///run/x"} {
		if _, _, err := w.Add(t.Context(), Webhook{URL: address}, ""); err == nil {
			t.Errorf("%.40q was accepted", address)
		}
	}
	if _, _, err := w.Add(t.Context(), Webhook{URL: "https://a/", RepositoryID: "none"}, ""); err == nil {
		t.Error("a webhook of no repository was accepted")
	}
}

// A receiver that is not on the public internet is not even connected to,
// whatever its name.
func TestPublicOnly(t *testing.T) {
	w := NewWebhooks(openDB(t))
	w.schedule = atOnce(1)
	address, got := receiver(t)
	for _, a := range []string{address, strings.Replace(address, "127.0.0.1", "localhost", 1)} {
		if _, _, err := w.Add(t.Context(), Webhook{URL: a}, ""); err != nil {
			t.Fatal(err)
		}
	}
	announce(t, w, event("tides"))
	start(t, w, egress.Guard{})
	for _, d := range await(t, w) {
		if d.State != Failed || !strings.Contains(d.Response, "not an address of the public internet") {
			t.Errorf("got %+v", d)
		}
	}
	if len(got) != 0 {
		t.Error("the receiver was asked")
	}
}

// A response without end is cut off, and its status line stands.
func TestEndlessResponse(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		chunk := make([]byte, 32<<10)
		for {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}))
	defer s.Close()
	sender := NewSender(SenderConfig{Webhooks: NewWebhooks(openDB(t)), Guard: anywhere, Log: slog.New(slog.DiscardHandler)})
	a := sender.send(t.Context(), &parcel{job: job{ID: "msg_1"}, url: s.URL, secrets: rotation{secret: newSecret()}, body: "{}"})
	if !a.accepted() || a.response != "200 OK" || len(a.responseBody) != 3*loggedBody { // each NUL is shown as a character of three bytes
		t.Errorf("got %+v", a)
	}
}

// The environment cannot lead deliveries through a proxy.
func TestNoProxy(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	sender := NewSender(SenderConfig{Webhooks: NewWebhooks(openDB(t)), Guard: anywhere, Log: slog.New(slog.DiscardHandler)})
	r := httptest.NewRequest(http.MethodPost, "http://receiver.example/", nil)
	if proxy := sender.client.Transport.(*http.Transport).Proxy; proxy != nil {
		to, err := proxy(r)
		t.Errorf("got the proxy %v, %v", to, err)
	}
}

// A host that lets its deliveries wait holds up two workers, not more.
func TestPerHost(t *testing.T) {
	sender := NewSender(SenderConfig{Webhooks: NewWebhooks(openDB(t)), Guard: anywhere, Log: slog.New(slog.DiscardHandler)})
	want := [4]bool{true, true, false, true}
	if places := [4]bool{sender.take("a"), sender.take("a"), sender.take("a"), sender.take("b")}; places != want {
		t.Error("want two at a time for each host")
	}
	sender.give("a")
	if !sender.take("a") {
		t.Error("a place that was given back is not free")
	}
}

func TestSchedule(t *testing.T) {
	s := overDays()
	var sum time.Duration
	for n := 1; n < s.maxAttempts(); n++ {
		w := s.wait(n)
		if low, high := s[n-1]*8/10, s[n-1]*12/10; w < low || w > high {
			t.Errorf("after %d attempts: %s, want %s to %s", n, w, low, high)
		}
		sum += w
	}
	if sum < 3*24*time.Hour || s.wait(1) > 2*time.Second {
		t.Errorf("from %s to %s in all", s.wait(1), sum)
	}
}

// A job that comes before its time is put back, without an attempt.
func TestBeforeItsTime(t *testing.T) {
	url, got := receiver(t)
	w := NewWebhooks(openDB(t))
	if _, _, err := w.Add(t.Context(), Webhook{URL: url}, ""); err != nil {
		t.Fatal(err)
	}
	announce(t, w, event("tides"))
	all, err := w.Deliveries(t.Context(), "", 1)
	if err != nil {
		t.Fatal(err)
	}
	early := worker{Sender: NewSender(SenderConfig{Webhooks: w, Guard: anywhere, Log: slog.New(slog.DiscardHandler)})}
	j := &river.Job[job]{Args: job{ID: all[0].ID, After: time.Now().Add(time.Hour)}}
	var snooze *river.JobSnoozeError
	if err := early.Work(t.Context(), j); !errors.As(err, &snooze) || snooze.Duration != snoozable || len(got) != 0 {
		t.Errorf("got %v and %d requests", err, len(got))
	}
	j.Args.After = time.Now()
	if err := early.Work(t.Context(), j); err != nil || len(got) != 1 {
		t.Errorf("got %v and %d requests", err, len(got))
	}
}
