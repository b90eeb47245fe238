package search

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/publish/release"
)

// Editions knows what is to be indexed: a [release.Store].
type Editions interface {
	// Manifests are the manifests of all releases and drafts, each once, as
	// they are in q.
	Manifests(ctx context.Context, q database.Queryer) ([]blobstore.Digest, error)

	// Manifest is the manifest with the digest.
	Manifest(ctx context.Context, d blobstore.Digest) (*release.Manifest, error)
}

// Blobs opens pages: a [blobstore.Store].
type Blobs interface {
	Open(ctx context.Context, d blobstore.Digest) (io.ReadSeekCloser, error)
}

// Index is the full-text index. All methods may be called from many goroutines.
type Index struct {
	db       database.DB
	editions Editions
	blobs    Blobs
	engine   engine
	log      *slog.Logger

	indexing sync.Mutex
	again    atomic.Bool   // something may have appeared since who indexes has looked
	places   chan struct{} // as many as searches may go on at once
	woken    atomic.Int64  // when a search has last asked for an index, in seconds
}

// Open opens the index, in the database. An
// index that was made by a program with other tokens is emptied; Update fills it.
func Open(ctx context.Context, db database.DB, editions Editions, blobs Blobs, log *slog.Logger) (*Index, error) {
	e := engineOf(db.Dialect())
	x := &Index{db: db, editions: editions, blobs: blobs, engine: e, log: log, places: make(chan struct{}, maxSearches)}
	if err := e.create(ctx, db); err != nil {
		return nil, err
	}
	var version int64
	err := db.QueryRowContext(ctx, `SELECT coalesce(max(version), 0) FROM search_index`).Scan(&version)
	if err != nil {
		return nil, fmt.Errorf("read the index's version: %w", err)
	}
	if version != tokenVersion {
		return x, x.Clear(ctx)
	}
	return x, nil
}

// Clear empties the index.
func (x *Index) Clear(ctx context.Context) error {
	return x.db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		if err := x.engine.clear(ctx, tx); err != nil {
			return err
		}
		for _, statement := range []string{
			`DELETE FROM search_place`, `DELETE FROM search_edition`, `DELETE FROM search_page`, `DELETE FROM search_document`, `DELETE FROM search_index`,
		} {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return fmt.Errorf("empty the index: %w", err)
			}
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO search_index (version) VALUES ($1)`, tokenVersion)
		return err
	})
}

// Update indexes every release and draft that is not, and returns how many it
// has. One that cannot be read does not keep the others from it, and is among the
// errors. What was done stays done when ctx ends.
func (x *Index) Update(ctx context.Context) (int, error) {
	x.indexing.Lock()
	n, err := x.update(ctx)
	x.indexing.Unlock()
	if err != nil || !x.again.Load() {
		return n, err
	}
	more, err := x.work(ctx)
	return n + more, err
}

// work is Update for one of many workers: if another one is at it, that one looks
// once more, and nobody waits.
func (x *Index) work(ctx context.Context) (int, error) {
	x.again.Store(true)
	n := 0
	for x.again.Load() && x.indexing.TryLock() {
		more, err := x.update(ctx)
		x.indexing.Unlock()
		if n += more; err != nil {
			return n, err
		}
	}
	return n, nil
}

func (x *Index) update(ctx context.Context) (int, error) {
	x.again.Store(false)
	all, err := x.editions.Manifests(ctx, x.db)
	if err != nil {
		return 0, err
	}
	known, err := x.known(ctx, x.db)
	if err != nil {
		return 0, err
	}
	var errs []error
	done := 0
	for _, d := range all {
		if _, ok := known[d]; ok {
			continue
		}
		if err := x.add(ctx, d); err != nil {
			errs = append(errs, fmt.Errorf("index manifest %s: %w", d, err))
			if ctx.Err() != nil {
				break
			}
			continue
		}
		done++
	}
	return done, errors.Join(errs...)
}

// known are the editions that are indexed, with their ids.
func (x *Index) known(ctx context.Context, q database.Queryer) (map[blobstore.Digest]int64, error) {
	rows, err := q.QueryContext(ctx, `SELECT manifest, id FROM search_edition`)
	if err != nil {
		return nil, fmt.Errorf("list what is indexed: %w", err)
	}
	known := map[blobstore.Digest]int64{}
	_, err = database.Collect(rows, func(row database.Row) (d blobstore.Digest, err error) {
		var id int64
		err = row.Scan(&d, &id)
		known[d] = id
		return d, err
	})
	return known, err
}

// page is one page of an edition.
type page struct {
	digest       blobstore.Digest
	slug, number string
	made         bool
}

// pages are those of a manifest that are indexed, in reading order: all but the
// book's own index, which holds every word and distinguishes nothing.
func pages(m *release.Manifest) []page {
	var list []page
	m.Pages(func(e release.Entry) bool {
		f, ok := m.File(e.Slug)
		if ok && e.Kind != "index" && strings.HasPrefix(f.Type, "text/html") {
			list = append(list, page{f.Digest, e.Slug, e.Number, e.Kind != ""})
		}
		return true
	})
	return list
}

// errSwept says that a document was taken out of the index while an edition was
// about to hold it.
var errSwept = errors.New("a page is not indexed any more")

// add indexes one edition: the pages that are new, a few at a time, and then, in
// one transaction, the places of all of them.
func (x *Index) add(ctx context.Context, d blobstore.Digest) error {
	m, err := x.editions.Manifest(ctx, d)
	if err != nil {
		return err
	}
	list := pages(m)
	for range 3 {
		missing, err := x.missing(ctx, list)
		if err != nil {
			return err
		}
		if err := x.addPages(ctx, missing); err != nil {
			return err
		}
		err = x.db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
			return insertEdition(ctx, tx, d, cmp.Or(m.Book.Language, "en"), list)
		})
		if !errors.Is(err, errSwept) {
			return err
		}
	}
	return errSwept
}

// missing are the pages that are not indexed, each once.
func (x *Index) missing(ctx context.Context, list []page) ([]blobstore.Digest, error) {
	var missing []blobstore.Digest
	seen := map[blobstore.Digest]bool{}
	for _, p := range list {
		if seen[p.digest] {
			continue
		}
		seen[p.digest] = true
		var there bool
		err := x.db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM search_page WHERE digest = $1)`, string(p.digest)).Scan(&there)
		if err != nil {
			return nil, fmt.Errorf("look for page %s: %w", p.digest, err)
		}
		if !there {
			missing = append(missing, p.digest)
		}
	}
	return missing, nil
}

// How many pages are read at a time, and how many go into a transaction: a push
// waits for no more than that.
const (
	parallel = 4
	batch    = 16
)

// prepared is a page's document, ready to be inserted.
type prepared struct {
	page    blobstore.Digest
	content []byte
	digest  string
	fields  [fieldCount]string
	title   int // words in the title
}

func (x *Index) addPages(ctx context.Context, list []blobstore.Digest) error {
	for len(list) > 0 {
		n := min(len(list), batch)
		documents := make([]prepared, n)
		g, each := errgroup.WithContext(ctx)
		g.SetLimit(parallel)
		for i, d := range list[:n] {
			g.Go(func() (err error) {
				documents[i], err = x.prepare(each, d)
				return err
			})
		}
		if err := g.Wait(); err != nil {
			return err
		}
		err := x.db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
			for i := range documents {
				if err := x.insertPage(ctx, tx, &documents[i]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		list = list[n:]
	}
	return nil
}

func (x *Index) prepare(ctx context.Context, d blobstore.Digest) (prepared, error) {
	r, err := x.blobs.Open(ctx, d)
	if err != nil {
		return prepared{}, fmt.Errorf("open page %s: %w", d, err)
	}
	defer r.Close()
	document, err := ReadDocument(r)
	if err != nil {
		return prepared{}, fmt.Errorf("page %s: %w", d, err)
	}
	content, digest, err := document.encode()
	return prepared{d, content, digest, document.fields(), len(tokenise(document.Title))}, err
}

// insertPage adds a page, and its document unless another page has it.
func (x *Index) insertPage(ctx context.Context, tx database.Tx, p *prepared) error {
	now := database.Micros(time.Now())
	var id int64
	err := tx.QueryRowContext(ctx, `UPDATE search_document SET indexed_at = $2 WHERE digest = $1 RETURNING id`, p.digest, now).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		id, err = x.insertDocument(ctx, tx, p, now)
	}
	if err != nil {
		return fmt.Errorf("insert document %s: %w", p.digest, err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO search_page (digest, document_id, indexed_at) VALUES ($1, $2, $3)
		ON CONFLICT (digest) DO NOTHING`, string(p.page), id, now)
	if err != nil {
		return fmt.Errorf("insert page %s: %w", p.page, err)
	}
	return nil
}

func (x *Index) insertDocument(ctx context.Context, tx database.Tx, p *prepared, now int64) (id int64, err error) {
	err = tx.QueryRowContext(ctx, `INSERT INTO search_document (id, digest, content, title_size, indexed_at)
		SELECT coalesce(max(id), 0) + 1, $1, $2, $3, $4 FROM search_document RETURNING id`, p.digest, p.content, p.title, now).Scan(&id)
	if err != nil {
		return 0, err
	}
	return id, x.engine.insert(ctx, tx, id, p.fields)
}

// insertEdition records the places of an edition whose pages are all indexed.
func insertEdition(ctx context.Context, tx database.Tx, d blobstore.Digest, language string, list []page) error {
	result, err := tx.ExecContext(ctx, `INSERT INTO search_edition (id, manifest, language, indexed_at)
		SELECT coalesce(max(id), 0) + 1, $1, $2, $3 FROM search_edition WHERE true ON CONFLICT (manifest) DO NOTHING`,
		string(d), language, database.Micros(time.Now()))
	if err != nil {
		return fmt.Errorf("insert edition: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return err // somebody else has just indexed it
	}
	for i, p := range list {
		result, err := tx.ExecContext(ctx, `INSERT INTO search_place (document_id, edition_id, position, page, slug, number, title_size, made)
			SELECT d.id, e.id, $3, p.digest, $4, $5, d.title_size, $6
			FROM search_page AS p, search_document AS d, search_edition AS e
			WHERE p.digest = $1 AND d.id = p.document_id AND e.manifest = $2`,
			string(p.digest), string(d), i, p.slug, p.number, p.made)
		if err != nil {
			return fmt.Errorf("insert place %s: %w", p.slug, err)
		}
		if n, err := result.RowsAffected(); err != nil || n != 1 {
			return errors.Join(err, errSwept)
		}
	}
	return nil
}
