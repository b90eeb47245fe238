package search

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
)

// The bounds of a search.
const (
	maxTurn     = 15 * time.Second // of waiting for its turn
	maxTime     = 20 * time.Second // from then on: a bound for queries without end, which a busy machine does not reach
	maxSearches = 3                // at the same time: the database has eight connections, for everything
	maxWait     = time.Second      // about, for an edition that has just appeared
	maxHits     = 100              // at once
	maxDeep     = 10_000           // hits that can be reached
)

// What keeps a search from being answered.
var (
	ErrNotIndexed = errors.New("not indexed yet") // the only edition asked for; it will be in a moment
	ErrBusy       = errors.New("too many searches at the same time")
	ErrTooSlow    = errors.New("the search took too long")
)

// Result holds the hits of a search.
type Result struct {
	Total int // in all
	Hits  []Hit
}

// Hit is one page that was found.
type Hit struct {
	Edition  blobstore.Digest // its manifest
	Slug     string
	Number   string // of the page; may be empty
	Title    string
	Language string // BCP 47; may be empty
	Anchor   string // of the section that the excerpt is from; empty at the top of the page
	Heading  string // of the section; may be empty
	Excerpt  Excerpt
}

// Search looks for pages in the editions, which are given by their manifests,
// and returns up to limit of them from offset on, best first. Editions that are
// not indexed have none; if there is just one to search, that is ErrNotIndexed. A
// search waits for its turn; if that takes too long, the error is ErrBusy.
// A query that finds nothing is asked again with a last word that may go on.
func (x *Index) Search(ctx context.Context, q Query, editions []blobstore.Digest, offset, limit int) (*Result, error) {
	if q.Empty() || len(editions) == 0 || offset < 0 || offset >= maxDeep || limit <= 0 {
		return &Result{}, nil
	}
	in, manifests, err := x.scope(ctx, editions)
	if err == nil && len(in.editions) == 0 && len(editions) == 1 {
		in, manifests, err = x.await(ctx, editions)
	}
	if err != nil || len(in.editions) == 0 {
		return &Result{}, err
	}
	release, err := x.turn(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	ctx, cancel := context.WithTimeoutCause(ctx, maxTime, ErrTooSlow)
	defer cancel()
	result, err := x.search(ctx, q, in, manifests, offset, min(limit, maxHits))
	if err != nil && errors.Is(context.Cause(ctx), ErrTooSlow) {
		return nil, ErrTooSlow
	}
	return result, err
}

// turn waits until the search may start. The caller calls release at its end.
func (x *Index) turn(ctx context.Context) (release func(), err error) {
	end := time.NewTimer(maxTurn)
	defer end.Stop()
	select {
	case x.places <- struct{}{}:
		return func() { <-x.places }, nil
	case <-end.C:
		return nil, ErrBusy
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (x *Index) search(ctx context.Context, q Query, in scope, manifests map[int64]blobstore.Digest, offset, limit int) (*Result, error) {
	places, total, err := x.find(ctx, &q, in, offset, limit)
	if err != nil {
		return nil, err
	}
	result := &Result{Total: total, Hits: make([]Hit, len(places))}
	for i, p := range places {
		if result.Hits[i], err = x.hit(ctx, q, p); err != nil {
			return nil, err
		}
		result.Hits[i].Edition = manifests[p.edition]
	}
	return result, nil
}

// await has the only edition of a search indexed, and waits a little for it.
func (x *Index) await(ctx context.Context, editions []blobstore.Digest) (scope, map[int64]blobstore.Digest, error) {
	if err := x.wakeOnce(ctx); err != nil {
		return scope{}, nil, err
	}
	for wait := 20 * time.Millisecond; wait < maxWait; wait *= 2 {
		select {
		case <-ctx.Done():
			return scope{}, nil, ctx.Err()
		case <-time.After(wait):
		}
		in, manifests, err := x.scope(ctx, editions)
		if err != nil || len(in.editions) > 0 {
			return in, manifests, err
		}
	}
	return scope{}, nil, ErrNotIndexed
}

// find asks the engine, and once more for the beginnings of words if that finds
// nothing; q is then that query.
func (x *Index) find(ctx context.Context, q *Query, in scope, offset, limit int) ([]place, int, error) {
	places, total, err := x.engine.find(ctx, x.db, *q, in, offset, limit)
	if err != nil || len(places) > 0 {
		return places, total, err
	}
	if offset > 0 { // behind the end, or all of it is of the completed query
		if _, total, err = x.engine.find(ctx, x.db, *q, in, 0, 1); err != nil || total > 0 {
			return nil, total, err
		}
	}
	completed, ok := q.completed()
	if !ok {
		return nil, 0, nil
	}
	*q = completed
	return x.engine.find(ctx, x.db, completed, in, offset, limit)
}

// scope are those of the editions that are indexed, and their languages.
func (x *Index) scope(ctx context.Context, editions []blobstore.Digest) (scope, map[int64]blobstore.Digest, error) {
	var in scope
	manifests := map[int64]blobstore.Digest{}
	for some := range slices.Chunk(editions, editionsAtOnce) {
		rows, err := x.db.QueryContext(ctx, findEditions, filled(some)...)
		if err != nil {
			return scope{}, nil, fmt.Errorf("look for editions: %w", err)
		}
		_, err = database.Collect(rows, func(row database.Row) (id int64, err error) {
			var d blobstore.Digest
			var language string
			if err := row.Scan(&d, &id, &language); err != nil {
				return 0, err
			}
			manifests[id] = d
			if primary := primaryLanguage(language); !slices.Contains(in.languages, primary) {
				in.languages = append(in.languages, primary)
			}
			return id, nil
		})
		if err != nil {
			return scope{}, nil, fmt.Errorf("look for editions: %w", err)
		}
	}
	if err := x.db.QueryRowContext(ctx, `SELECT coalesce(max(id), 0) FROM search_edition`).Scan(&in.known); err != nil {
		return scope{}, nil, fmt.Errorf("count editions: %w", err)
	}
	in.editions = slices.Sorted(maps.Keys(manifests))
	slices.Sort(in.languages)
	return in, manifests, nil
}

// editionsAtOnce is the number of editions in one query: a constant, so that the
// statement is prepared once.
const editionsAtOnce = 64

var findEditions = func() string {
	numbers := make([]string, editionsAtOnce)
	for i := range numbers {
		numbers[i] = "$" + strconv.Itoa(i+1)
	}
	return `SELECT manifest, id, language FROM search_edition WHERE manifest IN (` + strings.Join(numbers, ", ") + `)`
}()

// filled are the digests as the arguments of findEditions; the last fills up.
func filled(some []blobstore.Digest) []any {
	args := make([]any, editionsAtOnce)
	for i := range args {
		args[i] = string(some[min(i, len(some)-1)])
	}
	return args
}

// hit returns what is shown for a place.
func (x *Index) hit(ctx context.Context, q Query, p place) (Hit, error) {
	var content []byte
	err := x.db.QueryRowContext(ctx, `SELECT content FROM search_document WHERE id = $1`, p.document).Scan(&content)
	if err != nil {
		return Hit{}, fmt.Errorf("read document %d: %w", p.document, err)
	}
	d, err := decodeDocument(content)
	if err != nil {
		return Hit{}, fmt.Errorf("document %d: %w", p.document, err)
	}
	h := Hit{Slug: p.slug, Number: p.number, Title: d.Title, Language: d.Language}
	var section int
	if h.Excerpt, section = excerpt(d, q); section >= 0 {
		h.Anchor, h.Heading = d.Sections[section].Anchor, d.Sections[section].Heading
	}
	return h, nil
}
