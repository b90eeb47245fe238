package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/rivermigrate"
)

// ErrNewer says that a newer version of the program has prepared the database.
var ErrNewer = errors.New("the database was written by a newer version of rhaptos: run that version, " +
	"or restore the backup that was made before the upgrade")

// checkVersion refuses a schema that this program does not know, before anything of
// it is changed: ours, or that of the queue.
func (s *sqliteDB) checkVersion(ctx context.Context, ours *goose.Provider, queue *rivermigrate.Migrator[*sql.Tx]) error {
	sources := ours.ListSources()
	newest := sources[len(sources)-1].Version
	found, err := ours.GetDBVersion(ctx)
	if err != nil {
		return err
	}
	if found > newest {
		return fmt.Errorf("%w (schema %d, this program knows %d)", ErrNewer, found, newest)
	}
	known := queue.AllVersions()
	last := int64(known[len(known)-1].Version)
	var there int
	if err := s.DB.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_master WHERE name = 'river_migration'`).Scan(&there); err != nil || there == 0 {
		return err
	}
	if err := s.DB.QueryRowContext(ctx, `SELECT coalesce(max(version), 0) FROM river_migration WHERE line = 'main'`).Scan(&found); err != nil {
		return err
	}
	if found > last {
		return fmt.Errorf("%w (queue schema %d, this program knows %d)", ErrNewer, found, last)
	}
	return nil
}
