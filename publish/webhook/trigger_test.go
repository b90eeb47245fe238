package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/publish"
)

// refs is a resolver over a map; of its branches only main is published.
type refs struct {
	mu    sync.Mutex
	to    map[string]string
	moves int // how often main moves behind the back of who looks at it
}

func (r *refs) Head(context.Context, database.Queryer, string) (string, error) {
	return "refs/heads/main", nil
}

func (r *refs) Resolve(_ context.Context, q database.Queryer, _, ref string) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, inside := q.(database.Tx); inside && r.moves > 0 {
		r.moves--
		r.to["refs/heads/main"] += "'"
	}
	commit, ok := r.to[ref]
	if !ok {
		return "", fmt.Errorf("%s: %w", ref, ErrNoRef)
	}
	return commit, nil
}

func (r *refs) Published(_ context.Context, _, ref, _ string) (bool, error) {
	return ref == "refs/heads/main", nil
}

type triggerBench struct {
	*Receiver
	db     database.DB
	refs   *refs
	secret string // of the trigger "any"
	draft  string // of the trigger "draft", for refs/heads/draft
}

func newTriggerBench(t testing.TB) *triggerBench {
	t.Helper()
	db := openDB(t)
	triggers := NewTriggers(db)
	b := &triggerBench{db: db, refs: &refs{to: map[string]string{"refs/heads/main": "c1", "refs/heads/draft": "c2"}}}
	var err error
	if b.secret, err = triggers.Add(context.Background(), "any", repository, "", ""); err != nil {
		t.Fatal(err)
	}
	if b.draft, err = triggers.Add(context.Background(), "draft", repository, "refs/heads/draft", ""); err != nil {
		t.Fatal(err)
	}
	b.Receiver = NewReceiver(ReceiverConfig{Triggers: triggers, Resolver: b.refs})
	return b
}

// github signs a body as GitHub says, with nothing of this package.
func github(secret, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

func post(name, secret, delivery, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/-/hooks/"+name, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-GitHub-Delivery", delivery)
	r.Header.Set("X-Hub-Signature-256", github(secret, body))
	return r
}

// deliver is the status with which the view answers what comes of a request.
func (b *triggerBench) deliver(t testing.TB, r *http.Request) (status int, text string) {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	incoming, err := b.Verify(r.Context(), strings.TrimPrefix(r.URL.Path, "/-/hooks/"), r.Header, body)
	var receipt Receipt
	if err == nil {
		receipt, err = b.Take(r.Context(), incoming)
	}
	var refusal *Refusal
	switch {
	case errors.As(err, &refusal):
		return map[RefusalReason]int{Unsigned: 401, Malformed: 400, NotPublishable: 422, Moving: 409}[refusal.Reason], refusal.Detail
	case err != nil:
		t.Error(err)
		return 500, ""
	case receipt.Queued:
		return 202, receipt.Text
	}
	return 200, receipt.Text
}

func (b *triggerBench) publications(t testing.TB) []*publish.Status {
	t.Helper()
	all, err := publish.Publications(context.Background(), b.db, repository, 100)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// rows is how many rows hold anything that a request could have changed.
func (b *triggerBench) rows(t testing.TB) (n int) {
	t.Helper()
	err := b.db.QueryRowContext(context.Background(), `SELECT (SELECT count(*) FROM publication) + (SELECT count(*) FROM trigger_delivery)
		+ (SELECT count(*) FROM river_job)`).Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestTrigger(t *testing.T) {
	main := `{"ref":"refs/heads/main","commits":[{"ref":"x"}]}`
	form := "payload=" + url.QueryEscape(main)
	set := func(key string, values ...string) func(*http.Request, *triggerBench) {
		return func(r *http.Request, _ *triggerBench) {
			r.Header.Del(key)
			for _, v := range values {
				r.Header.Add(key, v)
			}
		}
	}
	signature := func(f func(b *triggerBench, body string) string) func(*http.Request, *triggerBench) {
		return func(r *http.Request, b *triggerBench) { r.Header.Set("X-Hub-Signature-256", f(b, main)) }
	}
	type edit = func(*http.Request, *triggerBench)
	for _, test := range []struct {
		name, trigger, body string
		edit                edit
		status              int
		publishes           string // ref and commit
	}{
		{"main", "any", main, nil, 202, "refs/heads/main c1"},
		{"no ref", "any", `{}`, nil, 202, "refs/heads/main c1"},
		{"own ref", "draft", `{}`, nil, 202, "refs/heads/draft c2"},
		{"own ref named", "draft", `{"ref":"refs/heads/draft"}`, nil, 202, "refs/heads/draft c2"},
		{"form", "any", form, set("Content-Type", "application/x-www-form-urlencoded"), 202, "refs/heads/main c1"},
		{"no media type", "any", main, set("Content-Type"), 202, "refs/heads/main c1"},
		{"push event", "any", main, set("X-GitHub-Event", "push"), 202, "refs/heads/main c1"},
		{"upper-case hexadecimal", "any", main, signature(func(b *triggerBench, s string) string {
			return "sha256=" + strings.ToUpper(github(b.secret, s)[7:])
		}), 202, "refs/heads/main c1"},

		{"ping", "any", `{"zen":"x"}`, set("X-GitHub-Event", "ping"), 200, ""},
		{"another event", "any", main, set("X-GitHub-Event", "issues"), 200, ""},

		{"unknown trigger", "none", main, nil, 401, ""},
		{"no trigger", "", main, nil, 401, ""},
		{"name of another kind", "any/x", main, nil, 401, ""},
		{"no signature", "any", main, set("X-Hub-Signature-256"), 401, ""},
		{"empty signature", "any", main, set("X-Hub-Signature-256", "sha256="), 401, ""},
		{"two signatures", "any", main, set("X-Hub-Signature-256", "sha256=00", "sha256=00"), 401, ""},
		{"old signature", "any", main, func(r *http.Request, _ *triggerBench) {
			r.Header.Set("X-Hub-Signature", r.Header.Get("X-Hub-Signature-256"))
			r.Header.Del("X-Hub-Signature-256")
		}, 401, ""},
		{"empty key", "any", main, signature(func(_ *triggerBench, s string) string { return github("", s) }), 401, ""},
		{"empty key of an unknown trigger", "none", main, signature(func(_ *triggerBench, s string) string { return github("", s) }), 401, ""},
		{"key of another trigger", "any", main, signature(func(b *triggerBench, s string) string { return github(b.draft, s) }), 401, ""},
		{"of another body", "any", main, signature(func(b *triggerBench, s string) string { return github(b.secret, s+" ") }), 401, ""},
		{"no prefix", "any", main, signature(func(b *triggerBench, s string) string { return github(b.secret, s)[7:] }), 401, ""},
		{"wrong algorithm", "any", main, signature(func(b *triggerBench, s string) string { return "sha1=" + github(b.secret, s)[7:] }), 401, ""},
		{"cut short", "any", main, signature(func(b *triggerBench, s string) string { return github(b.secret, s)[:69] }), 401, ""},
		{"bad signature of a ping", "any", main, func(r *http.Request, _ *triggerBench) {
			r.Header.Set("X-GitHub-Event", "ping")
			r.Header.Set("X-Hub-Signature-256", "sha256=00")
		}, 401, ""},

		{"no delivery id", "any", main, set("X-GitHub-Delivery"), 400, ""},
		{"long delivery id", "any", main, set("X-GitHub-Delivery", strings.Repeat("x", 201)), 400, ""},
		{"odd delivery id", "any", main, set("X-GitHub-Delivery", "a\xffb"), 400, ""},
		{"no JSON", "any", `ref=x`, nil, 400, ""},
		{"empty", "any", ``, nil, 400, ""},
		{"list", "any", `[]`, nil, 400, ""},
		{"unfinished", "any", `{"ref":"refs/heads/main"`, nil, 400, ""},
		{"two objects", "any", `{}{}`, nil, 400, ""},
		{"doubled member", "any", `{"ref":"refs/heads/x","ref":"refs/heads/main"}`, nil, 400, ""},
		{"number for a ref", "any", `{"ref":1}`, nil, 400, ""},
		{"deep", "any", `{"a":` + strings.Repeat("[", 500_000), nil, 400, ""},
		{"form without payload", "any", "a=b", set("Content-Type", "application/x-www-form-urlencoded"), 400, ""},
		{"form with two payloads", "any", form + "&" + form, set("Content-Type", "application/x-www-form-urlencoded"), 400, ""},
		{"text", "any", main, set("Content-Type", "text/plain"), 400, ""},
		{"broken media type", "any", main, set("Content-Type", "/;"), 400, ""},

		{"unknown ref", "any", `{"ref":"refs/heads/none"}`, nil, 422, ""},
		{"short ref", "any", `{"ref":"main"}`, nil, 422, ""},
		{"unpublished ref", "any", `{"ref":"refs/heads/draft"}`, nil, 422, ""},
		{"ref of another trigger", "draft", main, nil, 422, ""},

		// a service that reports what happened is not told that it did wrong
		{"push of an unpublished ref", "any", `{"ref":"refs/heads/draft"}`, set("X-GitHub-Event", "push"), 200, ""},
		{"push of a ref that is gone", "any", `{"ref":"refs/heads/none"}`, set("X-Gitea-Event", "push"), 200, ""},
		{"push of another trigger's ref", "draft", main, set("X-Forgejo-Event", "push"), 200, ""},
		{"push of a tag", "draft", `{"ref":"refs/tags/v1","object_kind":"tag_push"}`, set("X-Gitlab-Event", "Tag Push Hook"), 200, ""},
		{"member in other case", "draft", `{"REF":"refs/heads/main"}`, nil, 202, "refs/heads/draft c2"},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newTriggerBench(t)
			secret := b.secret
			if test.trigger == "draft" {
				secret = b.draft
			}
			r := post(test.trigger, secret, "d1", test.body)
			if test.edit != nil {
				test.edit(r, b)
			}
			status, text := b.deliver(t, r)
			if status != test.status || text == "" {
				t.Fatalf("got %d %q, want %d", status, text, test.status)
			}
			all := b.publications(t)
			if test.publishes == "" {
				if n := b.rows(t); n != 0 {
					t.Errorf("%d rows were written", n)
				}
				return
			}
			if len(all) != 1 || all[0].Ref+" "+all[0].Commit != test.publishes || all[0].Kind != publish.Release {
				t.Errorf("got %+v, want %s", all, test.publishes)
			}
		})
	}
}

// The answer to a wrong signature does not tell whether there is a trigger.
func TestUnknownTriggerLooksLikeAWrongSecret(t *testing.T) {
	b := newTriggerBench(t)
	answers := map[string]bool{}
	for _, name := range []string{"any", "none"} {
		answers[fmt.Sprint(b.deliver(t, post(name, "wrong", "d1", `{}`)))] = true
	}
	if len(answers) != 1 {
		t.Errorf("two answers: %v", answers)
	}
}

func TestReplay(t *testing.T) {
	b := newTriggerBench(t)
	codes := make(chan int, 20)
	for range 20 {
		go func() {
			status, _ := b.deliver(t, post("any", b.secret, "d1", `{"ref":"refs/heads/main"}`))
			codes <- status
		}()
	}
	for range 20 {
		if code := <-codes; code != http.StatusAccepted {
			t.Errorf("got %d", code)
		}
	}
	// It stays taken when the ref has gone.
	delete(b.refs.to, "refs/heads/main")
	if status, text := b.deliver(t, post("any", b.secret, "d1", `{"ref":"refs/heads/main"}`)); status != http.StatusAccepted {
		t.Errorf("got %d %s", status, text)
	}
	if all := b.publications(t); len(all) != 1 {
		t.Errorf("got %d publications, want 1", len(all))
	}
	// Another trigger has ids of its own.
	status, _ := b.deliver(t, post("draft", b.draft, "d1", `{}`))
	if all := b.publications(t); status != http.StatusAccepted || len(all) != 2 {
		t.Errorf("got %d and %d publications", status, len(all))
	}
}

// What has been refused may be sent again with the same id.
func TestRefusedIsNotRemembered(t *testing.T) {
	b := newTriggerBench(t)
	for want := range 2 {
		_, text := b.deliver(t, post("draft", b.draft, "d1", map[int]string{0: `{"ref":"refs/heads/main"}`, 1: `{}`}[want]))
		if got := len(b.publications(t)); got != want {
			t.Errorf("got %d publications, want %d: %s", got, want, text)
		}
	}
}

func TestRefMovesMeanwhile(t *testing.T) {
	b := newTriggerBench(t)
	b.refs.moves = 2
	status, _ := b.deliver(t, post("any", b.secret, "d1", `{}`))
	all := b.publications(t)
	if status != http.StatusAccepted || len(all) != 1 || all[0].Commit != "c1''" {
		t.Errorf("got %d, %+v; want what main is in the end", status, all)
	}
	b.refs.moves = 1000
	status, text := b.deliver(t, post("any", b.secret, "d2", `{}`))
	if status != http.StatusConflict || len(b.publications(t)) != 1 {
		t.Errorf("got %d %s", status, text)
	}
}

func TestTriggerStore(t *testing.T) {
	b := newTriggerBench(t)
	for _, name := range []string{"", "A", "-a", "a/b", "a b", "..", strings.Repeat("x", 101), "é"} {
		if _, err := b.triggers.Add(t.Context(), name, repository, "", ""); err == nil {
			t.Errorf("the name %q was accepted", name)
		}
	}
	for _, ref := range []string{"main", "refs/", "refs/heads", "refs/heads/", "heads/main"} {
		if _, err := b.triggers.Add(t.Context(), "x", repository, ref, ""); err == nil {
			t.Errorf("the ref %q was accepted", ref)
		}
	}
	if _, err := b.triggers.Add(t.Context(), "any", "r2", "", ""); !errors.Is(err, ErrExists) {
		t.Errorf("got %v, want ErrExists", err)
	}
	all, err := b.triggers.List(t.Context())
	if err != nil || len(all) != 2 || all[0].Name != "any" || all[0].Ref != "" || all[0].RepositoryID != repository || all[1].Ref != "refs/heads/draft" {
		t.Errorf("got %+v, %v", all, err)
	}
	b.deliver(t, post("any", b.secret, "d1", `{}`))
	if err := b.triggers.Remove(t.Context(), "any"); err != nil {
		t.Fatal(err)
	}
	if err := b.triggers.Remove(t.Context(), "any"); !errors.Is(err, ErrNotFound) {
		t.Errorf("removed twice: %v", err)
	}
	if status, _ := b.deliver(t, post("any", b.secret, "d2", `{}`)); status != http.StatusUnauthorized {
		t.Errorf("a removed trigger answers %d", status)
	}
}

// The triggers of a repository that is deleted are not there, until it is restored.
func TestTriggerOfADeletedRepository(t *testing.T) {
	b := newTriggerBench(t)
	for i, tt := range []struct {
		deleted any
		status  int
	}{{int64(1), http.StatusUnauthorized}, {nil, http.StatusAccepted}} {
		if _, err := b.db.ExecContext(t.Context(), `UPDATE repository SET deleted_at = $1 WHERE id = $2`, tt.deleted, repository); err != nil {
			t.Fatal(err)
		}
		if status, text := b.deliver(t, post("any", b.secret, fmt.Sprint(i), `{}`)); status != tt.status {
			t.Errorf("deleted %v: %d %s", tt.deleted, status, text)
		}
	}
}
