package lfs

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
)

// Objects keeps the objects of repositories. Its methods may be called from many
// goroutines, and by several processes on one database.
type Objects struct {
	db    database.DB
	blobs blobstore.Store
	quota int64
	seen  seen
}

// NewObjects keeps the bytes in blobs, and at most quota of them for each
// repository; 0 means that there is no limit.
func NewObjects(db database.DB, blobs blobstore.Store, quota int64) *Objects {
	return &Objects{db: db, blobs: blobs, quota: quota}
}

// Size is the size of an object that the repository has, in bytes; the error of
// one that it does not have is [ErrNoObject].
func (o *Objects) Size(ctx context.Context, repositoryID string, oid OID) (size int64, err error) {
	err = o.db.QueryRowContext(ctx, `SELECT size FROM lfs_object WHERE repository_id = $1 AND oid = $2`, repositoryID, string(oid)).Scan(&size)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, ErrNoObject
	}
	if err != nil {
		return 0, fmt.Errorf("look up LFS object: %w", err)
	}
	return size, nil
}

// Open returns an object's bytes; the caller closes it. The error of one that
// the repository does not have is [ErrNoObject].
func (o *Objects) Open(ctx context.Context, repositoryID string, oid OID) (io.ReadSeekCloser, error) {
	if _, err := o.Size(ctx, repositoryID, oid); err != nil {
		return nil, err
	}
	r, err := o.blobs.Open(ctx, oid)
	if err != nil {
		return nil, fmt.Errorf("LFS object %s: %w", oid, err)
	}
	return r, nil
}

// Used returns the bytes of its quota that a repository uses, uploads in progress
// included.
func (o *Objects) Used(ctx context.Context, repositoryID string) (bytes int64, err error) {
	return used(ctx, o.db, repositoryID)
}

func used(ctx context.Context, q database.Queryer, repositoryID string) (bytes int64, err error) {
	err = q.QueryRowContext(ctx, `SELECT
		(SELECT COALESCE(SUM(size), 0) FROM lfs_object WHERE repository_id = $1) +
		(SELECT COALESCE(SUM(size), 0) FROM lfs_upload WHERE repository_id = $1)`, repositoryID).Scan(&bytes)
	if err != nil {
		return 0, fmt.Errorf("LFS quota: %w", err)
	}
	return bytes, nil
}

// Room is [ErrQuota] if the repository has no room for so many bytes more.
func (o *Objects) Room(ctx context.Context, repositoryID string, size int64) error {
	return o.room(ctx, o.db, repositoryID, size)
}

func (o *Objects) room(ctx context.Context, q database.Queryer, repositoryID string, size int64) error {
	if o.quota <= 0 {
		return nil
	}
	n, err := used(ctx, q, repositoryID)
	if err != nil {
		return err
	}
	if size > o.quota-n {
		return fmt.Errorf("%w: %d of %d bytes are used, and this takes %d more; ask the operator for more", ErrQuota, n, o.quota, size)
	}
	return nil
}

// Put keeps an object of so many bytes for a repository: the room is reserved
// first, the bytes are durable next, and the row is last. The error of bytes
// that are not the object's matches [ErrMismatch], and nothing is kept; that of
// too many matches [ErrQuota], and nothing is read. Putting again what is there
// is not an error.
func (o *Objects) Put(ctx context.Context, repositoryID string, oid OID, size int64, r io.Reader) error {
	upload, err := o.reserve(ctx, repositoryID, oid, size)
	if err != nil {
		return err
	}
	if _, err := o.blobs.Put(ctx, verify(r, oid, size)); err != nil {
		return errors.Join(fmt.Errorf("keep LFS object %s: %w", oid, err), o.end(context.WithoutCancel(ctx), upload, nil))
	}
	// The bytes are here: the row does not depend on whether the client waits.
	return o.end(context.WithoutCancel(ctx), upload, func(ctx context.Context, tx database.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO lfs_object (repository_id, oid, size, created_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (repository_id, oid) DO NOTHING`, repositoryID, string(oid), size, database.Micros(time.Now()))
		if err != nil {
			return fmt.Errorf("name LFS object %s: %w", oid, err)
		}
		return nil
	})
}

// longestUpload is after how long an upload's reservation is one that a crash
// has left behind. It is not longer than the grace of blobs that nothing names.
const longestUpload = 24 * time.Hour

// reserve takes the room for an object, and returns what to end with; nothing
// is taken for an object that is there.
func (o *Objects) reserve(ctx context.Context, repositoryID string, oid OID, size int64) (upload string, err error) {
	if size < 0 {
		return "", fmt.Errorf("%w: no object has %d bytes", ErrMismatch, size)
	}
	upload = rand.Text()
	err = o.db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		// Writing the repository's row first makes reservations wait for each
		// other on PostgreSQL, as on SQLite they do.
		if _, err := tx.ExecContext(ctx, `UPDATE repository SET version = version WHERE id = $1`, repositoryID); err != nil {
			return err
		}
		now := time.Now()
		if _, err := tx.ExecContext(ctx, `DELETE FROM lfs_upload WHERE repository_id = $1 AND begun_at < $2`,
			repositoryID, database.Micros(now.Add(-longestUpload))); err != nil {
			return err
		}
		var there bool
		err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM lfs_object WHERE repository_id = $1 AND oid = $2)`,
			repositoryID, string(oid)).Scan(&there)
		if err != nil || there {
			return err
		}
		if err := o.room(ctx, tx, repositoryID, size); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO lfs_upload (id, repository_id, size, begun_at) VALUES ($1, $2, $3, $4)`,
			upload, repositoryID, size, database.Micros(now))
		return err
	})
	if err != nil {
		return "", fmt.Errorf("reserve room for LFS object %s: %w", oid, err)
	}
	return upload, nil
}

// end gives an upload's reservation back, in one transaction with what comes of
// it.
func (o *Objects) end(ctx context.Context, upload string, f func(ctx context.Context, tx database.Tx) error) error {
	return o.db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM lfs_upload WHERE id = $1`, upload); err != nil {
			return fmt.Errorf("end LFS upload: %w", err)
		}
		if f == nil {
			return nil
		}
		return f(ctx, tx)
	})
}

// References calls f for every blob that an object is kept in.
func (o *Objects) References(ctx context.Context, f func(blobstore.Digest) error) error {
	rows, err := o.db.QueryContext(ctx, `SELECT DISTINCT oid FROM lfs_object`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var oid OID
		if err := rows.Scan(&oid); err != nil {
			return err
		}
		if err := f(oid); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Purge removes all rows of a repository that is being removed for good. The blobs
// are left to the sweep.
func Purge(ctx context.Context, tx database.Tx, repositoryID string) error {
	for _, statement := range []string{
		`DELETE FROM lfs_lock WHERE repository_id = $1`,
		`DELETE FROM lfs_upload WHERE repository_id = $1`,
		`DELETE FROM lfs_object WHERE repository_id = $1`,
	} {
		if _, err := tx.ExecContext(ctx, statement, repositoryID); err != nil {
			return fmt.Errorf("purge LFS objects and locks: %w", err)
		}
	}
	return nil
}
