package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/database/transfer"
	"github.com/rhaptos/rhaptos/gitserver/failpoint"
)

type migrateCmd struct {
	From string `help:"Data folder of the library to move: SQLite and, unless they are in --bucket already, its blobs." type:"path" required:"" placeholder:"DIR"`
}

// migration is the move of one library.
type migration struct {
	*migrateCmd
	con      console
	from, to *env
	source   *blobstore.Dir
	target   blobstore.Store
	place    string // of the new database, for people
	library  string // id
	there    blobsThere
}

// errNoTarget says where a library can be moved.
var errNoTarget = errors.New("name the new place: --database URL, and --bucket URL or --blobs DIR for the blobs")

// Run moves a library from a data folder to a PostgreSQL database and a bucket, or a
// common folder. A server may be running on the folder. Blobs are copied first, and then,
// while nobody can write, the rows. What was copied stays copied if the command is ended,
// and the next run goes on from there.
func (m *migrateCmd) Run(ctx context.Context, c *cli, con console) error {
	if c.Database == "" || c.Bucket == "" && c.Blobs == "" {
		return errNoTarget
	}
	from, to, err := m.open(ctx, c)
	if err != nil {
		return err
	}
	defer from.db.Close()
	defer to.db.Close()
	move := &migration{migrateCmd: m, con: con, from: from, to: to, place: database.Place(c.Database),
		source: blobstore.ViewDir(filepath.Join(m.From, "blobs"))}
	return c.withTarget(ctx, move, move.run)
}

// open opens both databases, whatever was migrated from or to them before.
func (m *migrateCmd) open(ctx context.Context, c *cli) (from, to *env, err error) {
	if _, err := os.Stat(filepath.Join(m.From, "rhaptos.db")); err != nil {
		return nil, nil, fmt.Errorf("--from: %w", err)
	}
	quiet := slog.New(slog.DiscardHandler)
	old, err := database.OpenSQLite(ctx, filepath.Join(m.From, "rhaptos.db"), quiet)
	if err != nil {
		return nil, nil, err
	}
	fresh, err := database.OpenPostgres(ctx, database.Config{URL: c.Database, Log: quiet})
	if err != nil {
		old.Close()
		return nil, nil, err
	}
	return newEnv(old), newEnv(fresh), nil
}

// withTarget opens the blob store to which the blobs are copied.
func (c *cli) withTarget(ctx context.Context, m *migration, f func(context.Context) error) (err error) {
	if m.library, err = libraryID(ctx, m.from); err != nil {
		return err
	}
	bucket, err := c.bucket(slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	if bucket == nil {
		if same, err := sameFolder(c.Blobs, filepath.Join(m.From, "blobs")); err != nil || same {
			return errors.Join(err, errors.New("--blobs must be another folder than the one that is left: a server that is still running there deletes what it does not know"))
		}
		if m.target, err = blobstore.OpenShared(c.Blobs); err != nil {
			return err
		}
		return f(ctx)
	}
	defer bucket.Close()
	if err := bucket.Probe(ctx); err != nil {
		return err
	}
	if err := bucket.Claim(ctx, m.library); err != nil {
		return err
	}
	folder, remove, err := commandCache(filepath.Join(m.From, "cache"))
	if err != nil {
		return err
	}
	defer remove()
	if m.target, err = c.openCopies(ctx, m.to, bucket, folder, 0, slog.New(slog.DiscardHandler)); err != nil {
		return err
	}
	return f(ctx)
}

// sameFolder reports whether two paths lead to one folder. Either may be missing.
func sameFolder(one, other string) (bool, error) {
	a, err := os.Stat(one)
	if err != nil {
		return false, ignoreMissing(err)
	}
	b, err := os.Stat(other)
	return err == nil && os.SameFile(a, b), ignoreMissing(err)
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (m *migration) run(ctx context.Context) error {
	place, err := transfer.Moved(ctx, m.from.db)
	if err != nil {
		return err
	}
	if place != "" {
		return m.finish(ctx, place)
	}
	if err := m.begin(ctx); err != nil {
		return err
	}
	if err := m.copyBlobs(ctx); err != nil {
		return err
	}
	if err := m.switchOver(ctx); err != nil {
		return err
	}
	return m.finish(ctx, m.place)
}

// begin refuses a database that is in use, and keeps servers from using it until the end.
func (m *migration) begin(ctx context.Context) error {
	library, err := transfer.Arriving(ctx, m.to.db)
	if err != nil {
		return err
	}
	empty := true
	if library == "" {
		empty, err = transfer.Empty(ctx, m.from.db, m.to.db)
	}
	if err != nil {
		return err
	}
	if !empty {
		return fmt.Errorf("the database %s is in use: migrate to an empty one", m.place)
	}
	return transfer.Begin(ctx, m.to.db, m.library)
}

// switchOver copies the rows, and the blobs that have come since, while nobody can write
// to the old database, and closes it. If the program ends between the two commits, the
// rows are copied anew the next time.
func (m *migration) switchOver(ctx context.Context) error {
	m.con.printf("copying the rows; pushes wait until this is done\n")
	return m.from.db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		if err := m.copyBlobs(ctx); err != nil {
			return err
		}
		tables, err := transfer.Rows(ctx, tx, m.to.db)
		if err != nil {
			return err
		}
		failpoint.Hit("migrate-rows")
		for _, t := range tables {
			if t.Rows > 0 {
				m.con.printf("%s\t%d rows\t%s\n", t.Name, t.Rows, t.Digest)
			}
		}
		return transfer.Close(ctx, tx, m.place)
	})
}

// finish lets servers use the new database.
func (m *migration) finish(ctx context.Context, place string) error {
	failpoint.Hit("migrate-switched")
	if place != m.place {
		return errors.New(transfer.Message(place))
	}
	library, err := transfer.Arriving(ctx, m.to.db)
	if err != nil {
		return err
	}
	if library == m.library {
		err = transfer.End(ctx, m.to.db)
	}
	if err == nil {
		m.con.printf("the library is in the database %s now: stop the server on %s, and start one there\n", m.place, m.From)
	}
	return err
}

// checkMigration refuses a database from which a library has moved, or to which one is
// being moved.
func checkMigration(ctx context.Context, db database.DB) error {
	place, err := transfer.Moved(ctx, db)
	if err != nil {
		return err
	}
	if place != "" {
		return fmt.Errorf("the library of this data folder has moved to the database %s: use --database, and --bucket or --blobs", place)
	}
	library, err := transfer.Arriving(ctx, db)
	if err == nil && library != "" {
		err = errors.New("a library is being migrated to this database: wait, or run rhaptos migrate again if it was interrupted")
	}
	return err
}
