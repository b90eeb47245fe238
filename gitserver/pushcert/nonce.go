package pushcert

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// slop is the greatest age of a nonce. The refs may be advertised by another
// process than the one that receives the push, and the pusher may have to type a
// passphrase in between (see receive.certNonceSlop in git-config(1)).
const slop = 15 * time.Minute

// Nonces makes and checks what pushers sign to show that a certificate was made
// for this push. All servers of a repository must have the same secret.
type Nonces struct{ secret []byte }

// NewNonces makes nonces under a secret, which should have 32 random bytes.
func NewNonces(secret []byte) Nonces { return Nonces{secret} }

// Make is a nonce for a push to the repository with the id.
func (n Nonces) Make(repositoryID string, now time.Time) string {
	return n.at(repositoryID, now.Unix())
}

func (n Nonces) at(repositoryID string, stamp int64) string {
	mac := hmac.New(sha256.New, n.secret)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(stamp)))
	mac.Write([]byte(repositoryID))
	return fmt.Sprintf("%d-%x", stamp, mac.Sum(nil))
}

// NonceStatus is the validity of a certificate's nonce.
type NonceStatus string

// What a nonce can be worth.
const (
	NonceOK      NonceStatus = "ok"
	NonceMissing NonceStatus = "missing"
	NonceBad     NonceStatus = "bad"     // not ours, or for another repository
	NonceExpired NonceStatus = "expired" // older than slop
)

// Check judges the nonce of a certificate for the repository with the id.
func (n Nonces) Check(repositoryID, nonce string, now time.Time) NonceStatus {
	if nonce == "" {
		return NonceMissing
	}
	digits, _, _ := strings.Cut(nonce, "-")
	stamp, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || !hmac.Equal([]byte(nonce), []byte(n.at(repositoryID, stamp))) {
		return NonceBad
	}
	// The clocks of two servers may differ, but not by more than that.
	if age := now.Sub(time.Unix(stamp, 0)); age > slop || age < -slop {
		return NonceExpired
	}
	return NonceOK
}
