package lfs

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/access"
	"github.com/rhaptos/rhaptos/gitserver/database"
)

// Operation is the operation that a client asks for, in the words of the batch
// API.
type Operation string

// The operations.
const (
	Download Operation = "download"
	Upload   Operation = "upload"
)

// known reports whether a word is an operation.
func known(o Operation) bool { return o == Download || o == Upload }

// needs is the action that one must be allowed for an operation.
func (o Operation) needs() access.Action {
	if o == Upload {
		return access.PushDraft
	}
	return access.Read
}

// ticket is a short-lived right to one operation on one repository, for a
// client that has shown who it is elsewhere: over SSH, or in the batch request
// before. It holds no right of its own: it stands for the credential that it was
// given for, which must still be good when the ticket is used.
type ticket struct {
	RepositoryID string
	Operation    Operation
	Credential   string // of access.Principal
	OID          OID    // the one object that it is good for; empty: any
	Size         int64  // of that object
	Expires      time.Time
}

// ticketLife is the validity of a ticket. A longer transfer requests another one.
const ticketLife = 30 * time.Minute

const ticketPrefix = "rhl_"

var errTicket = errors.New("the LFS ticket is not valid")

// sealer makes and reads tickets.
type sealer struct{ key []byte }

// newSealer seals with a key that all servers of the database share: they read
// each other's tickets.
func newSealer(ctx context.Context, db database.DB) (*sealer, error) {
	key, err := access.New(db, nil).Secret(ctx, access.TicketSecret)
	if err != nil {
		return nil, fmt.Errorf("key of LFS tickets: %w", err)
	}
	return &sealer{key}, nil
}

// fields are the ticket's, each after its length: no two tickets have the same.
func (t *ticket) fields() []byte {
	var b []byte
	for _, s := range []string{t.RepositoryID, string(t.Operation), t.Credential, string(t.OID)} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
		b = append(b, s...)
	}
	b = binary.BigEndian.AppendUint64(b, uint64(t.Size))
	return binary.BigEndian.AppendUint64(b, uint64(t.Expires.Unix()))
}

func (s *sealer) sum(fields []byte) []byte {
	mac := hmac.New(sha256.New, s.key)
	mac.Write(fields)
	return mac.Sum(nil)
}

// seal writes a ticket.
func (s *sealer) seal(t *ticket) string {
	fields := t.fields()
	return ticketPrefix + base64.RawURLEncoding.EncodeToString(append(fields, s.sum(fields)...))
}

// isTicket reports whether a bearer's token is meant as a ticket.
func isTicket(token string) bool { return strings.HasPrefix(token, ticketPrefix) }

// open reads a ticket that this server has sealed and that has not expired.
func (s *sealer) open(text string, now time.Time) (*ticket, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(strings.TrimPrefix(text, ticketPrefix))
	if err != nil || !isTicket(text) || len(b) < sha256.Size {
		return nil, errTicket
	}
	fields, sum := b[:len(b)-sha256.Size], b[len(b)-sha256.Size:]
	if !hmac.Equal(sum, s.sum(fields)) {
		return nil, errTicket
	}
	t, err := readTicket(fields)
	if err != nil {
		return nil, err
	}
	if !now.Before(t.Expires) {
		return nil, errTicket
	}
	return t, nil
}

// readTicket is the inverse of fields.
func readTicket(b []byte) (*ticket, error) {
	var texts [4]string
	for i := range texts {
		if len(b) < 4 {
			return nil, errTicket
		}
		n := uint64(binary.BigEndian.Uint32(b))
		if b = b[4:]; n > uint64(len(b)) {
			return nil, errTicket
		}
		texts[i], b = string(b[:n]), b[n:]
	}
	if len(b) != 16 {
		return nil, errTicket
	}
	return &ticket{
		RepositoryID: texts[0], Operation: Operation(texts[1]), Credential: texts[2], OID: OID(texts[3]),
		Size: int64(binary.BigEndian.Uint64(b)), Expires: time.Unix(int64(binary.BigEndian.Uint64(b[8:])), 0),
	}, nil
}
