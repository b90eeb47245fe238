package access

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	gossh "golang.org/x/crypto/ssh"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/pushcert"
)

// OpenPGPKey is a public key by which an account signs its pushes. Nobody can
// authenticate with it.
type OpenPGPKey struct {
	Fingerprint string // capital hexadecimal digits, as gpg shows it
	Account     string // name
	Identity    string // what the key says of its owner
	Created     time.Time
}

// maxOpenPGPKey bounds an armored key. Those with many signatures of others on
// them are longer, and can be exported without.
const maxOpenPGPKey = 64 << 10

// parseOpenPGP reads the armored text of one public key.
func parseOpenPGP(text string) (*openpgp.Entity, error) {
	const how = "give what \"gpg --armor --export --export-options export-minimal YOU\" prints"
	switch {
	case strings.Contains(text, "PRIVATE KEY"):
		return nil, errors.New("this is a private key: keep it to yourself, and " + how)
	case len(text) > maxOpenPGPKey:
		return nil, fmt.Errorf("OpenPGP key: longer than %d KiB: %s", maxOpenPGPKey>>10, how)
	}
	keys, err := openpgp.ReadArmoredKeyRing(strings.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("not an OpenPGP public key: %s: %w", how, err)
	}
	if len(keys) != 1 || strings.Count(text, "-----BEGIN PGP ") != 1 {
		return nil, errors.New("more than one OpenPGP key: " + how)
	}
	if keys[0].PrivateKey != nil {
		return nil, errors.New("this is a private key: keep it to yourself, and " + how)
	}
	if _, ok := keys[0].SigningKey(time.Now()); !ok {
		return nil, errors.New("this OpenPGP key does not sign: it has expired, was revoked, or is for encryption")
	}
	return keys[0], nil
}

// AddOpenPGPKey gives an account a public key to sign pushes with, armored as
// gpg --armor --export prints it. A key belongs to one account: a second time is
// [ErrExists].
func (a *Access) AddOpenPGPKey(ctx context.Context, name, armored string) (*OpenPGPKey, error) {
	entity, err := parseOpenPGP(armored)
	if err != nil {
		return nil, err
	}
	text, err := armorPublic(entity)
	if err != nil {
		return nil, err
	}
	key := &OpenPGPKey{Fingerprint: pushcert.Fingerprint(entity), Account: name, Identity: identity(entity), Created: now()}
	err = a.db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		account, err := accountByName(ctx, tx, name)
		if err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, `
			INSERT INTO openpgp_key (fingerprint, account_id, public_key, created_at)
			VALUES ($1, $2, $3, $4) ON CONFLICT (fingerprint) DO NOTHING`,
			key.Fingerprint, account.ID, text, database.Micros(key.Created))
		if err := affected(result, err, ErrExists); err != nil {
			return fmt.Errorf("add OpenPGP key %s: %w", key.Fingerprint, err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return key, nil
}

// armorPublic is the public part of a key as text.
func armorPublic(entity *openpgp.Entity) (string, error) {
	var b strings.Builder
	w, err := armor.Encode(&b, openpgp.PublicKeyType, nil)
	if err != nil {
		return "", err
	}
	if err := errors.Join(entity.Serialize(w), w.Close()); err != nil {
		return "", fmt.Errorf("OpenPGP key: %w", err)
	}
	return b.String(), nil
}

func identity(entity *openpgp.Entity) string {
	if id := entity.PrimaryIdentity(); id != nil {
		return id.Name
	}
	return ""
}

// OpenPGPKeys lists the OpenPGP keys of an account by age. The error of an
// account that is not there is [ErrNoAccount].
func (a *Access) OpenPGPKeys(ctx context.Context, name string) ([]*OpenPGPKey, error) {
	if _, err := a.Account(ctx, name); err != nil {
		return nil, err
	}
	return rows(ctx, a.db, func(row database.Row) (*OpenPGPKey, error) {
		key := &OpenPGPKey{Account: name}
		var created int64
		var text string
		if err := row.Scan(&key.Fingerprint, &text, &created); err != nil {
			return nil, err
		}
		key.Created = database.Time(created)
		if ring, err := openpgp.ReadArmoredKeyRing(strings.NewReader(text)); err == nil && len(ring) == 1 {
			key.Identity = identity(ring[0])
		}
		return key, nil
	}, `SELECT openpgp_key.fingerprint, openpgp_key.public_key, openpgp_key.created_at
		FROM openpgp_key JOIN account ON account.id = openpgp_key.account_id
		WHERE account.name = $1 ORDER BY openpgp_key.created_at, openpgp_key.fingerprint`, name)
}

// RemoveOpenPGPKey takes a key away from an account. The error of a key that the
// account does not have is [ErrNoKey].
func (a *Access) RemoveOpenPGPKey(ctx context.Context, name, fingerprint string) error {
	fingerprint = strings.ToUpper(strings.ReplaceAll(fingerprint, " ", ""))
	result, err := a.db.ExecContext(ctx, `
		DELETE FROM openpgp_key WHERE fingerprint = $1
		AND account_id = (SELECT id FROM account WHERE name = $2)`, fingerprint, name)
	if err := affected(result, err, ErrNoKey); err != nil {
		return fmt.Errorf("remove OpenPGP key %.60q of %.60q: %w", fingerprint, name, err)
	}
	return nil
}

// SigningKeys are the keys by which a principal of the name (see
// [Principal.Name]) signs its pushes: those that it signs in with, and the
// OpenPGP keys of an account. One that is not there has none.
func (a *Access) SigningKeys(ctx context.Context, name string) (pushcert.Keys, error) {
	var keys pushcert.Keys
	lines, err := a.texts(ctx, `
		SELECT ssh_key.public_key FROM ssh_key JOIN account ON account.id = ssh_key.account_id WHERE account.name = $1
		UNION ALL SELECT public_key FROM deploy_key WHERE 'deploy-key:' || fingerprint = $1`, name)
	if err != nil {
		return keys, err
	}
	for _, line := range lines {
		key, _, _, _, err := gossh.ParseAuthorizedKey([]byte(line))
		if err != nil {
			return keys, fmt.Errorf("an SSH key of %s: %w", name, err)
		}
		keys.SSH = append(keys.SSH, key)
	}
	texts, err := a.texts(ctx, `SELECT openpgp_key.public_key FROM openpgp_key JOIN account ON account.id = openpgp_key.account_id WHERE account.name = $1`, name)
	if err != nil {
		return keys, err
	}
	for _, text := range texts {
		ring, err := openpgp.ReadArmoredKeyRing(strings.NewReader(text))
		if err != nil {
			return keys, fmt.Errorf("an OpenPGP key of %s: %w", name, err)
		}
		keys.OpenPGP = append(keys.OpenPGP, ring...)
	}
	return keys, nil
}

func (a *Access) texts(ctx context.Context, query, name string) ([]string, error) {
	return rows(ctx, a.db, func(row database.Row) (text string, err error) { return text, row.Scan(&text) }, query, name)
}
