package search

import (
	"context"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// engine keeps the tokens of documents and finds documents by them. What is
// found is in search_place too, so an engine is asked for places and not for
// documents. There is one for each kind of database; the tokens are the same in
// all of them.
type engine interface {
	// create makes the engine's own tables, unless they are there.
	create(ctx context.Context, db database.DB) error

	// insert adds a document, whose id is new.
	insert(ctx context.Context, tx database.Tx, id int64, fields [fieldCount]string) error

	// remove takes documents out; one that is not there is not an error.
	remove(ctx context.Context, tx database.Tx, ids []int64) error

	// clear takes all documents out.
	clear(ctx context.Context, tx database.Tx) error

	// find gives the places of the editions whose documents match, best first
	// and in a stable order, and how many there are in all. The query is not
	// empty.
	find(ctx context.Context, q database.Queryer, query Query, in scope, offset, limit int) ([]place, int, error)
}

// engineOf is the engine of a kind of database.
func engineOf(d database.Dialect) engine {
	if d == database.PostgreSQL {
		return postings{}
	}
	return fts5{}
}

// scope is where a query looks.
type scope struct {
	editions  []int64
	known     int64    // about how many editions are indexed
	languages []string // whose stems count; primary subtags
}

// place is a page of an edition.
type place struct {
	document, edition int64
	slug, number      string
}
