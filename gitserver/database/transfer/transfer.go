// Package transfer copies the rows of a library from one database to another, and then
// closes the old one for good.
//
// The tables of the queue and of the full-text index are left out: a server inserts the
// jobs that are missing when it starts, and indexes what is not indexed.
package transfer

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/big"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// Table is what was compared of a table: it is the same in both databases.
type Table struct {
	Name   string
	Rows   int64
	Digest string // of all rows, in no order; hexadecimal
}

// Rows replaces the rows of to by those of from, in one transaction, reads them back in it,
// and fails if a table has other rows then. Nothing may change in from meanwhile.
func Rows(ctx context.Context, from database.Queryer, to database.DB) (copied []Table, err error) {
	tables, err := tablesOf(ctx, from)
	if err != nil {
		return nil, err
	}
	err = to.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		copied = nil // it may be run more than once
		if err := clear(ctx, tx, tables); err != nil {
			return err
		}
		for _, t := range tables {
			one, err := t.copy(ctx, from, tx)
			if err != nil {
				return fmt.Errorf("table %s: %w", t.name, err)
			}
			copied = append(copied, one)
		}
		return nil
	})
	return copied, err
}

// Empty reports whether a database has no rows but those that say that a transfer into it
// has begun.
func Empty(ctx context.Context, from, to database.Queryer) (bool, error) {
	tables, err := tablesOf(ctx, from)
	if err != nil {
		return false, err
	}
	for _, t := range tables {
		var there bool
		if err := to.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM `+t.source()+`)`).Scan(&there); err != nil || there {
			return false, err
		}
	}
	return true, nil
}

// clear removes the rows of all tables, those first that lead to others.
func clear(ctx context.Context, tx database.Tx, tables []table) error {
	for i := len(tables) - 1; i >= 0; i-- {
		if _, err := tx.ExecContext(ctx, `DELETE FROM `+tables[i].source()); err != nil {
			return fmt.Errorf("empty table %s: %w", tables[i].name, err)
		}
	}
	return nil
}

// copy inserts the rows of a table, and compares.
func (t table) copy(ctx context.Context, from database.Queryer, to database.Tx) (Table, error) {
	columns, err := t.columns(ctx, to)
	if err != nil {
		return Table{}, err
	}
	var sent, there sum
	out := inserter{tx: to, table: t, columns: columns}
	err = t.rows(ctx, from, columns, func(row []any) error {
		sent.add(row)
		return out.add(ctx, row)
	})
	if err == nil {
		err = out.flush(ctx)
	}
	if err == nil {
		err = t.rows(ctx, to, columns, func(row []any) error { there.add(row); return nil })
	}
	if err == nil && (sent.rows != there.rows || sent.total.Cmp(&there.total) != 0) {
		err = fmt.Errorf("%d rows were sent, and %d are there, or they are not the same", sent.rows, there.rows)
	}
	return Table{Name: t.name, Rows: sent.rows, Digest: fmt.Sprintf("%064x", &sent.total)}, err
}

// sum is a digest of rows that does not depend on their order: the sum of their SHA-256,
// modulo 2^256.
type sum struct {
	rows  int64
	total big.Int
}

var modulus = new(big.Int).Lsh(big.NewInt(1), 256)

func (s *sum) add(row []any) {
	h := sha256.New()
	for _, v := range row {
		text := fmt.Sprintf("%v", v)
		if b, ok := v.([]byte); ok {
			text = string(b)
		}
		fmt.Fprintf(h, "%T %d ", v, len(text)) // so that no two rows are written the same
		h.Write([]byte(text))
	}
	s.rows++
	s.total.Add(&s.total, new(big.Int).SetBytes(h.Sum(nil)))
	s.total.Mod(&s.total, modulus)
}
