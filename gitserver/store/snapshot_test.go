package store_test

import (
	"context"
	"database/sql"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
)

// counted is a database that counts what is asked of it.
type counted struct {
	database.DB
	refs, rows atomic.Int32
}

func (c *counted) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if strings.Contains(query, "FROM ref ") {
		c.refs.Add(1)
	}
	return c.DB.QueryContext(ctx, query, args...)
}

func (c *counted) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	c.rows.Add(1)
	return c.DB.QueryRowContext(ctx, query, args...)
}

// Refs that have not changed cost one question after their version, and those
// that have are never missed.
func TestRefsFromMemory(t *testing.T) {
	p := open(t, blobstore.NewMemory())
	db := &counted{DB: p.db}
	p.DB = db
	one := p.commit("one")
	refs := func() (list []string) {
		t.Helper()
		_, refs, err := p.Refs(t.Context(), p.repo.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range refs {
			list = append(list, r.Name+" "+r.Target.String())
		}
		return list
	}
	if got := refs(); len(got) != 0 {
		t.Errorf("refs are %v", got)
	}
	p.push(p.quarantine(p.pack("main")), false, update("refs/heads/main", plumbing.ZeroHash, one))
	for i := range 3 {
		if got := refs(); len(got) != 1 || got[0] != "refs/heads/main "+one.String() {
			t.Errorf("refs are %v", got)
		}
		if i == 0 {
			db.refs.Store(0)
			db.rows.Store(0)
		}
	}
	if db.refs.Load() != 0 || db.rows.Load() != 2 {
		t.Errorf("refs were read %d times, and %d rows for two answers", db.refs.Load(), db.rows.Load())
	}
	repo, err := p.ByID(t.Context(), p.db, p.repo.ID)
	if err != nil {
		t.Fatal(err)
	}
	db.rows.Store(0)
	if _, refs, err := p.RefsAt(t.Context(), repo); err != nil || len(refs) != 1 || db.rows.Load() != 0 {
		t.Errorf("at a known version: %v, %v after %d rows", refs, err, db.rows.Load())
	}
	// A row that is older than what is known does not bring old refs back.
	if now, refs, err := p.RefsAt(t.Context(), p.repo); err != nil || len(refs) != 1 || now.Version != repo.Version {
		t.Errorf("at an old version: %v, %v", refs, err)
	}
}
