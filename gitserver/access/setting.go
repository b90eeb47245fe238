package access

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// Secrets that all servers of a database share, by the names of their settings.
const (
	PushSecret   = "push_certificate_secret" // what the nonces of signed pushes are made under
	TicketSecret = "lfs_ticket_key"          // what Git LFS tickets are sealed with
	LibraryKey   = "library_key"             // what the id of the library is derived from
)

// Secret is 32 random bytes, made at the first call with the name and then kept
// in the database.
func (a *Access) Secret(ctx context.Context, name string) ([]byte, error) {
	fresh := make([]byte, 32)
	rand.Read(fresh) // never fails: crypto/rand
	text, err := database.AgreeSetting(ctx, a.db, name, hex.EncodeToString(fresh))
	if err != nil {
		return nil, err
	}
	secret, err := hex.DecodeString(text)
	if err != nil || len(secret) != len(fresh) {
		return nil, fmt.Errorf("setting %s is not %d bytes in hexadecimal", name, len(fresh))
	}
	return secret, nil
}
