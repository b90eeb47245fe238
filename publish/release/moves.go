package release

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// Bounds of what is looked at to find where one page has gone.
const (
	maxCandidates = 20
	maxRenamed    = 10_000
	maxEarlier    = 5 // releases
)

// Left is a slug that a release had and the one after it did not, or had for
// another module.
type Left struct {
	Slug    string
	Module  string // empty: a page that no module of the author's makes
	UUID    string
	Title   string // as text
	Release Number // the last one that had it
}

// Renamed says that a module became another one, by git's account of its file.
type Renamed struct{ Module, Became string }

// Moves list the pages that a release moves or removes.
type Moves struct {
	Left    []Left
	Renamed []Renamed
}

// MovedSince compares an edition with the one before it, which has the number: what
// left its place, and the pages whose modules are gone, for whom a renamed file
// may tell more.
func (m *Manifest) MovedSince(before *Manifest, n Number) (left []Left, gone []Entry) {
	now := m.places()
	before.Pages(func(e Entry) bool {
		if there, ok := now.bySlug[e.Slug]; !ok || there.Module != e.Module && (e.UUID == "" || there.UUID != e.UUID) {
			left = append(left, Left{e.Slug, e.Module, e.UUID, e.Plain, n})
		}
		if _, ok := now.of(e.Module, e.UUID); !ok && e.Module != "" {
			gone = append(gone, e)
		}
		return true
	})
	return left, gone
}

// places finds the pages of an edition.
type places struct{ bySlug, byModule, byUUID map[string]Entry }

func (m *Manifest) places() places {
	p := places{map[string]Entry{}, map[string]Entry{}, map[string]Entry{}}
	m.Pages(func(e Entry) bool {
		p.bySlug[e.Slug] = e
		if _, ok := p.byModule[e.Module]; !ok && e.Module != "" {
			p.byModule[e.Module] = e
		}
		if _, ok := p.byUUID[e.UUID]; !ok && e.UUID != "" {
			p.byUUID[e.UUID] = e
		}
		return true
	})
	return p
}

// of is the slug of a module's page: of the one with its uuid, else with its id.
func (p places) of(module, uuid string) (slug string, ok bool) {
	e, ok := p.byUUID[uuid]
	if !ok {
		e, ok = p.byModule[module]
	}
	return e.Slug, ok
}

// RecordMoves keeps what a release changes in the places of pages, for
// [Store.Locate].
func (s *Store) RecordMoves(ctx context.Context, tx database.Tx, repositoryID, book string, moves Moves) error {
	for _, l := range moves.Left {
		_, err := tx.ExecContext(ctx, `INSERT INTO page_left (repository_id, book, slug, module, uuid, title, major, minor)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (repository_id, book, slug, module) DO UPDATE SET
				uuid = excluded.uuid, title = excluded.title, major = excluded.major, minor = excluded.minor`,
			repositoryID, book, l.Slug, l.Module, l.UUID, l.Title, l.Release.Major, l.Release.Minor)
		if err != nil {
			return fmt.Errorf("record that %s of %s has gone: %w", l.Slug, book, err)
		}
	}
	for _, r := range moves.Renamed { // what it became in an earlier release, and came back from, counts no more
		_, err := tx.ExecContext(ctx, `DELETE FROM module_renamed WHERE repository_id = $1 AND book = $2 AND module = $3`, repositoryID, book, r.Module)
		if err != nil {
			return fmt.Errorf("replace the record of what %s of %s was renamed to: %w", r.Module, book, err)
		}
	}
	for _, r := range moves.Renamed {
		_, err := tx.ExecContext(ctx, `INSERT INTO module_renamed (repository_id, book, module, became) VALUES ($1, $2, $3, $4)
			ON CONFLICT (repository_id, book, module, became) DO NOTHING`, repositoryID, book, r.Module, r.Became)
		if err != nil {
			return fmt.Errorf("record that %s of %s was renamed: %w", r.Module, book, err)
		}
	}
	return nil
}

// Location says what became of a page that an edition does not have.
type Location struct {
	Slug  string   // of its page in the edition; empty: it has none
	Title string   // when it was last there; empty if that is not known
	Last  *Release // the last release that had it and can be read; nil if none
}

// Locate looks for a page that the edition with the manifest does not have and
// that another release of the book had. The page's module decides: it is found by
// its uuid, its id, or what git says it was renamed to. The work is bounded, and
// comes to an end however pages have moved.
func (s *Store) Locate(ctx context.Context, repositoryID, book string, m *Manifest, slug string) (Location, error) {
	candidates, err := s.left(ctx, repositoryID, book, slug)
	if err != nil || len(candidates) == 0 {
		return Location{}, err
	}
	at := m.places()
	for _, c := range candidates {
		if now, ok := at.of(c.Module, c.UUID); ok {
			return Location{Slug: now}, nil
		}
	}
	now, err := s.renamedTo(ctx, repositoryID, book, at, candidates)
	if err != nil || now != "" {
		return Location{Slug: now}, err
	}
	found := Location{Title: candidates[0].Title}
	for _, c := range candidates {
		switch r, err := s.Release(ctx, repositoryID, book, c.Release); {
		case err == nil && r.State == Current:
			found.Last = r
			return found, nil
		case err != nil && !errors.Is(err, ErrNotFound):
			return found, err
		}
	}
	found.Last, err = s.lastWith(ctx, repositoryID, book, slug, candidates[0].Release)
	return found, err
}

// lastWith is the last current release before the one with the number that has
// the page, among the nearest; nil if none has.
func (s *Store) lastWith(ctx context.Context, repositoryID, book, slug string, n Number) (*Release, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT `+releaseColumns+` FROM release
		WHERE repository_id = $1 AND book = $2 AND state = $3 AND (major < $4 OR major = $4 AND minor < $5)
		ORDER BY major DESC, minor DESC LIMIT $6`, repositoryID, book, string(Current), n.Major, n.Minor, maxEarlier)
	if err != nil {
		return nil, fmt.Errorf("look for releases of %s before %s: %w", book, n, err)
	}
	earlier, err := database.Collect(rows, scanRelease)
	if err != nil {
		return nil, err
	}
	for _, r := range earlier {
		m, err := s.Manifest(ctx, r.Manifest)
		if err != nil {
			return nil, err
		}
		if _, ok := m.File(slug); ok {
			return r, nil
		}
	}
	return nil, nil
}

// left returns the pages that had the slug in other releases, the newest first.
// The latest release may still have it, and the edition be an older one.
func (s *Store) left(ctx context.Context, repositoryID, book, slug string) ([]Left, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT slug, module, uuid, title, major, minor FROM page_left
		WHERE repository_id = $1 AND book = $2 AND slug = $3 ORDER BY major DESC, minor DESC LIMIT $4`,
		repositoryID, book, slug, maxCandidates)
	if err != nil {
		return nil, fmt.Errorf("look for %s: %w", book, err)
	}
	list, err := database.Collect(rows, func(row database.Row) (l Left, err error) {
		err = row.Scan(&l.Slug, &l.Module, &l.UUID, &l.Title, &l.Release.Major, &l.Release.Minor)
		return l, err
	})
	if err != nil {
		return nil, err
	}
	latest, err := s.Latest(ctx, repositoryID, book)
	if errors.Is(err, ErrNotFound) {
		return list, nil
	}
	if err != nil {
		return nil, err
	}
	m, err := s.Manifest(ctx, latest.Manifest)
	if err != nil {
		return nil, err
	}
	m.Pages(func(e Entry) bool {
		if e.Slug == slug {
			list = append([]Left{{slug, e.Module, e.UUID, e.Plain, latest.Number}}, list...)
		}
		return e.Slug != slug
	})
	return list, nil
}

// renamedTo follows renames to the nearest module that the edition has: forwards
// as far as they go, for an edition that is newer than what is looked for; then
// backwards, for one that is older; then either way. A name that a module once
// had may be another one's since.
func (s *Store) renamedTo(ctx context.Context, repositoryID, book string, at places, from []Left) (slug string, err error) {
	rows, err := s.db.QueryContext(ctx, `SELECT module, became FROM module_renamed WHERE repository_id = $1 AND book = $2
		ORDER BY module, became LIMIT $3`, repositoryID, book, maxRenamed)
	if err != nil {
		return "", fmt.Errorf("look for renamed modules of %s: %w", book, err)
	}
	later, earlier, both := map[string][]string{}, map[string][]string{}, map[string][]string{}
	_, err = database.Collect(rows, func(row database.Row) (r Renamed, err error) {
		err = row.Scan(&r.Module, &r.Became)
		later[r.Module] = append(later[r.Module], r.Became)
		earlier[r.Became] = append(earlier[r.Became], r.Module)
		both[r.Module] = append(both[r.Module], r.Became)
		both[r.Became] = append(both[r.Became], r.Module)
		return r, err
	})
	if err != nil {
		return "", err
	}
	for _, next := range []map[string][]string{later, earlier, both} {
		if slug := at.nearest(next, from); slug != "" {
			return slug, nil
		}
	}
	return "", nil
}

// nearest is the slug of the first module of the edition that is reached.
func (p places) nearest(next map[string][]string, from []Left) (slug string) {
	var queue []string
	seen := map[string]bool{"": true}
	for _, l := range from {
		queue = append(queue, l.Module)
	}
	for ; len(queue) > 0; queue = queue[1:] {
		if seen[queue[0]] {
			continue
		}
		seen[queue[0]] = true
		if e, ok := p.byModule[queue[0]]; ok {
			return e.Slug
		}
		queue = append(queue, next[queue[0]]...)
	}
	return ""
}

// Previous is the release of a book that readers got last, of whatever number,
// without those that are embargoed. It reads through q, which may be an open
// transaction. The error of a book without one is ErrNotFound.
func (s *Store) Previous(ctx context.Context, q database.Queryer, repositoryID, book string) (*Release, error) {
	r, err := scanRelease(q.QueryRowContext(ctx, `SELECT `+releaseColumns+` FROM release
		WHERE repository_id = $1 AND book = $2 AND state <> $3
		ORDER BY place DESC, publication DESC LIMIT 1`, repositoryID, book, string(Embargoed)))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	return r, err
}

// Redirect is an old address in a book that the author lets lead to a page.
type Redirect struct {
	From string `json:"from"` // relative to the edition, without a slash at its start
	To   string `json:"to"`   // the slug of a page of this edition
}

// Redirected is the slug of the page that the author lets an old address lead
// to.
func (m *Manifest) Redirected(from string) (slug string, ok bool) {
	for _, r := range m.Redirects {
		if r.From == from {
			return r.To, true
		}
	}
	return "", false
}
