package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/rhaptos/rhaptos/gitserver/access"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/store"
)

// env holds the parts that work on the database alone: all that an
// administration command needs, also while a server runs on the same folder.
type env struct {
	db           database.DB
	access       *access.Access
	repositories store.Repositories
	contributor  *contributor // nil outside a server
	sshCommand   string       // how clients call ssh to reach the server; empty outside one
}

// open opens the database and creates its schema if need be: that of a PostgreSQL
// server, or a file in the data folder, which is created too.
func (c *cli) open(ctx context.Context, log *slog.Logger) (*env, error) {
	db, err := c.openDatabase(ctx, log)
	if err != nil {
		return nil, err
	}
	if err := checkMigration(ctx, db); err != nil {
		db.Close()
		return nil, err
	}
	return newEnv(db), nil
}

func newEnv(db database.DB) *env {
	repositories := store.Repositories{DB: db}
	return &env{db: db, access: access.New(db, repositories), repositories: repositories}
}

func (c *cli) openDatabase(ctx context.Context, log *slog.Logger) (database.DB, error) {
	if c.Database != "" {
		return database.OpenPostgres(ctx, database.Config{URL: c.Database, Log: log})
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	return database.OpenSQLite(ctx, filepath.Join(c.Data, "rhaptos.db"), log)
}

// passwordIsVisible reports whether an argument of the program holds the password of
// the database.
func (c *cli) passwordIsVisible(args []string) bool {
	u, err := url.Parse(c.Database)
	secret := strings.Contains(c.Database, "password")
	if err == nil && u.User != nil {
		_, given := u.User.Password()
		secret = secret || given
	}
	return secret && slices.ContainsFunc(args, func(arg string) bool { return strings.Contains(arg, c.Database) })
}

// checkLibrary refuses a data folder without a database. Only serve creates one: a
// mistyped folder would otherwise get an account or a repository that no server has.
func (c *cli) checkLibrary() error {
	if c.Database != "" {
		return nil
	}
	_, err := os.Stat(filepath.Join(c.Data, "rhaptos.db"))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s holds no library: name the data folder of your server with --data, or start a server that creates one there: rhaptos serve --data %s", c.Data, c.Data)
	}
	return err
}

// with opens the env for an administration command and closes them after it;
// in a server they are open.
func (c *cli) with(ctx context.Context, f func(*env) error) error {
	if c.env != nil {
		return f(c.env)
	}
	if err := c.checkLibrary(); err != nil {
		return err
	}
	r, err := c.open(ctx, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer r.db.Close()
	return f(r)
}

// checkPrivate refuses a database that others on the machine can read: the key
// of the SSH server and the secrets of webhooks are in it.
func (c *cli) checkPrivate() error {
	if c.Database != "" {
		return nil // a server decides by itself who reads
	}
	path := filepath.Join(c.Data, "rhaptos.db")
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return fmt.Errorf("%s is readable by other users (mode %04o): chmod 600 it, and replace its secrets if others may have read them", path, mode)
	}
	return nil
}

// lockFolder keeps a second server from using the data folder.
func lockFolder(dir string) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("another server is running on %s", dir)
	}
	return func() { f.Close() }, nil
}
