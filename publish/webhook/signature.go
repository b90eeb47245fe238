package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

const secretPrefix = "whsec_"

// newSecret is a secret that serves every scheme: Standard Webhooks take what is
// behind the prefix for base64, all others take it as it is.
func newSecret() string {
	key := make([]byte, 32)
	rand.Read(key) // never fails, as its documentation says
	return secretPrefix + base64.StdEncoding.EncodeToString(key)
}

// checkSecret checks a secret from outside, or nothing: for Standard Webhooks
// whsec_ and the base64 of 24 to 64 bytes, else any text that is long enough.
func checkSecret(secret string, scheme Signature) error {
	switch scheme {
	case Standard, Both, GitHub:
	default:
		return fmt.Errorf("signatures are %s, %s or %s, not %q", Standard, GitHub, Both, string(scheme))
	}
	if secret == "" {
		return nil
	}
	if scheme == GitHub {
		return checkText(secret)
	}
	text, ok := strings.CutPrefix(secret, secretPrefix)
	key, err := base64.StdEncoding.DecodeString(text)
	if !ok || err != nil || len(key) < 24 || len(key) > 64 {
		return errors.New("the secret of a webhook must be whsec_ followed by the base64 of 24 to 64 bytes")
	}
	return nil
}

func checkText(secret string) error {
	if len(secret) < 16 || len(secret) > 500 || strings.ContainsFunc(secret, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsGraphic(r) || r == ' ' }) {
		return errors.New("a secret must be 16 to 500 visible ASCII characters")
	}
	return nil
}

// rotation is the secret of a webhook or trigger, and the one before it for as
// long as that is good.
type rotation struct {
	secret, old string
	until       int64 // microseconds
}

// secrets are those that are good at the time, the newest first.
func (r rotation) secrets(now time.Time) []string {
	if r.old != "" && database.Micros(now) < r.until {
		return []string{r.secret, r.old}
	}
	return []string{r.secret}
}

// MaxGrace limits how long an old secret may stay valid.
const MaxGrace = 30 * 24 * time.Hour

// Rotate gives a webhook another secret; given and the secret that is returned
// are as for Add. Until the grace is over the old one signs as well, where a
// scheme has room for two signatures: GitHub's has not.
func (w *Webhooks) Rotate(ctx context.Context, id, given string, grace time.Duration) (secret string, err error) {
	var scheme Signature
	err = w.db.QueryRowContext(ctx, `SELECT signature FROM webhook WHERE id = $1`, id).Scan(&scheme)
	if errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("webhook %s: %w", id, ErrNotFound)
	}
	if err != nil {
		return "", fmt.Errorf("read webhook %s: %w", id, err)
	}
	if err := checkSecret(given, scheme); err != nil {
		return "", err
	}
	return rotate(ctx, w.db, "webhook", "id", id, given, grace)
}

// rotate changes the secret in a row of the table, whose key is as given.
func rotate(ctx context.Context, q database.Queryer, table, key, id, given string, grace time.Duration) (secret string, err error) {
	if grace < 0 || grace > MaxGrace {
		return "", fmt.Errorf("a secret may stay good for %v at most", MaxGrace)
	}
	if secret = given; secret == "" {
		secret = newSecret()
	}
	result, err := q.ExecContext(ctx, `UPDATE `+table+` SET old_secret = secret, secret = $2, old_secret_until = $3 WHERE `+key+` = $1`,
		id, secret, database.Micros(time.Now().Add(grace)))
	if err != nil {
		return "", fmt.Errorf("rotate the secret of %s: %w", id, err)
	}
	return secret, oneOf(result, "%s", id)
}

// standardKey is the key in a secret of Standard Webhooks.
func standardKey(secret string) ([]byte, error) {
	return base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
}

// sign is the signature of a delivery by the Standard Webhooks scheme: v1, a
// comma, and the HMAC-SHA256 over id, time (Unix seconds) and body joined by
// full stops; of several secrets, with spaces between.
func sign(secrets []string, id, at, body string) (string, error) {
	var all []string
	for _, secret := range secrets {
		key, err := standardKey(secret)
		if err != nil {
			return "", fmt.Errorf("the secret of the webhook cannot be decoded, rotate it: %w", err)
		}
		all = append(all, "v1,"+base64.StdEncoding.EncodeToString(digest(key, id+"."+at+"."+body)))
	}
	return strings.Join(all, " "), nil
}

// signGitHub is the signature of a body as GitHub makes it
// (docs.github.com, "Validating webhook deliveries").
func signGitHub(secret, body string) string {
	return "sha256=" + hex.EncodeToString(digest([]byte(secret), body))
}

func digest(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}
