package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

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
}

// open opens the database in the data folder, making both if need be.
func (c *cli) open(ctx context.Context, log *slog.Logger) (*env, error) {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	db, err := database.OpenSQLite(ctx, filepath.Join(c.Data, "rhaptos.db"), log)
	if err != nil {
		return nil, err
	}
	repositories := store.Repositories{DB: db}
	return &env{db: db, access: access.New(db, repositories), repositories: repositories}, nil
}

// with opens the env for an administration command and closes them after it;
// in a server they are open.
func (c *cli) with(ctx context.Context, f func(*env) error) error {
	if c.env != nil {
		return f(c.env)
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
func checkPrivate(dir string) error {
	path := filepath.Join(dir, "rhaptos.db")
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
