package pushcert

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	pgperrors "github.com/ProtonMail/go-crypto/openpgp/errors"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

// namespace is the namespace that git signs in, so that a signature of something
// else is not accepted for a push (see gpg.ssh in git-config(1)).
const namespace = "git"

// Keys are the public keys of one account.
type Keys struct {
	SSH     []ssh.PublicKey
	OpenPGP openpgp.EntityList
}

// Status is the validity of a signature.
type Status string

// What a signature can be worth.
const (
	Good    Status = "good"    // by a key of the account's
	Unknown Status = "unknown" // by a key that is not the account's, or cannot be checked
	Bad     Status = "bad"     // not by the key that it names, or not for this text
)

// Verdict is the result of verifying a signature.
type Verdict struct {
	Status Status
	Signer string // the fingerprint of the key; empty if there is none
	Why    string // a Status other than Good, in words
}

// Verify checks the signature against the keys of the account that pushes.
func (c *Certificate) Verify(keys Keys, now time.Time) Verdict {
	switch {
	case bytes.HasPrefix(c.signature, []byte("-----BEGIN SSH SIGNATURE-----")):
		return c.verifySSH(keys.SSH)
	case bytes.HasPrefix(c.signature, []byte("-----BEGIN PGP ")):
		return c.verifyOpenPGP(keys.OpenPGP, now)
	}
	return Verdict{Status: Unknown, Why: "only SSH and OpenPGP signatures can be checked"}
}

func (c *Certificate) verifySSH(keys []ssh.PublicKey) Verdict {
	signature, err := sshsig.Unarmor(c.signature)
	if err != nil {
		return Verdict{Status: Bad, Why: fmt.Sprintf("not an SSH signature: %v", err)}
	}
	v := Verdict{Status: Good, Signer: ssh.FingerprintSHA256(signature.PublicKey)}
	if signature.Signature.Format == ssh.KeyAlgoRSA {
		return Verdict{Bad, v.Signer, "the signature rests on SHA-1"}
	}
	err = sshsig.Verify(bytes.NewReader(c.payload), signature, signature.PublicKey, signature.HashAlgorithm, namespace)
	if err != nil {
		return Verdict{Bad, v.Signer, err.Error()}
	}
	for _, key := range keys {
		if bytes.Equal(key.Marshal(), signature.PublicKey.Marshal()) {
			return v
		}
	}
	return Verdict{Unknown, v.Signer, "the key " + v.Signer + " is not registered with your account"}
}

func (c *Certificate) verifyOpenPGP(keys openpgp.EntityList, now time.Time) Verdict {
	config := &packet.Config{Time: func() time.Time { return now }}
	signer, err := openpgp.CheckArmoredDetachedSignature(keys, bytes.NewReader(c.payload), bytes.NewReader(c.signature), config)
	v := Verdict{Status: Good}
	if signer != nil {
		v.Signer = Fingerprint(signer)
	}
	switch {
	case errors.Is(err, pgperrors.ErrUnknownIssuer):
		return Verdict{Unknown, "", "the OpenPGP key is not registered with your account"}
	case err != nil:
		return Verdict{Bad, v.Signer, err.Error()}
	}
	return v
}

// Fingerprint is that of an OpenPGP key, in capital hexadecimal digits as gpg
// shows it.
func Fingerprint(key *openpgp.Entity) string { return fmt.Sprintf("%X", key.PrimaryKey.Fingerprint) }
