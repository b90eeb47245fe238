-- Signed pushes: the certificate of a push as it was sent, and the OpenPGP keys
-- that accounts sign with. SSH signatures are checked with the keys in ssh_key.

-- +goose Up
ALTER TABLE push ADD COLUMN certificate TEXT NOT NULL DEFAULT '';        -- empty: not signed
ALTER TABLE push ADD COLUMN certificate_status TEXT NOT NULL DEFAULT ''; -- good, unknown, bad
ALTER TABLE push ADD COLUMN certificate_signer TEXT NOT NULL DEFAULT ''; -- fingerprint of the key
ALTER TABLE push ADD COLUMN nonce_status TEXT NOT NULL DEFAULT '';       -- ok, missing, bad, expired

CREATE TABLE openpgp_key (
    fingerprint TEXT PRIMARY KEY, -- capital hexadecimal digits
    account_id  TEXT NOT NULL REFERENCES account (id),
    public_key  TEXT NOT NULL, -- armored
    created_at  BIGINT NOT NULL
);

-- +goose Down
DROP TABLE openpgp_key;
ALTER TABLE push DROP COLUMN nonce_status;
ALTER TABLE push DROP COLUMN certificate_signer;
ALTER TABLE push DROP COLUMN certificate_status;
ALTER TABLE push DROP COLUMN certificate;
