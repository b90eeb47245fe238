package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// Payloads with the fields that the senders document, written for this test.
const (
	githubPush = `{"ref":"refs/heads/main","before":"1111111111111111111111111111111111111111","after":"2222222222222222222222222222222222222222",
		"repository":{"id":1,"name":"sea","full_name":"ann/sea","private":false,"owner":{"name":"ann","login":"ann"},"default_branch":"main"},
		"pusher":{"name":"ann","email":"ann@example.org"},"sender":{"login":"ann","id":7},"created":false,"deleted":false,"forced":false,"base_ref":null,
		"compare":"https://git.example/ann/sea/compare/1111...2222","commits":[{"id":"2222222222222222222222222222222222222222","message":"Tides.","added":[],"removed":[],"modified":["m1"]}],
		"head_commit":{"id":"2222222222222222222222222222222222222222"}}`
	githubDeletion = `{"ref":"refs/heads/main","after":"0000000000000000000000000000000000000000","deleted":true,"commits":[]}`
	githubPing     = `{"zen":"Keep it logically awesome.","hook_id":30,"hook":{"type":"Repository","id":30,"events":["push"],"active":true}}`

	gitlabPush = `{"object_kind":"push","event_name":"push","before":"1111111111111111111111111111111111111111","after":"2222222222222222222222222222222222222222",
		"ref":"refs/heads/main","ref_protected":true,"checkout_sha":"2222222222222222222222222222222222222222","user_id":4,"user_name":"Ann","user_username":"ann","project_id":15,
		"project":{"id":15,"name":"sea","path_with_namespace":"ann/sea","default_branch":"main","git_http_url":"https://git.example/ann/sea.git"},
		"commits":[{"id":"2222222222222222222222222222222222222222","message":"Tides.","added":[],"modified":["m1"],"removed":[]}],"total_commits_count":1}`
	gitlabTag = `{"object_kind":"tag_push","event_name":"tag_push","before":"0000000000000000000000000000000000000000","after":"2222222222222222222222222222222222222222",
		"ref":"refs/heads/main","checkout_sha":"2222222222222222222222222222222222222222","message":"","project_id":15,"commits":[],"total_commits_count":0}`

	giteaPush = `{"ref":"refs/heads/main","before":"1111111111111111111111111111111111111111","after":"2222222222222222222222222222222222222222",
		"compare_url":"https://git.example/ann/sea/compare/1111...2222","commits":[{"id":"2222222222222222222222222222222222222222","message":"Tides.","verification":null}],"total_commits":1,
		"head_commit":{"id":"2222222222222222222222222222222222222222"},"repository":{"id":3,"owner":{"id":1,"login":"ann"},"name":"sea","full_name":"ann/sea"},"pusher":{"id":1,"login":"ann"},"sender":{"id":1,"login":"ann"}}`

	standardRelease = `{"type":"release.published","timestamp":"2026-11-25T20:45:00Z","data":{"repository":"ann/sea","book":"tides","number":"1.4","commit":"2222","ref":"refs/heads/main"}}`
)

func hexOf(key []byte, text string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))
}

// standard is the header of Standard Webhooks, with nothing of this package.
func standard(secret, id string, at time.Time, body string) http.Header {
	key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	seconds := strconv.FormatInt(at.Unix(), 10)
	sum, _ := hex.DecodeString(hexOf(key, id+"."+seconds+"."+body))
	return fields("webhook-id", id, "webhook-timestamp", seconds, "webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(sum))
}

func fields(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Add(pairs[i], pairs[i+1])
	}
	return h
}

func with(h http.Header, pairs ...string) http.Header {
	for name, values := range fields(pairs...) {
		h[name] = append(h[name], values...)
	}
	return h
}

// Every sender, as it documents what it sends.
func TestSenders(t *testing.T) {
	now := time.Now()
	gitea := func(secret, body string) http.Header {
		sum := hexOf([]byte(secret), body)
		return fields("X-Gitea-Delivery", "g1", "X-Gitea-Event", "push", "X-Gitea-Event-Type", "push", "X-Gitea-Signature", sum,
			"X-Gogs-Delivery", "g1", "X-Gogs-Event", "push", "X-Gogs-Signature", sum, "X-Hub-Signature", "sha1=00",
			"X-Hub-Signature-256", "sha256="+sum, "X-GitHub-Delivery", "g1", "X-GitHub-Event", "push", "X-GitHub-Event-Type", "push")
	}
	gitlab := func(secret string) http.Header {
		return fields("X-Gitlab-Event", "Push Hook", "X-Gitlab-Token", secret, "X-Gitlab-Event-UUID", "e1", "X-Gitlab-Webhook-UUID", "h1",
			"X-Gitlab-Instance", "https://git.example", "Idempotency-Key", "k1", "User-Agent", "GitLab/17.1.0-pre")
	}
	github := func(event string) func(secret, body string) http.Header {
		return func(secret, body string) http.Header {
			return fields("X-GitHub-Hook-ID", "30", "X-GitHub-Event", event, "X-GitHub-Delivery", "d1", "X-Hub-Signature", "sha1=00",
				"X-Hub-Signature-256", "sha256="+hexOf([]byte(secret), body), "User-Agent", "GitHub-Hookshot/1")
		}
	}
	for _, tt := range []struct {
		name   string
		body   string
		header func(secret, body string) http.Header
		status int
		id     string // under which it is remembered; empty: it is not
	}{
		{"GitHub", githubPush, github("push"), 202, "d1"},
		{"GitHub, branch deleted", githubDeletion, github("push"), 200, ""},
		{"GitHub, ping", githubPing, github("ping"), 200, ""},
		{"GitHub, issues", `{"action":"opened"}`, github("issues"), 200, ""},
		{"GitHub, ref that is none", `{"ref":["refs/heads/main"]}`, github("push"), 400, ""},
		{"GitHub, deleted that is none", `{"ref":"refs/heads/main","deleted":"false"}`, github("push"), 400, ""},

		{"GitLab", gitlabPush, func(s, _ string) http.Header { return gitlab(s) }, 202, "k1"},
		{"GitLab, tag", gitlabTag, func(s, _ string) http.Header { h := gitlab(s); h.Set("X-Gitlab-Event", "Tag Push Hook"); return h }, 202, "k1"},
		{"GitLab before 17.4", gitlabPush, func(s, _ string) http.Header { h := gitlab(s); h.Del("Idempotency-Key"); return h }, 202, "e1"},
		{"GitLab, signing token", gitlabPush, func(s, b string) http.Header {
			h := with(standard(s, "k2", now, b), "X-Gitlab-Event", "Push Hook", "X-Gitlab-Event-UUID", "e1", "Idempotency-Key", "k2")
			return h
		}, 202, "k2"},
		{"GitLab, both tokens", gitlabPush, func(s, b string) http.Header { return with(gitlab(s), flat(standard(s, "k1", now, b))...) }, 202, "k1"},
		{"GitLab, wrong token beside a right signature", gitlabPush, func(s, b string) http.Header {
			return with(gitlab("wrong"), flat(standard(s, "k1", now, b))...)
		}, 401, ""},
		{"GitLab, wrong token", gitlabPush, func(s, _ string) http.Header { return gitlab(s + "x") }, 401, ""},
		{"GitLab, no token", gitlabPush, func(string, string) http.Header { return gitlab("") }, 401, ""},
		{"GitLab, issue", gitlabPush, func(s, _ string) http.Header { h := gitlab(s); h.Set("X-Gitlab-Event", "Issue Hook"); return h }, 200, ""},
		{"GitLab, another kind", githubPush, func(s, _ string) http.Header { return gitlab(s) }, 400, ""},

		{"Gitea", giteaPush, gitea, 202, "g1"},
		{"Gitea, form", "payload=" + url.QueryEscape(giteaPush), func(s, b string) http.Header {
			return with(gitea(s, b), "Content-Type", "application/x-www-form-urlencoded")
		}, 202, "g1"},
		{"Gitea, pull request", giteaPush, func(s, b string) http.Header { h := gitea(s, b); h.Set("X-Gitea-Event", "pull_request"); return h }, 200, ""},
		{"Forgejo", giteaPush, func(s, b string) http.Header {
			sum := hexOf([]byte(s), b)
			return with(gitea(s, b), "X-Forgejo-Delivery", "g1", "X-Forgejo-Event", "push", "X-Forgejo-Signature", sum)
		}, 202, "g1"},
		{"Forgejo, one signature wrong", giteaPush, func(s, b string) http.Header {
			return with(gitea(s, b), "X-Forgejo-Event", "push", "X-Forgejo-Signature", hexOf([]byte("wrong"), b))
		}, 401, ""},
		{"Gitea, not hexadecimal", giteaPush, func(string, string) http.Header { return fields("X-Gitea-Signature", "zz", "X-Gitea-Delivery", "g1") }, 401, ""},
		{"Gitea, empty signature", giteaPush, func(string, string) http.Header { return fields("X-Gitea-Signature", "", "X-Gitea-Delivery", "g1") }, 401, ""},

		{"Standard Webhooks", standardRelease, func(s, b string) http.Header { return standard(s, "m1", now, b) }, 202, "m1"},
		{"Standard Webhooks, two signatures", standardRelease, func(s, b string) http.Header {
			h := standard(s, "m1", now, b)
			h.Set("Webhook-Signature", "v1,AAAA v2,x "+h.Get("Webhook-Signature"))
			return h
		}, 202, "m1"},
		{"Standard Webhooks, ref beside", `{"type":"deploy","ref":"refs/heads/main"}`, func(s, b string) http.Header { return standard(s, "m1", now, b) }, 202, "m1"},
		{"Standard Webhooks, no ref", `{"type":"deploy","timestamp":"2026-11-25T20:45:00Z","data":{}}`, func(s, b string) http.Header { return standard(s, "m1", now, b) }, 202, "m1"},
		{"Standard Webhooks, refused push", `{"type":"push.refused","data":{"ref":"x"}}`, func(s, b string) http.Header { return standard(s, "m1", now, b) }, 200, ""},
		{"Standard Webhooks, ping", `{"type":"webhook.ping"}`, func(s, b string) http.Header { return standard(s, "m1", now, b) }, 200, ""},
		{"Standard Webhooks, data that is none", `{"type":"x","data":"refs/heads/main"}`, func(s, b string) http.Header { return standard(s, "m1", now, b) }, 400, ""},
		{"Standard Webhooks, four minutes old", standardRelease, func(s, b string) http.Header { return standard(s, "m1", now.Add(-4*time.Minute), b) }, 202, "m1"},
		{"Standard Webhooks, six minutes old", standardRelease, func(s, b string) http.Header { return standard(s, "m1", now.Add(-6*time.Minute), b) }, 401, ""},
		{"Standard Webhooks, from the future", standardRelease, func(s, b string) http.Header { return standard(s, "m1", now.Add(6*time.Minute), b) }, 401, ""},
		{"Standard Webhooks, another id", standardRelease, func(s, b string) http.Header { h := standard(s, "m1", now, b); h.Set("Webhook-Id", "m2"); return h }, 401, ""},
		{"Standard Webhooks, two ids", standardRelease, func(s, b string) http.Header { return with(standard(s, "m1", now, b), "Webhook-Id", "m1") }, 401, ""},
		{"Standard Webhooks, an id that is not signed", standardRelease, func(s, b string) http.Header {
			return with(standard(s, "m1", now, b), "X-GitHub-Delivery", "other")
		}, 202, "m1"},
		{"Standard Webhooks, time out of all bounds", standardRelease, func(s, b string) http.Header {
			h := standard(s, "m1", now, b)
			h.Set("Webhook-Timestamp", "-9223372036854775808")
			return h
		}, 401, ""},

		{"passed on too often", githubPush, func(s, b string) http.Header { return with(github("push")(s, b), HopsField, "5") }, 200, ""},
		{"passed on", githubPush, func(s, b string) http.Header { return with(github("push")(s, b), HopsField, "4") }, 202, "d1"},
		{"doubled member far inside", `{"ref":"refs/heads/main","a":[{"b":{"c":1,"c":2}}]}`, github("push"), 400, ""},
		{"nested too deep", `{"ref":"refs/heads/main","a":` + strings.Repeat("[", 70) + strings.Repeat("]", 70) + `}`, github("push"), 400, ""},
		{"nothing shown", githubPush, func(string, string) http.Header { return fields("X-GitHub-Event", "push", "X-GitHub-Delivery", "d1") }, 401, ""},
		{"SHA-1 alone", githubPush, func(s, b string) http.Header {
			return fields("X-GitHub-Event", "push", "X-GitHub-Delivery", "d1", "X-Hub-Signature", "sha1="+hexOf([]byte(s), b))
		}, 401, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newTriggerBench(t)
			r := httptest.NewRequest(http.MethodPost, "/-/hooks/any", strings.NewReader(tt.body))
			r.Header = tt.header(b.secret, tt.body)
			status, text := b.deliver(t, r)
			if status != tt.status || text == "" {
				t.Fatalf("got %d %q, want %d", status, text, tt.status)
			}
			var id string
			_ = b.db.QueryRowContext(t.Context(), `SELECT coalesce(min(delivery_id), '') FROM trigger_delivery`).Scan(&id)
			if id != tt.id {
				t.Errorf("remembered under %q, want %q", id, tt.id)
			}
			if all := b.publications(t); (len(all) == 1) != (tt.status == 202) || len(all) > 1 {
				t.Errorf("%d publications", len(all))
			} else if len(all) == 1 && all[0].Ref != "refs/heads/main" {
				t.Errorf("got %+v", all[0])
			}
		})
	}
}

func flat(h http.Header) (pairs []string) {
	for name, values := range h {
		pairs = append(pairs, name, values[0])
	}
	return pairs
}

// After a rotation either secret is good, until the grace is over.
func TestTriggerRotate(t *testing.T) {
	b := newTriggerBench(t)
	fresh, err := b.triggers.Rotate(t.Context(), "any", "", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for i, secret := range []string{b.secret, fresh} {
		if status, text := b.deliver(t, post("any", secret, strconv.Itoa(i), `{}`)); status != 202 {
			t.Errorf("secret %d: %d %s", i, status, text)
		}
	}
	b.now = func() time.Time { return time.Now().Add(2 * time.Hour) }
	for i, want := range []int{401, 202} {
		if status, _ := b.deliver(t, post("any", []string{b.secret, fresh}[i], "later"+strconv.Itoa(i), `{}`)); status != want {
			t.Errorf("secret %d: %d, want %d", i, status, want)
		}
	}
	if _, err := b.triggers.Rotate(t.Context(), "none", "", 0); err == nil {
		t.Error("a trigger that is not there was rotated")
	}
	if _, err := b.triggers.Rotate(t.Context(), "any", "short", 0); err == nil {
		t.Error("a short secret was accepted")
	}
}

// mirrors is a Mirrors of which every repository is one.
type mirrors struct{ asked []int }

func (m *mirrors) Mirrors(context.Context, string) (bool, error) { return true, nil }

func (m *mirrors) Request(_ context.Context, _ database.Tx, _ string, hops int) error {
	m.asked = append(m.asked, hops)
	return nil
}

// The trigger of a mirror pulls, whichever ref has moved or gone.
func TestTriggerOfAMirror(t *testing.T) {
	b := newTriggerBench(t)
	m := &mirrors{}
	b.mirrors = m
	for i, body := range []string{githubPush, githubDeletion, `{"ref":"refs/heads/unknown"}`, githubPush} {
		r := post("any", b.secret, "d"+strconv.Itoa(min(i, 2)), body) // the last one is a repetition
		r.Header.Set(HopsField, strconv.Itoa(i))
		if status, text := b.deliver(t, r); status != 202 {
			t.Errorf("%d %s", status, text)
		}
	}
	if want := []int{0, 1, 2}; !reflect.DeepEqual(m.asked, want) || len(b.publications(t)) != 0 {
		t.Errorf("asked for pulls %v, want %v", m.asked, want)
	}
}

// fuzzReader says that a reader of payloads reads what a plain reader of JSON
// finds under the same names.
func fuzzReader(f *testing.F, read func(map[string]any) (order, error), refOf func(map[string]any) any, seeds ...string) {
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		payload, err := parseObject(body)
		if err != nil {
			return
		}
		o, err := read(payload)
		if err != nil || o.idle != "" {
			return
		}
		var all map[string]any
		if err := json.Unmarshal(body, &all); err != nil {
			t.Fatalf("accepted, but not JSON: %v", err)
		}
		want, _ := refOf(all).(string)
		if o.ref != want {
			t.Fatalf("got %q, want %q", o.ref, want)
		}
	})
}

func plainRef(all map[string]any) any { return all["ref"] }

func FuzzReadGitHub(f *testing.F) {
	fuzzReader(f, readGitHub, plainRef, githubPush, githubDeletion, giteaPush, `{"ref":"\u0000\ud800","ref ":[]}`, `{"Ref":"a"}`)
}

func FuzzReadGitLab(f *testing.F) {
	fuzzReader(f, readGitLab, plainRef, gitlabPush, gitlabTag, `{"object_kind":"push","ref":null}`)
}

func FuzzReadStandard(f *testing.F) {
	fuzzReader(f, readStandard, func(all map[string]any) any {
		if ref, _ := all["ref"].(string); ref != "" {
			return ref
		}
		data, _ := all["data"].(map[string]any)
		return data["ref"]
	}, standardRelease, `{"type":"x","ref":"","data":{"ref":"y"}}`)
}

// No header and body bring a reader to a fall, and what is read has one reading.
func FuzzReadOrder(f *testing.F) {
	f.Add("application/json", "push", []byte(githubPush))
	f.Add("application/x-www-form-urlencoded", "", []byte("payload=%7B%22ref%22%3A%22x%22%7D"))
	f.Fuzz(func(t *testing.T, contentType, event string, body []byte) {
		for _, s := range senders {
			h := http.Header{"Content-Type": {contentType}}
			if s.event != "" {
				h[s.event] = []string{event}
			}
			if o, err := readOrder(h, body); err != nil && o != (order{}) {
				t.Fatalf("both %+v and %v", o, err)
			}
		}
	})
}

// No proof but the right one is accepted.
func FuzzProven(f *testing.F) {
	f.Add("X-Hub-Signature-256", "sha256=00", []byte("{}"))
	f.Add("X-Gitlab-Token", "secret", []byte("{}"))
	f.Add("Webhook-Signature", "v1,", []byte(""))
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	now := time.Unix(1614265330, 0)
	f.Fuzz(func(t *testing.T, field, proof string, body []byte) {
		h := http.Header{http.CanonicalHeaderKey(field): {proof}, "Webhook-Id": {"m"}, "Webhook-Timestamp": {"1614265330"}}
		sum := hexOf([]byte(secret), string(body))
		right := map[string]bool{"sha256=" + sum: true, sum: true, secret: true}
		for _, one := range strings.Fields(proof) {
			right[proof] = right[proof] || one == standard(secret, "m", now, string(body)).Get("webhook-signature")
		}
		if strings.HasPrefix(proof, "sha256=") {
			right[proof] = strings.EqualFold(proof[7:], sum)
		} else if strings.EqualFold(proof, sum) {
			right[proof] = true
		}
		if proven([]string{secret}, h, body, now) && !right[proof] {
			t.Fatalf("%s: %q was accepted", field, proof)
		}
	})
}
