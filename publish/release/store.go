package release

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/lru"
	"github.com/rhaptos/rhaptos/gitserver/plaintext"
)

// ErrNotFound says that there is no such release or draft.
var ErrNotFound = errors.New("no such release")

// Store finds and records releases and drafts: their rows in the database,
// their manifests in the blob store. All methods may be called from many
// goroutines.
type Store struct {
	db        database.DB
	blobs     blobstore.Store
	manifests *lru.Cache[blobstore.Digest, *Manifest] // by the bytes that they have encoded
}

// NewStore makes a store over the database and the blob store.
func NewStore(db database.DB, blobs blobstore.Store) *Store {
	return &Store{db: db, blobs: blobs, manifests: lru.New[blobstore.Digest, *Manifest](maxManifest)}
}

const releaseColumns = `repository_id, book, major, minor, title, commit_id, ref, manifest, state, reason, published_at, publication,
	blocked_by, appears_at, changed_by, changed_at`

func scanRelease(row database.Row) (*Release, error) {
	var r Release
	var ref []byte
	var at int64
	var appears, changed sql.NullInt64
	err := row.Scan(&r.RepositoryID, &r.Book, &r.Number.Major, &r.Number.Minor, &r.Title, &r.Commit,
		&ref, &r.Manifest, &r.State, &r.Reason, &at, &r.Publication, &r.BlockedBy, &appears, &r.ChangedBy, &changed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read release: %w", err)
	}
	r.Ref, r.Published = string(ref), database.Time(at)
	r.Title, r.Reason = plaintext.Text(r.Title), plaintext.Text(r.Reason)
	if appears.Valid {
		r.Appears = database.Time(appears.Int64)
	}
	if changed.Valid {
		r.Changed = database.Time(changed.Int64)
	}
	return &r, nil
}

// Release is one release of a book that readers may know of: in whatever state
// but Embargoed. The error of one that is not there is ErrNotFound.
func (s *Store) Release(ctx context.Context, repositoryID, book string, n Number) (*Release, error) {
	r, err := s.find(ctx, s.db, repositoryID, book, n)
	if err == nil && r.State == Embargoed {
		return nil, ErrNotFound
	}
	return r, err
}

// find is one release in whatever state.
func (s *Store) find(ctx context.Context, q database.Queryer, repositoryID, book string, n Number) (*Release, error) {
	return scanRelease(q.QueryRowContext(ctx, `SELECT `+releaseColumns+` FROM release
		WHERE repository_id = $1 AND book = $2 AND major = $3 AND minor = $4`,
		repositoryID, book, n.Major, n.Minor))
}

// Latest is the release of a book that readers are sent to: the one with the
// highest number among those that are neither withdrawn nor blocked. The error
// of a book without one is ErrNotFound.
func (s *Store) Latest(ctx context.Context, repositoryID, book string) (*Release, error) {
	return s.Newest(ctx, s.db, repositoryID, book, Current)
}

// Newest is the release of a book with the highest number among those in the
// state, or among all of them, embargoed ones too, when state is empty. It reads through q, which
// may be an open transaction.
func (s *Store) Newest(ctx context.Context, q database.Queryer, repositoryID, book string, state State) (*Release, error) {
	return Newest(ctx, q, repositoryID, book, state)
}

// Newest is [Store.Newest] for who needs no store.
func Newest(ctx context.Context, q database.Queryer, repositoryID, book string, state State) (*Release, error) {
	return scanRelease(q.QueryRowContext(ctx, `SELECT `+releaseColumns+` FROM release
		WHERE repository_id = $1 AND book = $2 AND ($3 = '' OR state = $3)
		ORDER BY major DESC, minor DESC LIMIT 1`,
		repositoryID, book, string(state)))
}

// Releases are all releases of a repository that readers may know of, newest
// first: those in every state but Embargoed.
func (s *Store) Releases(ctx context.Context, repositoryID string) ([]*Release, error) {
	return list(ctx, s.db, `repository_id = $1 AND state <> $2`, repositoryID, string(Embargoed))
}

// Embargoes are the releases of a repository whose time has not come.
func (s *Store) Embargoes(ctx context.Context, repositoryID string) ([]*Release, error) {
	return Embargoes(ctx, s.db, repositoryID)
}

// Embargoes is [Store.Embargoes] for who needs no store.
func Embargoes(ctx context.Context, q database.Queryer, repositoryID string) ([]*Release, error) {
	return list(ctx, q, `repository_id = $1 AND state = $2`, repositoryID, string(Embargoed))
}

// BuiltFrom reports whether a release with the number was made of the commit: of the
// book, or of any where book is empty.
func BuiltFrom(ctx context.Context, q database.Queryer, repositoryID, book string, n Number, commit string) (made bool, err error) {
	err = q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM release
		WHERE repository_id = $1 AND ($2 = '' OR book = $2) AND major = $3 AND minor = $4 AND commit_id = $5)`,
		repositoryID, book, n.Major, n.Minor, commit).Scan(&made)
	if err != nil {
		return false, fmt.Errorf("look for a release %s of %s: %w", n, commit, err)
	}
	return made, nil
}

// OfPublication are the releases that a publication has made, in whatever state.
func (s *Store) OfPublication(ctx context.Context, repositoryID string, publication int64) ([]*Release, error) {
	return list(ctx, s.db, `repository_id = $1 AND publication = $2`, repositoryID, publication)
}

// Books are the slugs of all books of a repository that have a release in
// whatever state, in order.
func (s *Store) Books(ctx context.Context, q database.Queryer, repositoryID string) ([]string, error) {
	rows, err := q.QueryContext(ctx, `SELECT DISTINCT book FROM release WHERE repository_id = $1 ORDER BY book`, repositoryID)
	if err != nil {
		return nil, fmt.Errorf("list books: %w", err)
	}
	return database.Collect(rows, func(row database.Row) (book string, err error) {
		err = row.Scan(&book)
		return book, err
	})
}

func list(ctx context.Context, q database.Queryer, where string, args ...any) ([]*Release, error) {
	rows, err := q.QueryContext(ctx, `SELECT `+releaseColumns+` FROM release
		WHERE `+where+` ORDER BY place DESC, publication DESC, book, major DESC, minor DESC`, args...)
	if err != nil {
		return nil, fmt.Errorf("list releases: %w", err)
	}
	return database.Collect(rows, scanRelease)
}

// Insert records a release. Its manifest and all files of it must be in the
// blob store already. A number that is taken is an error.
func (s *Store) Insert(ctx context.Context, tx database.Tx, r *Release) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO release (`+releaseColumns+`, place)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
			(SELECT coalesce(max(place), 0) + 1 FROM release WHERE repository_id = $1 AND publication <> $12))`,
		r.RepositoryID, r.Book, r.Number.Major, r.Number.Minor, r.Title, r.Commit, []byte(r.Ref),
		string(r.Manifest), string(r.State), r.Reason, database.Micros(r.Published), r.Publication,
		r.BlockedBy, micros(r.Appears), r.ChangedBy, micros(r.Changed))
	if err != nil {
		return fmt.Errorf("insert release %s %s: %w", r.Book, r.Number, err)
	}
	return nil
}

// micros is a time that may be zero, which is NULL.
func micros(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: database.Micros(t), Valid: !t.IsZero()}
}

const draftColumns = `repository_id, branch, book, title, commit_id, manifest, problems, updated_at`

func scanDraft(row database.Row) (*Draft, error) {
	var d Draft
	var branch []byte
	var at int64
	err := row.Scan(&d.RepositoryID, &branch, &d.Book, &d.Title, &d.Commit, &d.Manifest, &d.Problems, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read draft: %w", err)
	}
	d.Branch, d.Updated, d.Title = string(branch), database.Time(at), plaintext.Text(d.Title)
	return &d, nil
}

// Draft is the latest state of a book on a branch (a short name). The error of
// one that is not there is ErrNotFound.
func (s *Store) Draft(ctx context.Context, repositoryID, branch, book string) (*Draft, error) {
	return scanDraft(s.db.QueryRowContext(ctx, `SELECT `+draftColumns+` FROM draft
		WHERE repository_id = $1 AND branch = $2 AND book = $3`, repositoryID, []byte(branch), book))
}

// Drafts are all drafts of a repository, by branch and book.
func (s *Store) Drafts(ctx context.Context, repositoryID string) ([]*Draft, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT `+draftColumns+` FROM draft
		WHERE repository_id = $1 ORDER BY branch, book`, repositoryID)
	if err != nil {
		return nil, fmt.Errorf("list drafts: %w", err)
	}
	return database.Collect(rows, scanDraft)
}

// PutDraft records a draft in the place of the one before it. Its manifest and
// all files of it must be in the blob store already.
func (s *Store) PutDraft(ctx context.Context, tx database.Tx, d *Draft) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO draft (`+draftColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (repository_id, branch, book) DO UPDATE SET title = excluded.title, commit_id = excluded.commit_id,
			manifest = excluded.manifest, problems = excluded.problems, updated_at = excluded.updated_at`,
		d.RepositoryID, []byte(d.Branch), d.Book, d.Title, d.Commit, string(d.Manifest), d.Problems, database.Micros(d.Updated))
	if err != nil {
		return fmt.Errorf("put draft %s of %s: %w", d.Branch, d.Book, err)
	}
	return nil
}

// DeleteDraft removes a draft; removing one that is not there is not an error.
func (s *Store) DeleteDraft(ctx context.Context, tx database.Tx, repositoryID, branch, book string) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM draft WHERE repository_id = $1 AND branch = $2 AND book = $3`,
		repositoryID, []byte(branch), book)
	if err != nil {
		return fmt.Errorf("delete draft %s of %s: %w", branch, book, err)
	}
	return nil
}

// BranchBooks are the slugs of the books that have a draft on the branch, in
// order. It reads through q, which may be an open transaction.
func (s *Store) BranchBooks(ctx context.Context, q database.Queryer, repositoryID, branch string) ([]string, error) {
	rows, err := q.QueryContext(ctx, `SELECT book FROM draft WHERE repository_id = $1 AND branch = $2 ORDER BY book`,
		repositoryID, []byte(branch))
	if err != nil {
		return nil, fmt.Errorf("list drafts of %s: %w", branch, err)
	}
	return database.Collect(rows, func(row database.Row) (book string, err error) {
		err = row.Scan(&book)
		return book, err
	})
}

// References calls f for every digest that a release or a draft needs, its
// manifest's own among them, some of them more than once. An error of f ends it. A
// manifest that cannot be read is an error as well, which is returned when all others
// have been read: what is then left out must not be taken for unneeded.
func (s *Store) References(ctx context.Context, f func(blobstore.Digest) error) error {
	manifests, err := s.Manifests(ctx, s.db)
	if err != nil {
		return err
	}
	var unread []error
	for _, d := range manifests {
		if err := f(d); err != nil {
			return err
		}
		m, _, err := s.readManifest(ctx, d)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			unread = append(unread, err)
			continue
		}
		for i := range m.Files {
			if err := f(m.Files[i].Digest); err != nil {
				return err
			}
			for _, v := range m.Files[i].Variants {
				if err := f(v.Digest); err != nil {
					return err
				}
			}
		}
	}
	return errors.Join(unread...)
}
