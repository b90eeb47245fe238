package database

import "database/sql"

// Row is one row of an answer: *sql.Row, or *sql.Rows at one of its rows.
type Row interface {
	Scan(dest ...any) error
}

// Collect scans all rows and closes them.
func Collect[T any](rows *sql.Rows, scan func(Row) (T, error)) ([]T, error) {
	defer rows.Close()
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}
