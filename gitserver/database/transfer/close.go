package transfer

import (
	"context"
	"fmt"
	"strings"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// The names of settings that belong to one database.
const (
	arriving = "arriving" // the id of the library that is being copied to this database
	moved    = "moved"    // the place of the database to which this library has moved
)

// Begin notes that a library is being copied to a database. It fails if another one is.
func Begin(ctx context.Context, to database.DB, library string) error {
	there, err := database.AgreeSetting(ctx, to, arriving, library)
	if err == nil && there != library {
		err = fmt.Errorf("another library is being migrated to this database")
	}
	return err
}

// End notes that the database may be used.
func End(ctx context.Context, to database.DB) error {
	_, err := to.ExecContext(ctx, `DELETE FROM setting WHERE name = $1`, arriving)
	return err
}

// Arriving returns the id of the library that is being copied to a database; empty if
// none is.
func Arriving(ctx context.Context, q database.Queryer) (library string, err error) {
	library, _, err = database.Setting(ctx, q, arriving)
	return library, err
}

// Moved returns the place of the database to which the library in q has moved; empty if it
// has not.
func Moved(ctx context.Context, q database.Queryer) (place string, err error) {
	place, _, err = database.Setting(ctx, q, moved)
	return place, err
}

// Close notes that the library in an SQLite database has moved, and makes every later
// change of its rows fail, by whichever program, with words that say so. A server that is
// running can still read.
func Close(ctx context.Context, tx database.Tx, place string) error {
	if _, err := tx.ExecContext(ctx, `INSERT INTO setting (name, value) VALUES ($1, $2)`, moved, place); err != nil {
		return err
	}
	rows, err := tx.QueryContext(ctx, `SELECT name FROM sqlite_master WHERE type = 'table'`)
	if err != nil {
		return err
	}
	all, err := database.Collect(rows, func(row database.Row) (name string, err error) {
		err = row.Scan(&name)
		return name, err
	})
	if err != nil {
		return err
	}
	for _, name := range all {
		if !ours(name) && !strings.HasPrefix(name, "river_") {
			continue
		}
		for _, event := range []string{"INSERT", "UPDATE", "DELETE"} {
			if _, err := tx.ExecContext(ctx, refuse(name, event, place)); err != nil {
				return fmt.Errorf("close table %s: %w", name, err)
			}
		}
	}
	return nil
}

// refuse is the statement for a trigger that makes an event on a table fail.
func refuse(table, event, place string) string {
	return fmt.Sprintf(`CREATE TRIGGER "moved_%s_%s" BEFORE %s ON "%s" BEGIN SELECT RAISE(ABORT, '%s'); END`,
		table, strings.ToLower(event), event, table, strings.ReplaceAll(Message(place), "'", "''"))
}

// Message says where a library has moved.
func Message(place string) string {
	return "this library has moved to the database " + place + ", and this server shows an old state: stop it"
}
