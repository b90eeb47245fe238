package database

import (
	"errors"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrMoved says that the library has moved to another database, and this one takes no
// changes any more: see package transfer.
var ErrMoved = errors.New("the library has moved")

// movedError is an error of the triggers that keep an old database as it is. Their words
// name the new one.
type movedError struct{ error }

func (e movedError) Unwrap() []error { return []error{ErrMoved, e.error} }

// moved gives an error of those triggers its name. There are no others.
func moved(err error) error {
	var e *sqlite.Error
	if errors.As(err, &e) && e.Code() == sqlite3.SQLITE_CONSTRAINT_TRIGGER {
		return movedError{err}
	}
	return err
}
