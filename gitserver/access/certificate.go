package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	gossh "golang.org/x/crypto/ssh"
)

// sourceAddress is the one critical option (PROTOCOL.certkeys, "Critical
// options") that a certificate may have. The SSH library holds a connection to
// it; a certificate with any other is refused, as the protocol demands.
const sourceAddress = "source-address"

// certificateSignatures are the algorithms by which an authority may sign. The
// SHA-1 form of RSA is not among them.
var certificateSignatures = []string{
	gossh.KeyAlgoED25519, gossh.KeyAlgoSKED25519, gossh.KeyAlgoSKECDSA256,
	gossh.KeyAlgoECDSA256, gossh.KeyAlgoECDSA384, gossh.KeyAlgoECDSA521,
	gossh.KeyAlgoRSASHA256, gossh.KeyAlgoRSASHA512,
}

// byCertificate returns the principal that a user certificate names: the one
// account among the principals that it is valid for. One that names no account,
// or several, is good for nothing.
func (a *Access) byCertificate(ctx context.Context, cert *gossh.Certificate) (Principal, error) {
	if err := checkCertificateForm(cert); err != nil {
		return Principal{}, fmt.Errorf("%w: %w", ErrUnauthenticated, err)
	}
	trusted, revoked, err := a.standing(ctx, cert)
	if err != nil {
		return Principal{}, err
	}
	checker := gossh.CertChecker{
		SupportedCriticalOptions: []string{sourceAddress},
		IsRevoked:                func(*gossh.Certificate) bool { return !trusted || revoked },
	}
	// Which of the principals is meant is decided below.
	if err := checker.CheckCert(cert.ValidPrincipals[0], cert); err != nil {
		return Principal{}, fmt.Errorf("%w: %w", ErrUnauthenticated, err)
	}
	return a.certified(ctx, cert.ValidPrincipals)
}

// checkCertificateForm checks what needs no database.
func checkCertificateForm(cert *gossh.Certificate) error {
	switch {
	case cert.CertType != gossh.UserCert:
		return errors.New("not a user certificate")
	case len(cert.ValidPrincipals) == 0:
		return errors.New("a certificate without principals is one of everybody's")
	case len(cert.ValidPrincipals) > maxPrincipals:
		return errors.New("too many principals")
	case cert.Signature == nil || !slices.Contains(certificateSignatures, cert.Signature.Format):
		return errors.New("the certificate is not signed by an accepted algorithm")
	}
	return errors.Join(checkKeyType(cert.Key), checkKeyType(cert.SignatureKey))
}

// maxPrincipals bounds what is looked up for one certificate.
const maxPrincipals = 32

// standing reports whether a certificate's authority is trusted, and whether
// the certificate has been revoked.
func (a *Access) standing(ctx context.Context, cert *gossh.Certificate) (trusted, revoked bool, err error) {
	authority := gossh.FingerprintSHA256(cert.SignatureKey)
	err = a.db.QueryRowContext(ctx, `
		SELECT EXISTS (SELECT 1 FROM ssh_authority WHERE fingerprint = $1),
			EXISTS (SELECT 1 FROM ssh_revocation WHERE authority = $1 AND (kind = $2 AND value = $3 OR kind = $4 AND value = $5))`,
		authority, revokedSerial, fmt.Sprint(cert.Serial), revokedKey, gossh.FingerprintSHA256(cert.Key)).Scan(&trusted, &revoked)
	if err != nil {
		return false, false, fmt.Errorf("look up certificate authority: %w", err)
	}
	return trusted, revoked, nil
}

// certified is the one account among the names.
func (a *Access) certified(ctx context.Context, names []string) (Principal, error) {
	var marks []string
	var args []any
	for _, name := range names {
		args = append(args, name)
		marks = append(marks, fmt.Sprintf("$%d", len(args)))
	}
	accounts, err := rows(ctx, a.db, scanAccount, selectAccount+` WHERE name IN (`+strings.Join(marks, ", ")+`)`, args...)
	if err != nil {
		return Principal{}, fmt.Errorf("look up certificate's account: %w", err)
	}
	if len(accounts) != 1 || accounts[0].Disabled {
		return Principal{}, fmt.Errorf("%w: the certificate must be valid for the name of exactly one account", ErrUnauthenticated)
	}
	return Principal{Account: accounts[0], Scope: ScopeAdmin, Credential: byCertificate + accounts[0].ID}, nil
}
