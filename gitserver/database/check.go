package database

import (
	"context"
	"database/sql"
	"fmt"
)

// Check returns what is wrong with the database. In SQLite that is damaged pages and
// indexes (integrity_check), and rows that lead to rows that do not exist
// (foreign_key_check). PostgreSQL has programs of its own for the pages
// (pg_checksums, pg_amcheck); here it is asked for indexes and constraints that it
// does not enforce, and whether it has met pages with wrong checksums.
func Check(ctx context.Context, db DB) (problems []string, err error) {
	if db.Dialect() == PostgreSQL {
		return checkPostgres(ctx, db)
	}
	return checkSQLite(ctx, db)
}

func checkPostgres(ctx context.Context, q Queryer) ([]string, error) {
	rows, err := q.QueryContext(ctx, `
		SELECT 'index ' || indexrelid::regclass || ' is not valid: REINDEX it' FROM pg_index
			WHERE NOT indisvalid AND indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace)
		UNION ALL SELECT 'constraint ' || conname || ' of ' || conrelid::regclass || ' is not validated' FROM pg_constraint
			WHERE NOT convalidated AND connamespace = current_schema()::regnamespace
		UNION ALL SELECT checksum_failures || ' pages with wrong checksums were read' FROM pg_stat_database
			WHERE datname = current_database() AND checksum_failures > 0`)
	if err != nil {
		return nil, fmt.Errorf("check the catalogue: %w", err)
	}
	return Collect(rows, func(row Row) (line string, err error) {
		err = row.Scan(&line)
		return line, err
	})
}

func checkSQLite(ctx context.Context, q Queryer) (problems []string, err error) {
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
