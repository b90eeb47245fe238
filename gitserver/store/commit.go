package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/failpoint"
)

// Reasons for an update that the transaction cannot make. Git's client shows
// them in brackets behind the ref.
const (
	reasonStale  = "fetch first"
	reasonAtomic = "atomic push failure"
)

// Commit implements gitserver.Storage: bytes first, names after.
func (s *Store) Commit(ctx context.Context, push *gitserver.Push, gq gitserver.Quarantine, enqueue gitserver.Enqueue) error {
	q, ok := gq.(*quarantine)
	if !ok {
		return fmt.Errorf("not a quarantine of this store: %T", gq)
	}
	peeled, err := s.peel(push, q)
	if err != nil {
		return err
	}
	var packs []*pack
	for _, name := range q.packs {
		if accepted(push) == 0 {
			break
		}
		pack, err := s.keepPack(ctx, q.base(name), name)
		if err != nil {
			return fmt.Errorf("keep the pack: %w", err)
		}
		packs = append(packs, pack)
	}
	failpoint.Hit("push-pack-stored")
	report, err := s.keepReport(ctx, push)
	if err != nil {
		return err
	}
	failpoint.Hit("push-report-stored")
	var refused map[*gitserver.RefUpdate]string
	for {
		err = s.DB.Write(ctx, func(ctx context.Context, tx database.Tx) error {
			t := &transaction{tx: tx, push: push, peeled: peeled, report: report, generation: q.generation, refused: map[*gitserver.RefUpdate]string{}}
			refused = t.refused
			return t.run(ctx, packs, enqueue)
		})
		if !errors.Is(err, errRepacked) {
			break
		}
		if err := q.connectAgain(ctx, push); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	for u, why := range refused {
		u.Refused = why
	}
	failpoint.Hit("push-committed")
	if accepted(push) > 0 {
		// The truth has moved; a mirror that cannot follow now will when it is next asked for.
		mirrorCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
		if _, err := s.Mirror(mirrorCtx, push.Repository); err != nil {
			s.log.Warn("mirror lags behind", "repository", push.Repository.Path(), "err", err)
		}
		cancel()
		s.due.add(push.Repository.ID)
	}
	failpoint.Hit("push-mirror-updated")
	return nil
}

func accepted(push *gitserver.Push) int {
	n := 0
	for _, u := range push.Updates {
		if u.Refused == "" {
			n++
		}
	}
	return n
}

// peel finds what the new annotated tags lead to.
func (s *Store) peel(push *gitserver.Push, q *quarantine) (map[plumbing.Hash]plumbing.Hash, error) {
	peeled := map[plumbing.Hash]plumbing.Hash{}
	for _, u := range push.Updates {
		if u.Refused != "" || u.Deletes() {
			continue
		}
		target, _, err := q.Peel(u.New)
		if err != nil {
			return nil, err
		}
		if target != u.New {
			peeled[u.New] = target
		}
	}
	return peeled, nil
}

// keepPack makes a pack of that name and its index durable in the blob store,
// from the files whose path is base with .pack and .idx behind it.
func (s *Store) keepPack(ctx context.Context, base, name string) (*pack, error) {
	p := &pack{name: name, created: time.Now()}
	var err error
	if p.objects, err = countObjects(base + ".pack"); err != nil {
		return nil, err
	}
	// Both at once: what takes the time is the disk.
	var wg sync.WaitGroup
	var file, index blobstore.Info
	var fileErr, indexErr error
	wg.Go(func() { file, fileErr = s.keepFile(ctx, base+".pack") })
	wg.Go(func() { index, indexErr = s.keepFile(ctx, base+".idx") })
	wg.Wait()
	p.digest, p.size, p.index = file.Digest, file.Size, index.Digest
	return p, errors.Join(fileErr, indexErr)
}

func (s *Store) keepFile(ctx context.Context, path string) (blobstore.Info, error) {
	if files, ok := s.blobs.(blobstore.FileStore); ok {
		return files.PutFile(ctx, path)
	}
	f, err := os.Open(path)
	if err != nil {
		return blobstore.Info{}, err
	}
	defer f.Close()
	return s.blobs.Put(ctx, io.Reader(f))
}

// transaction is one attempt at moving the refs of a push.
type transaction struct {
	tx         database.Tx
	push       *gitserver.Push
	peeled     map[plumbing.Hash]plumbing.Hash
	report     blobstore.Digest                // empty: there is none
	generation int64                           // of the packs that the push was found to be connected to
	refused    map[*gitserver.RefUpdate]string // by this attempt
}

// errRepacked says that the packs have been exchanged for others since the push
// was found to be connected; some objects may be gone.
var errRepacked = errors.New("the repository was repacked meanwhile")

func (t *transaction) run(ctx context.Context, packs []*pack, enqueue gitserver.Enqueue) error {
	// The row of the repository is written first: on PostgreSQL that makes
	// everybody else who moves its refs wait, as SQLite does by itself.
	id := t.push.Repository.ID
	var version int64
	if err := t.tx.QueryRowContext(ctx, "UPDATE repository SET version = version + 1 WHERE id = $1 RETURNING version", id).Scan(&version); err != nil {
		return fmt.Errorf("repository %s: %w", t.push.Repository.Path(), err)
	}
	failpoint.Hit("push-transaction-begun")
	if err := t.checkGeneration(ctx); err != nil {
		return err
	}
	moved, err := t.moveRefs(ctx)
	if err != nil {
		return err
	}
	if moved == 0 {
		version--
		if _, err := t.tx.ExecContext(ctx, "UPDATE repository SET version = $2 WHERE id = $1", id, version); err != nil {
			return err
		}
		if err := t.record(ctx, version, false); err != nil {
			return err
		}
		return enqueue(ctx, t.tx, t.accepted())
	}
	failpoint.Hit("push-refs-written")
	if err := t.setHead(ctx); err != nil {
		return err
	}
	for _, pack := range packs {
		if err := pack.insert(ctx, t.tx, id); err != nil {
			return err
		}
	}
	if err := t.record(ctx, version, true); err != nil {
		return err
	}
	if err := enqueue(ctx, t.tx, t.accepted()); err != nil {
		return err
	}
	failpoint.Hit("push-jobs-inserted")
	return nil
}

func (t *transaction) checkGeneration(ctx context.Context) error {
	var now int64
	err := t.tx.QueryRowContext(ctx, "SELECT generation FROM maintenance WHERE repository_id = $1", t.push.Repository.ID).Scan(&now)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if now != t.generation {
		return errRepacked
	}
	return nil
}

// reason returns why an update is refused; empty if it is accepted.
func (t *transaction) reason(u *gitserver.RefUpdate) string { return cmp.Or(u.Refused, t.refused[u]) }

// accepted is the push as this attempt leaves it.
func (t *transaction) accepted() *gitserver.Push {
	p := *t.push
	p.Updates = nil
	for _, u := range t.push.Updates {
		c := *u
		c.Refused = t.reason(u)
		p.Updates = append(p.Updates, &c)
	}
	return &p
}

// moveRefs compares every ref with what the pusher believed and swaps those
// that are there. It returns how many it moved.
func (t *transaction) moveRefs(ctx context.Context) (int, error) {
	list, err := readRefs(ctx, t.tx, t.push.Repository.ID)
	if err != nil {
		return 0, err
	}
	t.decide(newRefSet(list))
	moved := 0
	for _, u := range t.push.Updates {
		if t.reason(u) != "" {
			continue
		}
		if err := t.move(ctx, u); err != nil {
			return moved, fmt.Errorf("move %q: %w", u.Name, err)
		}
		moved++
	}
	return moved, nil
}

// decide refuses the updates that do not fit the refs as they are, deletions
// first: they make room for names below or above them.
func (t *transaction) decide(refs *refSet) {
	for _, deletes := range []bool{true, false} {
		for _, u := range t.push.Updates {
			if u.Deletes() != deletes || t.reason(u) != "" {
				continue
			}
			if why := refs.refuses(u); why != "" {
				t.refused[u] = why
			} else if deletes {
				refs.remove(u.Name)
			} else {
				refs.set(u.Name, u.New)
			}
		}
	}
	t.tie()
	if !t.push.Atomic {
		return
	}
	for _, u := range t.push.Updates {
		if t.reason(u) != "" {
			t.refuseAll()
			return
		}
	}
}

// tie refuses updates that are made together, or not at all, when one of them is
// refused.
func (t *transaction) tie() {
	for _, u := range t.push.Updates {
		if u.With != nil && t.reason(u.With) == "" && t.reason(u) != "" {
			t.refused[u.With] = t.reason(u)
		}
	}
	for _, u := range t.push.Updates {
		if u.With != nil && t.reason(u.With) != "" && t.reason(u) == "" {
			t.refused[u] = t.reason(u.With)
		}
	}
}

func (t *transaction) refuseAll() {
	for _, u := range t.push.Updates {
		if t.reason(u) == "" {
			t.refused[u] = reasonAtomic
		}
	}
}

func (t *transaction) move(ctx context.Context, u *gitserver.RefUpdate) error {
	id, name := t.push.Repository.ID, []byte(u.Name)
	var peeled string
	if p, ok := t.peeled[u.New]; ok {
		peeled = p.String()
	}
	var query string
	args := []any{id, name}
	switch {
	case u.Deletes() && u.Old.IsZero():
		return nil // deleting what is not there is done
	case u.Deletes():
		query, args = "DELETE FROM ref WHERE repository_id = $1 AND name = $2 AND target = $3", append(args, u.Old.String())
	case u.Creates():
		query, args = "INSERT INTO ref (repository_id, name, target, peeled) VALUES ($1, $2, $3, $4)", append(args, u.New.String(), peeled)
	default:
		query, args = "UPDATE ref SET target = $4, peeled = $5 WHERE repository_id = $1 AND name = $2 AND target = $3",
			append(args, u.Old.String(), u.New.String(), peeled)
	}
	res, err := t.tx.ExecContext(ctx, query, args...)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return errors.Join(err, fmt.Errorf("%d rows changed, want 1", n))
	}
	return nil
}

// setHead lets HEAD follow the name of the first branch that is ever pushed.
func (t *transaction) setHead(ctx context.Context) error {
	_, err := t.tx.ExecContext(ctx, "UPDATE repository SET head = $2 WHERE id = $1 AND head <> $2",
		t.push.Repository.ID, []byte(t.push.Repository.Head))
	return err
}
