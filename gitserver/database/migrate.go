package database

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivermigrate"
)

//go:embed migrations/*.sql
var migrations embed.FS

// ErrNewer says that a newer version of the program has prepared the database.
var ErrNewer = errors.New("the database was written by a newer version of rhaptos: run that version, " +
	"or restore the backup that was made before the upgrade")

// migration brings a database up to date: our schema, and that of the queue.
type migration[T any] struct {
	db         *sql.DB
	ours       *goose.Provider
	queue      *rivermigrate.Migrator[T]
	queueThere string // a query: whether the queue has ever been migrated
}

func newMigration[T any](db *sql.DB, dialect goose.Dialect, files fs.FS, driver riverdriver.Driver[T], log *slog.Logger,
	more ...goose.ProviderOption) (*migration[T], error) {
	files, err := fs.Sub(files, "migrations")
	if err != nil {
		return nil, err
	}
	m := &migration[T]{db: db}
	if m.ours, err = goose.NewProvider(dialect, db, files, more...); err != nil {
		return nil, err
	}
	m.queue, err = rivermigrate.New(driver, &rivermigrate.Config{Logger: log})
	return m, err
}

func (m *migration[T]) up(ctx context.Context) error {
	if err := m.checkVersion(ctx); err != nil {
		return err
	}
	if _, err := m.ours.Up(ctx); err != nil {
		return err
	}
	_, err := m.queue.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}

// checkVersion refuses a schema that this program does not know, before anything of
// it is changed: ours, or that of the queue.
func (m *migration[T]) checkVersion(ctx context.Context) error {
	sources := m.ours.ListSources()
	newest := sources[len(sources)-1].Version
	found, err := m.ours.GetDBVersion(ctx)
	if err != nil {
		return err
	}
	if found > newest {
		return fmt.Errorf("%w (schema %d, this program knows %d)", ErrNewer, found, newest)
	}
	known := m.queue.AllVersions()
	last := int64(known[len(known)-1].Version)
	var there bool
	if err := m.db.QueryRowContext(ctx, m.queueThere).Scan(&there); err != nil || !there {
		return err
	}
	if err := m.db.QueryRowContext(ctx, `SELECT coalesce(max(version), 0) FROM river_migration WHERE line = 'main'`).Scan(&found); err != nil {
		return err
	}
	if found > last {
		return fmt.Errorf("%w (queue schema %d, this program knows %d)", ErrNewer, found, last)
	}
	return nil
}

// Schema returns the versions of the schema of an open database: ours, and that of the
// queue. A newer program on another machine may have raised them since it was opened.
func Schema(ctx context.Context, q Queryer) (ours, queue int64, err error) {
	err = q.QueryRowContext(ctx, `SELECT (SELECT max(version_id) FROM goose_db_version), (SELECT max(version) FROM river_migration WHERE line = 'main')`).Scan(&ours, &queue)
	return ours, queue, err
}
