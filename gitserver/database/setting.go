package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Setting returns the value of a setting that the programs on a database share; false
// if it has none.
func Setting(ctx context.Context, q Queryer, name string) (value string, ok bool, err error) {
	err = q.QueryRowContext(ctx, `SELECT value FROM setting WHERE name = $1`, name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("read setting %s: %w", name, err)
	}
	return value, true, nil
}

// PutSetting sets the value of a setting. It writes only what is not there yet.
func PutSetting(ctx context.Context, db DB, name, value string) error {
	old, ok, err := Setting(ctx, db, name)
	if err != nil || ok && old == value {
		return err
	}
	_, err = db.ExecContext(ctx, `INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
	if err != nil {
		return fmt.Errorf("write setting %s: %w", name, err)
	}
	return nil
}

// AgreeSetting sets a setting to fresh unless it has a value, and returns the value
// that it has then: of all programs on a database the first one decides.
func AgreeSetting(ctx context.Context, db DB, name, fresh string) (value string, err error) {
	value, ok, err := Setting(ctx, db, name)
	if err != nil || ok {
		return value, err
	}
	err = db.Write(ctx, func(ctx context.Context, tx Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`, name, fresh); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `SELECT value FROM setting WHERE name = $1`, name).Scan(&value)
	})
	if err != nil {
		return "", fmt.Errorf("setting %s: %w", name, err)
	}
	return value, nil
}
