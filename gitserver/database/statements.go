package database

import (
	"context"
	"database/sql"
	"sync"
)

// maxStatements bounds the queries that are kept prepared, for those whose text
// is not always the same.
const maxStatements = 256

// statements keeps queries prepared. SQLite needs about as long to parse a small
// query as to answer it, and every request asks a few.
type statements struct {
	mu       sync.Mutex
	prepared map[string]*sql.Stmt
}

// of is the prepared query, nil if there is no room for it or it cannot be
// prepared; it is then asked as it is.
func (s *statements) of(ctx context.Context, db *sql.DB, query string) *sql.Stmt {
	s.mu.Lock()
	stmt, ok := s.prepared[query]
	full := len(s.prepared) >= maxStatements
	s.mu.Unlock()
	if ok || full {
		return stmt
	}
	stmt, err := db.PrepareContext(ctx, query)
	if err != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if other, ok := s.prepared[query]; ok {
		stmt.Close()
		return other
	}
	s.prepared[query] = stmt
	return stmt
}

// QueryContext implements [Queryer].
func (s *sqliteDB) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if stmt := s.statements.of(ctx, s.DB, query); stmt != nil {
		return stmt.QueryContext(ctx, args...)
	}
	return s.DB.QueryContext(ctx, query, args...)
}

// QueryRowContext implements [Queryer].
func (s *sqliteDB) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if stmt := s.statements.of(ctx, s.DB, query); stmt != nil {
		return stmt.QueryRowContext(ctx, args...)
	}
	return s.DB.QueryRowContext(ctx, query, args...)
}
