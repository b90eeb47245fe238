package access_test

import (
	"bytes"
	"sync"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"github.com/rhaptos/rhaptos/gitserver/access"
	"github.com/rhaptos/rhaptos/gitserver/database/databasetest"
)

// Front ends that start at once on an empty database get the same key.
func TestHostKeyIsOne(t *testing.T) {
	place := databasetest.New(t)
	machines := []*access.Access{access.New(place.Open(t), nil), access.New(place.Open(t), nil)}
	keys := make([]gossh.Signer, 8)
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() {
			var err error
			if keys[i], err = machines[i%2].HostKey(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	for _, key := range keys {
		if key.PublicKey().Type() != gossh.KeyAlgoED25519 || !bytes.Equal(key.PublicKey().Marshal(), keys[0].PublicKey().Marshal()) {
			t.Errorf("%s differs from %s", gossh.FingerprintSHA256(key.PublicKey()), gossh.FingerprintSHA256(keys[0].PublicKey()))
		}
	}
}

func TestHostKeyRefusesWhatIsNone(t *testing.T) {
	a, db := open(t)
	if _, err := db.ExecContext(t.Context(), `INSERT INTO setting (name, value) VALUES ('ssh_host_ed25519_key', 'x')`); err != nil {
		t.Fatal(err)
	}
	if key, err := a.HostKey(t.Context()); err == nil {
		t.Errorf("got %s", gossh.FingerprintSHA256(key.PublicKey()))
	}
}
