package webhook

import (
	"crypto/hmac"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// tolerance is the greatest difference between a signed time and ours (Standard
// Webhooks).
const tolerance = 5 * time.Minute

// scheme is a way in which a request shows that its sender has the secret.
type scheme struct {
	field string // the header field that holds the proof
	proof func(secret, proof string, header http.Header, body []byte, now time.Time) bool
}

// schemes are all that are known. X-Hub-Signature, by SHA-1, is not among them.
var schemes = []scheme{
	{"X-Hub-Signature-256", byGitHub},
	{"X-Gitea-Signature", byHex},
	{"X-Forgejo-Signature", byHex},
	{"X-Gitlab-Token", byToken},
	{"Webhook-Signature", byStandard},
}

// proven reports whether a request bears a proof by one of the secrets and no
// other one that is wrong. It goes the same way whether there is such a trigger
// or not.
func proven(secrets []string, header http.Header, body []byte, now time.Time) bool {
	proofs, right := 0, 0
	for _, s := range schemes {
		values := header.Values(s.field)
		proofs += len(values)
		if len(values) != 1 {
			continue
		}
		good := false
		for _, secret := range secrets {
			good = s.proof(secret, values[0], header, body, now) || good
		}
		if good {
			right++
		}
	}
	return proofs > 0 && proofs == right
}

// byGitHub checks sha256= and the HMAC-SHA256 of the body in hexadecimal
// (docs.github.com, "Validating webhook deliveries").
func byGitHub(secret, proof string, header http.Header, body []byte, now time.Time) bool {
	text, ok := strings.CutPrefix(proof, "sha256=")
	return byHex(secret, text, header, body, now) && ok
}

// byHex checks the HMAC-SHA256 of the body in hexadecimal (docs.gitea.com,
// "Webhooks"; Forgejo's the same).
func byHex(secret, proof string, _ http.Header, body []byte, _ time.Time) bool {
	got, err := hex.DecodeString(proof)
	return hmac.Equal(got, digest([]byte(secret), string(body))) && err == nil
}

// byToken checks that the proof is the secret itself (docs.gitlab.com,
// "Webhooks", secret token). GitLab's signing tokens are Standard Webhooks'.
func byToken(secret, proof string, _ http.Header, _ []byte, _ time.Time) bool {
	return subtle.ConstantTimeCompare(digest(nil, secret), digest(nil, proof)) == 1
}

// byStandard checks a list of signatures of which one must be right, over the
// id, the time and the body (Standard Webhooks, "Verifying signatures").
func byStandard(secret, proof string, header http.Header, body []byte, now time.Time) bool {
	ids, times := header.Values("Webhook-Id"), header.Values("Webhook-Timestamp")
	if len(ids) != 1 || len(times) != 1 {
		return false
	}
	seconds, err := strconv.ParseInt(times[0], 10, 62)
	if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > tolerance {
		return false
	}
	key, err := standardKey(secret)
	if err != nil {
		return false
	}
	want := digest(key, ids[0]+"."+times[0]+"."+string(body))
	right := false
	for _, one := range strings.Fields(proof) {
		text, ok := strings.CutPrefix(one, "v1,")
		got, err := base64.StdEncoding.DecodeString(text)
		right = ok && err == nil && hmac.Equal(got, want) || right
	}
	return right
}

// idFields are where the senders put the id of a delivery, the one that is signed
// first. GitLab's Idempotency-Key stays the same when a delivery is repeated; its
// older versions know only the event's id.
var idFields = []string{"Webhook-Id", "X-Github-Delivery", "X-Forgejo-Delivery", "X-Gitea-Delivery", "Idempotency-Key", "X-Gitlab-Event-Uuid"}

var deliveryID = regexp.MustCompile(`^[!-~]{1,200}$`)

// idOf is the id of a delivery; empty if it has none that can be used. An id that
// is signed is the only one that counts.
func idOf(header http.Header) string {
	for _, field := range idFields {
		values := header.Values(field)
		if field == "Webhook-Id" && header.Get("Webhook-Signature") == "" {
			continue
		}
		if len(values) == 1 && deliveryID.MatchString(values[0]) {
			return values[0]
		}
		if len(values) > 0 {
			return ""
		}
	}
	return ""
}
