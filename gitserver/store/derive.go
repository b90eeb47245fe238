package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/google/uuid"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/failpoint"
	"github.com/rhaptos/rhaptos/gitserver/gitexec"
)

// Derivation asks for a repository that begins as a commit of another one.
type Derivation struct {
	Source      *gitserver.Repository
	Commit      plumbing.Hash
	Release     string // BOOK@NUMBER that the commit was published as
	Owner, Name string // of the new repository
	Private     bool

	// A file in the root of the tree that gets new content, in a commit on top of
	// Commit. With an empty path there is no such commit.
	Path    string
	Content []byte
	By      gitexec.Person
	Message string
}

// Derive makes a repository whose default branch, of the name that it has in the
// source, is at a commit of the source or at the one that the derivation adds. No
// bytes are copied if everything in the packs of the source is there for all to read:
// then both repositories name the same blobs, and deleting either keeps those of the
// other. Of a private source, and of one with objects that no ref reaches, the new
// repository gets a pack with what the commit reaches, and nothing else.
//
// The functions others run in the transaction that makes the repository. The error
// matches ErrExists if the place is taken.
func (s *Store) Derive(ctx context.Context, d Derivation, others ...func(ctx context.Context, tx database.Tx, repo *gitserver.Repository, tip plumbing.Hash) error) (*gitserver.Repository, error) {
	if err := errors.Join(gitserver.CheckOwner(d.Owner), gitserver.CheckName(d.Name)); err != nil {
		return nil, err
	}
	if d.Source.Private && !d.Private {
		return nil, fmt.Errorf("%s is private: what is derived from it must be private too", d.Source.Path())
	}
	mirror, err := s.Mirror(ctx, d.Source)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(s.cache, "derive-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	w := &deriving{Store: s, of: d, mirror: mirror, dir: dir}
	if err := os.MkdirAll(filepath.Join(dir, "pack"), 0o700); err != nil {
		return nil, err
	}
	tip, err := w.commit(ctx)
	if err != nil {
		return nil, err
	}
	if w.shared, err = w.sharable(ctx); err != nil {
		return nil, err
	}
	pack, err := w.pack(ctx, tip)
	if err != nil {
		return nil, err
	}
	failpoint.Hit("derive-pack-stored")
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	repo := &gitserver.Repository{ID: id.String(), Owner: d.Owner, Name: d.Name, Head: d.Source.Head, Private: d.Private, Version: 1}
	err = s.DB.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		if err := w.insert(ctx, tx, repo, tip, pack); err != nil {
			return err
		}
		failpoint.Hit("derive-rows-written")
		for _, f := range others {
			if err := f(ctx, tx, repo, tip); err != nil {
				return err
			}
		}
		return nil
	})
	return repo, err
}

// deriving is a derivation under way.
type deriving struct {
	*Store
	of     Derivation
	mirror string // of the source
	dir    string // an object directory for what is new
	shared bool   // the new repository names the packs of the source
}

func (w *deriving) environment() []string {
	return []string{
		"GIT_DIR=" + w.mirror, "GIT_OBJECT_DIRECTORY=" + w.dir, "GIT_ALTERNATE_OBJECT_DIRECTORIES=" + filepath.Join(w.mirror, "objects"),
	}
}

// run runs git and returns what it prints.
func (w *deriving) run(ctx context.Context, in []byte, args ...string) (string, error) {
	var out bytes.Buffer
	err := w.git.Run(ctx, gitexec.Command{Args: append([]string{"-c", "core.fsync=none"}, args...), Env: w.environment(), Stdin: bytes.NewReader(in), Stdout: &out})
	return out.String(), err
}

// commit makes the commit that the derivation adds.
func (w *deriving) commit(ctx context.Context) (plumbing.Hash, error) {
	if w.of.Path == "" {
		return w.of.Commit, nil
	}
	return w.git.CommitFile(ctx, w.environment(), w.of.Path, w.of.Content, gitexec.Commit{
		By: w.of.By, Message: w.of.Message, Parents: []plumbing.Hash{w.of.Commit},
	})
}

// sharable reports whether everybody may read every object in the packs of the source:
// it is public, and refs reach all of them.
func (w *deriving) sharable(ctx context.Context) (bool, error) {
	if w.of.Source.Private {
		return false, nil
	}
	reached, err := w.run(ctx, nil, "rev-list", "--objects", "--use-bitmap-index", "--count", "--all")
	if err != nil {
		return false, err
	}
	n, err := strconv.ParseInt(strings.TrimSpace(reached), 10, 64)
	if err != nil {
		return false, fmt.Errorf("git rev-list answered %.100q", reached)
	}
	var there lineCount
	err = w.git.Run(ctx, gitexec.Command{
		Args: []string{"cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objectname)"},
		Env:  []string{"GIT_DIR=" + w.mirror}, Stdout: &there,
	})
	return int64(there) == n, err
}

// lineCount counts the lines that are written to it.
type lineCount int64

// Write implements [io.Writer].
func (n *lineCount) Write(p []byte) (int, error) {
	*n += lineCount(bytes.Count(p, []byte{'\n'}))
	return len(p), nil
}

// pack stores what the new repository does not share; nil: there is nothing.
func (w *deriving) pack(ctx context.Context, tip plumbing.Hash) (*pack, error) {
	revs := tip.String() + "\n"
	if w.shared {
		revs += "^" + w.of.Commit.String() + "\n"
		if tip == w.of.Commit {
			return nil, nil
		}
	}
	base := filepath.Join(w.dir, "pack", "pack")
	name, err := w.run(ctx, []byte(revs), "pack-objects", "--quiet", "--revs", base)
	if err != nil {
		return nil, err
	}
	name = strings.TrimSpace(name)
	if !plumbing.IsHash(name) {
		return nil, fmt.Errorf("git pack-objects answered %.100q", name)
	}
	return w.keepPack(ctx, base+"-"+name, name)
}

// insert writes the rows of the new repository.
func (w *deriving) insert(ctx context.Context, tx database.Tx, repo *gitserver.Repository, tip plumbing.Hash, pack *pack) error {
	now := database.Micros(time.Now())
	result, err := tx.ExecContext(ctx, `INSERT INTO repository (id, owner, name, head, private, version, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (owner, name) DO NOTHING`, repo.ID, repo.Owner, repo.Name, []byte(repo.Head), repo.Private, repo.Version, now)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fmt.Errorf("derive %s: %w", repo.Path(), ErrExists))
	}
	if w.shared {
		// One statement sees the packs as they are at one moment.
		_, err := tx.ExecContext(ctx, `INSERT INTO pack (repository_id, name, digest, index_digest, size, objects, level, created_at)
			SELECT $2, name, digest, index_digest, size, objects, level, created_at FROM pack WHERE repository_id = $1 AND retired_at IS NULL`, w.of.Source.ID, repo.ID)
		if err != nil {
			return err
		}
	}
	if pack != nil {
		if err := pack.insert(ctx, tx, repo.ID); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO ref (repository_id, name, target, peeled) VALUES ($1, $2, $3, '')`, repo.ID, []byte(repo.Head), tip.String()); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO derivation (repository_id, source_id, release, commit_id, at) VALUES ($1, $2, $3, $4, $5)`,
		repo.ID, w.of.Source.ID, w.of.Release, w.of.Commit.String(), now)
	return err
}

// Derived says what a repository began as.
type Derived struct {
	Repository *gitserver.Repository // of DerivedFrom the source, of Derivatives the one that is derived
	Release    string                // BOOK@NUMBER
	Commit     plumbing.Hash
	At         time.Time
}

func scanDerived(row database.Row) (*Derived, error) {
	var d Derived
	var commit string
	var at int64
	repo, err := scan(suffixed{row, []any{&d.Release, &commit, &at}})
	d.Repository, d.Commit, d.At = repo, plumbing.NewHash(commit), database.Time(at)
	return &d, err
}

// suffixed is a row with more columns at its end.
type suffixed struct {
	database.Row
	last []any
}

// Scan implements database.Row.
func (p suffixed) Scan(dest ...any) error { return p.Row.Scan(append(dest, p.last...)...) }

// DerivedFrom returns what a repository was derived from; nil: from none that is there.
func (r Repositories) DerivedFrom(ctx context.Context, id string) (*Derived, error) {
	d, err := scanDerived(r.DB.QueryRowContext(ctx, "SELECT "+columns+`, d.release, d.commit_id, d.at FROM derivation d
		JOIN repository ON repository.id = d.source_id WHERE d.repository_id = $1 AND deleted_at IS NULL`, id))
	if errors.Is(err, gitserver.ErrNoRepository) || errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return d, err
}

// Derivatives lists the repositories that were derived from one, the first one first.
func (r Repositories) Derivatives(ctx context.Context, id string) ([]*Derived, error) {
	rows, err := r.DB.QueryContext(ctx, "SELECT "+columns+`, d.release, d.commit_id, d.at FROM derivation d
		JOIN repository ON repository.id = d.repository_id WHERE d.source_id = $1 AND deleted_at IS NULL ORDER BY d.at, d.repository_id`, id)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, scanDerived)
}
