package access

import (
	"context"
	"crypto/rsa"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	gossh "golang.org/x/crypto/ssh"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// Key is an SSH public key that proves an account.
type Key struct {
	Fingerprint string // SHA256:..., as ssh-keygen -l writes it
	Account     string // name
	Line        string // as in authorized_keys: type, key, comment
	Created     time.Time
}

// RSA moduli outside of this range are broken or only cost time.
const minRSABits, maxRSABits = 2048, 8192

// An authorized_keys line with the longest acceptable key is below 2 KiB.
const maxKeyLine = 8 << 10

// ParseKey reads one line of an authorized_keys file (sshd(8), without the
// options field) and returns the key and its comment. It takes ed25519, ECDSA,
// the security-key forms of both, and RSA from 2048 to 8192 bits.
func ParseKey(line string) (key gossh.PublicKey, comment string, err error) {
	line = strings.TrimSpace(line)
	if err := checkKeyLine(line); err != nil {
		return nil, "", err
	}
	key, comment, options, _, err := gossh.ParseAuthorizedKey([]byte(line))
	if err != nil {
		return nil, "", fmt.Errorf("not an SSH public key: give the one line of a .pub file, such as \"ssh-ed25519 AAAA... ann@laptop\": %w", err)
	}
	if len(options) > 0 {
		return nil, "", errors.New("options before an SSH public key are not supported: give the line from the key's type on")
	}
	if err := checkKeyType(key); err != nil {
		return nil, "", err
	}
	return key, comment, nil
}

func checkKeyLine(line string) error {
	switch {
	case strings.Contains(line, "PRIVATE KEY"):
		return errors.New("this is a private key: keep it to yourself, and give the file whose name ends in .pub")
	case len(line) > maxKeyLine:
		return fmt.Errorf("SSH public key: %d bytes are too long for one", len(line))
	case strings.ContainsAny(line, "\r\n"):
		return errors.New("SSH public key: give one line, one key")
	case !utf8.ValidString(line) || strings.ContainsFunc(line, func(r rune) bool { return r != '\t' && !unicode.IsPrint(r) }):
		return errors.New("SSH public key: the line has characters that cannot be printed")
	}
	return nil
}

func checkKeyType(key gossh.PublicKey) error {
	switch key.Type() {
	case gossh.KeyAlgoED25519, gossh.KeyAlgoSKED25519, gossh.KeyAlgoSKECDSA256,
		gossh.KeyAlgoECDSA256, gossh.KeyAlgoECDSA384, gossh.KeyAlgoECDSA521:
		return nil
	case gossh.KeyAlgoRSA:
		return checkRSA(key)
	}
	return fmt.Errorf("SSH keys of type %s are not accepted: make one with \"ssh-keygen -t ed25519\"", key.Type())
}

func checkRSA(key gossh.PublicKey) error {
	c, ok := key.(gossh.CryptoPublicKey)
	if !ok {
		return errors.New("SSH public key: not readable as RSA")
	}
	public, ok := c.CryptoPublicKey().(*rsa.PublicKey)
	if !ok {
		return errors.New("SSH public key: not readable as RSA")
	}
	if bits := public.N.BitLen(); bits < minRSABits || bits > maxRSABits {
		return fmt.Errorf("RSA key of %d bits: %d to %d are accepted; better make one with \"ssh-keygen -t ed25519\"", bits, minRSABits, maxRSABits)
	}
	return nil
}

// AddKey gives an account a key, written as a line of authorized_keys. A key
// belongs to one account: a second time is [ErrExists].
func (a *Access) AddKey(ctx context.Context, name, authorizedKeyLine string) (*Key, error) {
	fingerprint, line, err := normalKey(authorizedKeyLine)
	if err != nil {
		return nil, err
	}
	key := &Key{Fingerprint: fingerprint, Account: name, Line: line, Created: now()}
	err = a.db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		account, err := accountByName(ctx, tx, name)
		if err != nil {
			return err
		}
		return insertKey(ctx, tx, account, key)
	})
	if err != nil {
		return nil, err
	}
	return key, nil
}

// normalKey reads a key as [ParseKey] does, and gives its fingerprint and the
// line as we write it.
func normalKey(line string) (fingerprint, normal string, err error) {
	public, comment, err := ParseKey(line)
	if err != nil {
		return "", "", err
	}
	text := strings.TrimSpace(string(gossh.MarshalAuthorizedKey(public)))
	return gossh.FingerprintSHA256(public), strings.TrimSpace(text + " " + comment), nil
}

// now has the precision of the database.
func now() time.Time { return database.Time(database.Micros(time.Now())) }

func insertKey(ctx context.Context, tx database.Tx, account *Account, key *Key) error {
	if err := unused(ctx, tx, "deploy_key", key.Fingerprint); err != nil {
		return err
	}
	result, err := tx.ExecContext(ctx, `
		INSERT INTO ssh_key (fingerprint, account_id, public_key, created_at)
		VALUES ($1, $2, $3, $4) ON CONFLICT (fingerprint) DO NOTHING`,
		key.Fingerprint, account.ID, key.Line, database.Micros(key.Created))
	return keyTaken(affected(result, err, ErrExists), key.Fingerprint)
}

// unused fails when a table has a key already: a key is one account's or one
// repository's, or nobody could tell who holds it.
func unused(ctx context.Context, tx database.Tx, table, fingerprint string) error {
	var taken bool
	err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM `+table+` WHERE fingerprint = $1)`, fingerprint).Scan(&taken)
	if err == nil && taken {
		err = ErrExists
	}
	return keyTaken(err, fingerprint)
}

func keyTaken(err error, fingerprint string) error {
	if err != nil {
		return fmt.Errorf("key %s (a key belongs to one account, or to one repository): %w", fingerprint, err)
	}
	return nil
}

// Keys lists the keys of an account, oldest first.
func (a *Access) Keys(ctx context.Context, name string) ([]Key, error) {
	account, err := a.Account(ctx, name)
	if err != nil {
		return nil, err
	}
	scan := func(row database.Row) (Key, error) {
		key, created := Key{Account: name}, int64(0)
		err := row.Scan(&key.Fingerprint, &key.Line, &created)
		key.Created = database.Time(created)
		return key, err
	}
	keys, err := rows(ctx, a.db, scan, `
		SELECT fingerprint, public_key, created_at FROM ssh_key
		WHERE account_id = $1 ORDER BY created_at, fingerprint`, account.ID)
	if err != nil {
		return nil, fmt.Errorf("list keys of %s: %w", name, err)
	}
	return keys, nil
}

// RemoveKey takes the key with a fingerprint (SHA256:...) from an account; the
// error of a key that the account does not have is [ErrNoKey].
func (a *Access) RemoveKey(ctx context.Context, name, fingerprint string) error {
	account, err := a.Account(ctx, name)
	if err != nil {
		return err
	}
	result, err := a.db.ExecContext(ctx, `DELETE FROM ssh_key WHERE fingerprint = $1 AND account_id = $2`, fingerprint, account.ID)
	if err := affected(result, err, ErrNoKey); err != nil {
		return fmt.Errorf("remove key %.60q of %s: %w", fingerprint, name, err)
	}
	return nil
}

// ByKey returns the principal whose key or certificate this is. It does not
// check that somebody holds the private half: that is SSH's part. The error of
// a key that fits no enabled account and no repository is [ErrUnauthenticated].
func (a *Access) ByKey(ctx context.Context, key gossh.PublicKey) (Principal, error) {
	if cert, ok := key.(*gossh.Certificate); ok {
		return a.byCertificate(ctx, cert)
	}
	if key == nil || checkKeyType(key) != nil {
		return Principal{}, ErrUnauthenticated
	}
	return a.byFingerprint(ctx, gossh.FingerprintSHA256(key))
}

func (a *Access) byFingerprint(ctx context.Context, fingerprint string) (Principal, error) {
	account, err := scanAccount(a.db.QueryRowContext(ctx, selectAccount+`
		JOIN ssh_key ON ssh_key.account_id = account.id WHERE ssh_key.fingerprint = $1`, fingerprint))
	if errors.Is(err, sql.ErrNoRows) {
		return a.byDeployKey(ctx, fingerprint)
	}
	if err != nil {
		return Principal{}, fmt.Errorf("look up SSH key: %w", err)
	}
	if account.Disabled {
		return Principal{}, ErrUnauthenticated
	}
	return Principal{Account: account, Scope: ScopeAdmin, Credential: byKey + fingerprint}, nil
}
