package database

import (
	"context"
	"database/sql"
	"fmt"
)

// Check returns what is wrong with the database: damaged pages and indexes (SQLite's
// integrity_check), and rows that lead to rows that do not exist (foreign_key_check).
func Check(ctx context.Context, q Queryer) (problems []string, err error) {
	rows, err := q.QueryContext(ctx, "PRAGMA integrity_check")
	if err != nil {
		return []string{err.Error()}, nil // too damaged for the check
	}
	found, err := Collect(rows, func(row Row) (line string, err error) {
		err = row.Scan(&line)
		return line, err
	})
	if err != nil {
		return []string{err.Error()}, nil
	}
	for _, line := range found {
		if line != "ok" {
			problems = append(problems, line)
		}
	}
	rows, err = q.QueryContext(ctx, "PRAGMA foreign_key_check")
	if err != nil {
		return problems, fmt.Errorf("check foreign keys: %w", err)
	}
	lost, err := Collect(rows, func(row Row) (string, error) {
		var table, parent string
		var id sql.NullInt64
		var key int
		err := row.Scan(&table, &id, &parent, &key)
		return fmt.Sprintf("row %d of %s leads to a row of %s that does not exist", id.Int64, table, parent), err
	})
	return append(problems, lost...), err
}
