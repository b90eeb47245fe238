package access

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"

	gossh "golang.org/x/crypto/ssh"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

const hostKeySetting = "ssh_host_ed25519_key"

// HostKey is the server's SSH key, ed25519. It is made at the first call and
// then kept in the database, so that all machines on one database show the same.
func (a *Access) HostKey(ctx context.Context) (gossh.Signer, error) {
	fresh, err := newHostKey()
	if err != nil {
		return nil, err
	}
	kept, err := database.AgreeSetting(ctx, a.db, hostKeySetting, fresh)
	if err != nil {
		return nil, fmt.Errorf("SSH host key: %w", err)
	}
	signer, err := gossh.ParsePrivateKey([]byte(kept))
	if err != nil {
		return nil, fmt.Errorf("SSH host key in setting %s: %w", hostKeySetting, err)
	}
	if t := signer.PublicKey().Type(); t != gossh.KeyAlgoED25519 {
		return nil, fmt.Errorf("SSH host key in setting %s is of type %s, want %s", hostKeySetting, t, gossh.KeyAlgoED25519)
	}
	return signer, nil
}

// newHostKey is a private key in OpenSSH's PEM form.
func newHostKey() (string, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return "", fmt.Errorf("make SSH host key: %w", err)
	}
	block, err := gossh.MarshalPrivateKey(private, "rhaptos host key")
	if err != nil {
		return "", fmt.Errorf("make SSH host key: %w", err)
	}
	return string(pem.EncodeToMemory(block)), nil
}
