package database

import (
	"context"
	"database/sql"
	"io"
	"io/fs"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
)

// migrationLock is the key of the advisory lock under which the schema is changed.
const migrationLock = 0x7268617074 // "rhapt"

// The versions at which PostgreSQL's own tables are made; the migrations for both
// databases leave them out.
const (
	marksVersion = 2
	turnsVersion = 3
)

// migrate brings the schema up to date, while other processes that do so wait. The
// lock is that of a transaction, which every pooler knows.
func (p *postgres) migrate(ctx context.Context) error {
	lock, err := p.pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer lock.Rollback(ctx)
	if _, err := lock.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, migrationLock); err != nil {
		return err
	}
	own := goose.WithGoMigrations(
		goose.NewGoMigration(marksVersion, execute(createMarks), execute(`DROP TABLE transaction_mark`)),
		goose.NewGoMigration(turnsVersion, execute(createTurns), execute(`DROP TABLE turn`)))
	m, err := newMigration[pgx.Tx](p.DB, goose.DialectPostgres, bytewise{migrations}, riverpgxv5.New(p.pool), p.log, own)
	if err != nil {
		return err
	}
	m.queueThere = `SELECT to_regclass('river_migration') IS NOT NULL`
	return m.up(ctx)
}

func execute(statement string) *goose.GoFunc {
	return &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, statement)
		return err
	}}
}

// bytewise is the folder of migrations, with texts that are compared byte by byte,
// as in SQLite and Go, whatever the order of the database. An index over another
// order would be damaged when the system's C library changes its opinion.
type bytewise struct{ fs.ReadDirFS }

// Open implements fs.FS.
func (b bytewise) Open(name string) (fs.File, error) {
	if !strings.HasSuffix(name, ".sql") {
		return b.ReadDirFS.Open(name)
	}
	f, err := b.ReadDirFS.Open(name)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(f)
	if err != nil {
		return nil, err
	}
	return sqlFile{f, strings.NewReader(strings.ReplaceAll(string(text), " TEXT", ` TEXT COLLATE "C"`))}, nil
}

// sqlFile is a file with other content.
type sqlFile struct {
	fs.File
	content io.Reader
}

// Read implements fs.File.
func (f sqlFile) Read(p []byte) (int, error) { return f.content.Read(p) }
