package archive

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/publish/export/content"
	"github.com/rhaptos/rhaptos/publish/release"
)

// Config configures an Archive.
type Config struct {
	DB       database.DB
	Releases *release.Store
	Blobs    blobstore.Store
	// Address is where readers find a release; empty if that is unknown.
	Address func(context.Context, *release.Release) (string, error)
}

// Archive finds books and pages in the archive's form.
type Archive struct {
	db       database.DB
	releases *release.Store
	blobs    blobstore.Store
	address  func(context.Context, *release.Release) (string, error)
}

// New returns an archive of the releases.
func New(c Config) *Archive { return &Archive{c.DB, c.Releases, c.Blobs, c.Address} }

// Places are the books with the UUID, the oldest repository first: copies of a
// repository have books of the same UUID.
func (x *Archive) Places(ctx context.Context, id string) ([]Place, error) {
	rows, err := x.db.QueryContext(ctx, `SELECT repository.owner, repository.name, archive_book.book FROM archive_book
		JOIN repository ON repository.id = archive_book.repository_id WHERE archive_book.uuid = $1
		ORDER BY repository.created_at, repository.id LIMIT 50`, id)
	if err != nil {
		return nil, fmt.Errorf("find book %s: %w", id, err)
	}
	return database.Collect(rows, func(row database.Row) (p Place, err error) {
		return p, row.Scan(&p.Owner, &p.Name, &p.Book)
	})
}

// Resources are the files with the SHA-1, in hexadecimal: one for each
// repository that has it.
func (x *Archive) Resources(ctx context.Context, sum string) ([]Resource, error) {
	rows, err := x.db.QueryContext(ctx, `SELECT repository.owner, repository.name, r.book, r.major, r.minor, r.digest, r.type, r.size
		FROM archive_resource AS r JOIN repository ON repository.id = r.repository_id WHERE r.sha1 = $1
		ORDER BY repository.created_at, repository.id LIMIT 50`, sum)
	if err != nil {
		return nil, fmt.Errorf("find resource %s: %w", sum, err)
	}
	return database.Collect(rows, func(row database.Row) (r Resource, err error) {
		return r, row.Scan(&r.Owner, &r.Name, &r.Book, &r.Number.Major, &r.Number.Minor, &r.Digest, &r.Type, &r.Size)
	})
}

// Sums returns the files that pages of a release refer to, by their SHA-1. Those
// that the repository has had before are not read again.
func (x *Archive) Sums(ctx context.Context, r *release.Release, m *release.Manifest) (map[string]release.File, error) {
	known, err := x.sums(ctx, r.RepositoryID)
	if err != nil {
		return nil, err
	}
	found := map[string]release.File{}
	for _, f := range m.Files {
		if !strings.HasPrefix(f.Path, "media/") && f.Path != stylePath {
			continue
		}
		sum := known[f.Digest]
		if sum == "" {
			if sum, err = x.sum(ctx, f); err != nil {
				return nil, err
			}
			known[f.Digest] = sum
		}
		found[sum] = f
	}
	return found, nil
}

const stylePath = "-/style.css"

func (x *Archive) sum(ctx context.Context, f release.File) (string, error) {
	b, err := x.blobs.Open(ctx, f.Digest)
	if err != nil {
		return "", fmt.Errorf("open %s: %w", f.Path, err)
	}
	defer b.Close()
	h := sha1.New()
	if _, err := io.Copy(h, content.WithContext(ctx, b)); err != nil {
		return "", fmt.Errorf("read %s: %w", f.Path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// sums are the SHA-1s of a repository's files by their digests.
func (x *Archive) sums(ctx context.Context, repositoryID string) (map[blobstore.Digest]string, error) {
	rows, err := x.db.QueryContext(ctx, `SELECT digest, sha1 FROM archive_resource WHERE repository_id = $1`, repositoryID)
	if err != nil {
		return nil, fmt.Errorf("list resources: %w", err)
	}
	type pair struct {
		digest blobstore.Digest
		sum    string
	}
	pairs, err := database.Collect(rows, func(row database.Row) (p pair, err error) { return p, row.Scan(&p.digest, &p.sum) })
	sums := map[blobstore.Digest]string{}
	for _, p := range pairs {
		sums[p.digest] = p.sum
	}
	return sums, err
}

// Register records what the archive's addresses of a release lead to.
func Register(ctx context.Context, tx database.Tx, r *release.Release, book release.Book, files map[string]release.File) error {
	if _, err := tx.ExecContext(ctx, `INSERT INTO archive_book (repository_id, book, uuid) VALUES ($1, $2, $3)
		ON CONFLICT (repository_id, book) DO UPDATE SET uuid = excluded.uuid`,
		r.RepositoryID, r.Book, content.BookUUID(r.RepositoryID, book)); err != nil {
		return fmt.Errorf("register %s: %w", r.Book, err)
	}
	for sum, f := range files {
		if _, err := tx.ExecContext(ctx, `INSERT INTO archive_resource (repository_id, sha1, digest, type, size, book, major, minor)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (repository_id, sha1) DO UPDATE SET type = excluded.type, book = excluded.book, major = excluded.major, minor = excluded.minor`,
			r.RepositoryID, sum, string(f.Digest), f.Type, f.Size, r.Book, r.Number.Major, r.Number.Minor); err != nil {
			return fmt.Errorf("register %s: %w", f.Path, err)
		}
	}
	return nil
}
