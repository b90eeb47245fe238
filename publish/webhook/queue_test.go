package webhook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/egress"
	"github.com/rhaptos/rhaptos/publish"
)

// A later event waits for an earlier one of its repository that is tried again,
// and not for those of others; one that is given up keeps nobody waiting.
func TestInOrder(t *testing.T) {
	w := NewWebhooks(openDB(t))
	w.schedule = atOnce(3)
	var mu sync.Mutex
	var order []string
	bad := map[string]int{"second": 2, "third": 99} // how often it is refused
	s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		for book := range bad {
			if strings.Contains(string(body), `"`+book+`"`) && bad[book] > 0 {
				bad[book]--
				rw.WriteHeader(500)
				order = append(order, book+"!")
				return
			}
		}
		_, rest, _ := strings.Cut(string(body), `"book":"`)
		book, _, _ := strings.Cut(rest, `"`)
		order = append(order, book)
	}))
	defer s.Close()
	if _, _, err := w.Add(t.Context(), Webhook{URL: s.URL}, ""); err != nil {
		t.Fatal(err)
	}
	for _, book := range []string{"first", "second", "third", "fourth"} {
		announce(t, w, event(book))
	}
	elsewhere := event("elsewhere")
	elsewhere.RepositoryID = "r2"
	announce(t, w, elsewhere)
	start(t, w, anywhere)
	await(t, w)
	i := slices.Index(order, "elsewhere")
	if i < 0 {
		t.Fatalf("got %q", order)
	}
	order = slices.Delete(order, i, i+1)
	if got, want := strings.Join(order, " "), "first second! second! second third! third! third! fourth"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A receiver that is gone is told nothing more; one that is resumed gets what
// has waited.
func TestGone(t *testing.T) {
	w := NewWebhooks(openDB(t))
	url, got := receiver(t, http.StatusGone)
	id, _, err := w.Add(t.Context(), Webhook{URL: url, Creator: "a1"}, "")
	if err != nil {
		t.Fatal(err)
	}
	announce(t, w, event("tides"))
	announce(t, w, event("moons"))
	start(t, w, anywhere)
	suspended := waitFor(t, w, Suspended)
	if suspended.Reason != "the receiver answered 410 Gone" {
		t.Errorf("got %+v", suspended)
	}
	announce(t, w, event("stars")) // nobody hears of it
	all, err := w.Deliveries(t.Context(), id, 10)
	if err != nil || len(all) != 2 || all[0].State != Pending || all[1].State != Failed || len(got) != 1 {
		t.Fatalf("got %+v after %d requests, %v", all, len(got), err)
	}
	if err := w.Unpause(t.Context(), id, ""); err != nil {
		t.Fatal(err)
	}
	if all := await(t, w); all[0].State != Accepted || len(got) != 2 {
		t.Errorf("got %+v after %d requests", all[0], len(got))
	}
}

func waitFor(t *testing.T, w *Webhooks, c Condition) *Webhook {
	t.Helper()
	for range 3000 {
		hooks, err := w.List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if hooks[0].Condition == c {
			return hooks[0]
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("the webhook is never %s", c)
	return nil
}

func TestPause(t *testing.T) {
	w := NewWebhooks(openDB(t))
	url, got := receiver(t)
	id, _, err := w.Add(t.Context(), Webhook{URL: url}, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Pause(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if err := w.Pause(t.Context(), "wh_none"); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
	announce(t, w, event("tides"))
	if all, err := w.Deliveries(t.Context(), id, 1); err != nil || len(all) != 1 {
		t.Fatalf("got %+v, %v", all, err)
	} else if p, err := load(t.Context(), w.db, job{ID: all[0].ID}); p != nil || err != nil {
		t.Errorf("it is sent: %+v, %v", p, err)
	}
	start(t, w, anywhere)
	if err := w.Unpause(t.Context(), id, "a1"); err != nil {
		t.Fatal(err)
	}
	await(t, w)
	if hooks, err := w.List(t.Context()); err != nil || hooks[0].Creator != "a1" || len(got) != 1 {
		t.Errorf("got %+v and %d requests, %v", hooks[0], len(got), err)
	}
}

// A webhook does not outlive the rights of who made it.
func TestCreatorIsAskedAbout(t *testing.T) {
	w := NewWebhooks(openDB(t))
	url, got := receiver(t)
	if _, _, err := w.Add(t.Context(), Webhook{URL: url, RepositoryID: repository, Creator: "a1"}, ""); err != nil {
		t.Fatal(err)
	}
	sender := NewSender(SenderConfig{Webhooks: w, Guard: anywhere, Log: discard()})
	may := true
	sender.mayHear = func(_ context.Context, account, repositoryID string) (string, error) {
		if account != "a1" || repositoryID != repository {
			t.Errorf("asked about %s, %s", account, repositoryID)
		}
		if may {
			return "", nil
		}
		return "ann left", nil
	}
	for i := range 2 {
		announce(t, w, event(fmt.Sprint(i)))
		all, err := w.Deliveries(t.Context(), "", 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := (&worker{Sender: sender}).Work(t.Context(), riverJob(all[0].ID)); err != nil {
			t.Fatal(err)
		}
		may = false
	}
	hooks, err := w.List(t.Context())
	if err != nil || hooks[0].Condition != Suspended || hooks[0].Reason != "ann left" || len(got) != 1 {
		t.Errorf("got %+v and %d requests, %v", hooks[0], len(got), err)
	}
}

func TestWants(t *testing.T) {
	w := NewWebhooks(openDB(t))
	for pattern, want := range map[string]int{
		"*": 14, "contribution.*": 6, "release.*": 4, "push.*": 2, "*.published": 1, "draft.built": 1,
		"": 0, "release": 0, "released": 0, "[": 0, "release.*,push.*": 0, "a b": 0,
	} {
		_, _, err := w.Add(t.Context(), Webhook{URL: "https://a/", Events: []string{pattern}}, "")
		if (err == nil) != (want > 0) {
			t.Errorf("%q: %v", pattern, err)
		}
		n := 0
		for _, e := range publish.EventTypes() {
			if (&Webhook{Events: []string{pattern}}).Wants(e) {
				n++
			}
		}
		if n != want {
			t.Errorf("%q wants %d, want %d", pattern, n, want)
		}
	}
	if _, _, err := w.Add(t.Context(), Webhook{URL: "https://a/", Events: []string{"push.refused", "draft.*"}}, ""); err != nil {
		t.Fatal(err)
	}
	announce(t, w, event("tides")) // releases are not for the last one
	hooks, err := w.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if all, err := w.Deliveries(t.Context(), hooks[len(hooks)-1].ID, 10); err != nil || len(all) != 0 {
		t.Errorf("got %+v, %v", all, err)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "120": 2 * time.Minute, "-1": 0, "1.5": 0, "99999999999": 0, "soon": 0,
		"Wed, 25 Nov 2026 12:01:00 GMT": time.Minute, "Wed, 25 Nov 2026 11:00:00 GMT": 0,
	} {
		if got := retryAfter(value, now); got != want {
			t.Errorf("%q: got %v, want %v", value, got, want)
		}
	}
	a := &attempt{at: now}
	a.record(&http.Response{StatusCode: 503, Status: "503 x", Header: http.Header{"Retry-After": {"9999999"}}}, nil)
	if a.retryAfter != longestRetryAfter {
		t.Errorf("got %v", a.retryAfter)
	}
	w := NewWebhooks(openDB(t))
	w.schedule = atOnce(3)
	url, _ := receiver(t)
	if _, _, err := w.Add(t.Context(), Webhook{URL: url}, ""); err != nil {
		t.Fatal(err)
	}
	announce(t, w, event("tides"))
	all, err := w.Deliveries(t.Context(), "", 1)
	if err != nil {
		t.Fatal(err)
	}
	p, err := load(t.Context(), w.db, job{ID: all[0].ID})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.record(t.Context(), p, a); err != nil {
		t.Fatal(err)
	}
	var due int64
	if err := w.db.QueryRowContext(t.Context(), `SELECT next_at FROM delivery`).Scan(&due); err != nil || time.Until(time.UnixMicro(due)) < 23*time.Hour {
		t.Errorf("due at %v, %v", time.UnixMicro(due), err)
	}
}

// A delivery that has waited for others to be given up is not tried for as long
// as those again.
func TestPatience(t *testing.T) {
	w := &Webhooks{schedule: overDays()}
	now := time.Now()
	for age, want := range map[time.Duration]State{time.Hour: Pending, 3 * 24 * time.Hour: Pending, 6 * 24 * time.Hour: Failed} {
		if got := w.outcome(&parcel{begun: now.Add(-age)}, &attempt{status: 500}, now); got != want {
			t.Errorf("after %v: %s, want %s", age, got, want)
		}
	}
}

// Old deliveries go, but for those on their way.
func TestPrune(t *testing.T) {
	w := NewWebhooks(openDB(t))
	w.schedule = atOnce(1)
	url, _ := receiver(t, 500)
	if _, _, err := w.Add(t.Context(), Webhook{URL: url}, ""); err != nil {
		t.Fatal(err)
	}
	announce(t, w, event("tides"))
	start(t, w, anywhere)
	failed := await(t, w)[0]
	if err := w.Redeliver(t.Context(), failed.ID); err != nil {
		t.Fatal(err)
	}
	await(t, w)
	if _, _, attempts, err := w.Delivery(t.Context(), failed.ID); err != nil || len(attempts) != 2 {
		t.Fatalf("%d attempts, %v", len(attempts), err)
	}
	for _, tt := range []struct {
		before time.Time
		left   int
	}{{failed.Created.Add(-time.Hour), 1}, {failed.Created.Add(time.Hour), 0}} {
		if err := w.Prune(t.Context(), tt.before); err != nil {
			t.Fatal(err)
		}
		if all, err := w.Deliveries(t.Context(), "", 10); err != nil || len(all) != tt.left {
			t.Errorf("%d are left, %v; want %d", len(all), err, tt.left)
		}
	}
}

// A delivery that has waited for its webhook to be resumed has all of its time
// before it.
func TestPatienceAfterAPause(t *testing.T) {
	w := NewWebhooks(openDB(t))
	w.schedule = schedule{0, time.Hour}
	url, _ := receiver(t, 500, 500)
	id, _, err := w.Add(t.Context(), Webhook{URL: url}, "")
	if err != nil {
		t.Fatal(err)
	}
	announce(t, w, event("tides"))
	if err := w.Pause(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if _, err := w.db.ExecContext(t.Context(), `UPDATE delivery SET begun_at = $1`, time.Now().AddDate(0, 0, -20).UnixMicro()); err != nil {
		t.Fatal(err)
	}
	if err := w.Unpause(t.Context(), id, ""); err != nil {
		t.Fatal(err)
	}
	all, err := w.Deliveries(t.Context(), id, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := (&worker{Sender: NewSender(SenderConfig{Webhooks: w, Guard: anywhere, Log: discard()})}).Work(t.Context(), riverJob(all[0].ID)); err != nil {
		t.Fatal(err)
	}
	if all, err = w.Deliveries(t.Context(), id, 1); err != nil || all[0].Attempts != 1 || all[0].State != Pending {
		t.Errorf("got %+v, %v", all[0], err)
	}
}

// The address of a receiver can be a secret: what is told of a failure, in the log
// as well, is without it.
func TestAddressIsNotDisclosed(t *testing.T) {
	sender := NewSender(SenderConfig{Webhooks: NewWebhooks(openDB(t)), Guard: egress.Guard{}, Log: discard()})
	url := "http://127.0.0.1:1/services/tiger?key=tiger"
	a := sender.send(t.Context(), &parcel{job: job{ID: "msg_1"}, url: url, secrets: rotation{secret: newSecret()}, body: "{}"})
	if !strings.Contains(a.response, "public internet") || strings.Contains(a.response, "tiger") {
		t.Errorf("got %q", a.response)
	}
}

// A webhook that is removed, or paused, while a delivery is on its way: what the
// receiver answers then is nobody's business any more, or is written down.
func TestRemovedOnTheWay(t *testing.T) {
	for _, remove := range []bool{true, false} {
		w := NewWebhooks(openDB(t))
		reached, goOn := make(chan struct{}), make(chan struct{})
		s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			reached <- struct{}{}
			<-goOn
		}))
		defer s.Close()
		id, _, err := w.Add(t.Context(), Webhook{URL: s.URL}, "")
		if err != nil {
			t.Fatal(err)
		}
		announce(t, w, event("tides"))
		announce(t, w, event("moons"))
		all, err := w.Deliveries(t.Context(), id, 2)
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error)
		go func() {
			ended <- (&worker{Sender: NewSender(SenderConfig{Webhooks: w, Guard: anywhere, Log: discard()})}).Work(t.Context(), riverJob(all[1].ID))
		}()
		<-reached
		if remove {
			err = w.Remove(t.Context(), id)
		} else {
			err = w.Pause(t.Context(), id)
		}
		close(goOn)
		if err := errors.Join(err, <-ended); err != nil {
			t.Fatal(err)
		}
		var rows int
		if err := w.db.QueryRowContext(t.Context(), `SELECT (SELECT count(*) FROM delivery) + (SELECT count(*) FROM delivery_attempt)`).Scan(&rows); err != nil || remove != (rows == 0) {
			t.Errorf("removed %v: %d rows are left, %v", remove, rows, err)
		}
		if all, err = w.Deliveries(t.Context(), id, 2); err != nil || !remove && (all[0].State != Pending || all[1].State != Accepted) {
			t.Errorf("paused: got %+v, %v", all, err)
		}
	}
}
