package database

import (
	"errors"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrFull says that the disk of the database is full.
var ErrFull = errors.New("disk full")

// fullError is an error whose cause is a full disk, in words that say so. SQLite calls
// it an I/O error when the file that is shared between processes cannot grow.
type fullError struct{ cause error }

func (fullError) Error() string { return ErrFull.Error() }

func (e fullError) Unwrap() []error { return []error{ErrFull, e.cause} }

// full gives an error that comes from a full disk its name.
func full(err error) error {
	var e *sqlite.Error
	var p *pgconn.PgError
	switch {
	case errors.As(err, &e) && (e.Code()&0xff == sqlite3.SQLITE_FULL || e.Code() == sqlite3.SQLITE_IOERR_SHMSIZE),
		errors.As(err, &p) && p.Code == "53100",
		errors.Is(err, syscall.ENOSPC):
		return fullError{err}
	}
	return err
}
