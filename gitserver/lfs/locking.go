package lfs

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/rhaptos/rhaptos/gitserver/access"
	"github.com/rhaptos/rhaptos/gitserver/clienterror"
)

// lockJSON is a lock as the locking API writes it.
type lockJSON struct {
	ID     string    `json:"id"`
	Path   string    `json:"path"`
	Locked time.Time `json:"locked_at"`
	Owner  struct {
		Name string `json:"name"`
	} `json:"owner"`
}

func jsonOf(l *Lock) *lockJSON {
	j := &lockJSON{ID: l.ID, Path: l.Path, Locked: l.Locked}
	j.Owner.Name = l.Owner
	return j
}

// lockAnswer has a lock that was found in the way, or removed.
type lockAnswer struct {
	Lock    *lockJSON `json:"lock"`
	Message string    `json:"message,omitempty"`
}

// lockCreated has a lock that was made.
type lockCreated lockAnswer

// lockRequest is the path that is to be locked.
type lockRequest struct {
	Path string `json:"path"`
}

// authorize refuses those who are nobody whom a lock could belong to.
func (*lockRequest) authorize(_ context.Context, q *Request) error {
	if q.principal.Account == nil {
		return clienterror.New(clienterror.Forbidden, "a lock is an account's, and a deploy key is nobody's")
	}
	return nil
}

// createLock answers POST locks.
func (q *Request) createLock(r *http.Request) (any, error) {
	path := q.input.(*lockRequest).Path
	if !lockable(path) {
		return nil, clienterror.New(clienterror.Unprocessable, "the path must be one of a file, from the root of the repository")
	}
	lock, err := q.server.Locks.Create(r.Context(), q.repo.ID, path, q.principal.Account.ID)
	if errors.Is(err, ErrLocked) {
		said := lockAnswer{jsonOf(lock), "already locked by " + lock.Owner}
		answer, err := json.Marshal(said)
		if err != nil {
			return nil, err
		}
		return nil, &clienterror.Error{Kind: clienterror.Conflict, Text: said.Message, JSON: answer}
	}
	if err != nil {
		return nil, err
	}
	return lockCreated{Lock: jsonOf(lock)}, nil
}

// lockable reports whether a file in a repository can have the path.
func lockable(path string) bool {
	return fs.ValidPath(path) && path != "." && len(path) <= 4096 && !strings.ContainsFunc(path, unicode.IsControl)
}

// unlockRequest says whether the lock of somebody else is to be removed.
type unlockRequest struct {
	Force bool `json:"force"`
}

// authorize lets everybody remove their own lock; that of somebody else takes
// force, and an editor. A lock that is not there is found missing later.
func (u *unlockRequest) authorize(ctx context.Context, q *Request) error {
	lock, err := q.server.Locks.Lock(ctx, q.repo.ID, q.id)
	switch {
	case errors.Is(err, ErrNoLock):
		return nil
	case err != nil:
		return err
	case own(q.principal, lock):
		return nil
	case !u.Force:
		return clienterror.New(clienterror.Forbidden, "the lock is "+lock.Owner+"'s: an editor may remove it with --force")
	}
	return q.authorize(ctx, access.PushPublished)
}

// findLock looks for the lock of the path.
func (q *Request) findLock(ctx context.Context) (err error) {
	q.lock, err = q.server.Locks.Lock(ctx, q.repo.ID, q.id)
	if errors.Is(err, ErrNoLock) {
		return clienterror.New(clienterror.NotFound, "there is no such lock")
	}
	return err
}

// unlock answers POST locks/ID/unlock.
func (q *Request) unlock(r *http.Request) (any, error) {
	if err := q.server.Locks.Remove(r.Context(), q.repo.ID, q.lock.ID); err != nil && !errors.Is(err, ErrNoLock) {
		return nil, err
	}
	return lockAnswer{Lock: jsonOf(q.lock)}, nil
}

func own(p access.Principal, lock *Lock) bool {
	return p.Account != nil && p.Account.ID == lock.AccountID
}

// How many locks a page of a list has.
const usualLocks, maxLocks = 100, 1000

// page is which part of a list is asked for.
type page struct {
	Cursor string `json:"cursor"`
	Limit  int    `json:"limit"`
}

// authorize lets whoever may write ask.
func (*page) authorize(context.Context, *Request) error { return nil }

// after is the path behind which the page begins: what is between client and
// server is only ours to read.
func (p page) after() (string, error) {
	path, err := base64.RawURLEncoding.DecodeString(p.Cursor)
	if err != nil || p.Limit < 0 {
		return "", clienterror.New(clienterror.Unprocessable, "the cursor is not one of ours, or the limit is below zero")
	}
	return string(path), nil
}

// pageOf is the page that a query asks for.
func pageOf(query url.Values) (p page, err error) {
	p.Cursor = query.Get("cursor")
	if text := query.Get("limit"); text != "" {
		if p.Limit, err = strconv.Atoi(text); err != nil {
			return p, clienterror.New(clienterror.Malformed, "the limit is not a number")
		}
	}
	_, err = p.after()
	return p, err
}

// Malformed says what is wrong with a query that asks for a page of a list.
func (q *Request) Malformed(r *http.Request) string {
	if _, err := pageOf(r.URL.Query()); err != nil {
		return err.Error()
	}
	return ""
}

func (p page) limit() int {
	if p.Limit == 0 {
		return usualLocks
	}
	return min(p.Limit, maxLocks)
}

// list is a page of locks and the cursor of the next, empty at the end.
func (q *Request) list(ctx context.Context, p page, path, id string) (locks []*Lock, next string, err error) {
	after, err := p.after()
	if err != nil {
		return nil, "", err
	}
	locks, err = q.server.Locks.List(ctx, q.repo.ID, path, id, after, p.limit()+1)
	if err == nil && len(locks) > p.limit() {
		locks = locks[:p.limit()]
		next = base64.RawURLEncoding.EncodeToString([]byte(locks[len(locks)-1].Path))
	}
	return locks, next, err
}

// listLocks answers GET locks.
func (q *Request) listLocks(r *http.Request) (any, error) {
	query := r.URL.Query()
	p, err := pageOf(query)
	if err != nil {
		return nil, err
	}
	locks, next, err := q.list(r.Context(), p, query.Get("path"), query.Get("id"))
	if err != nil {
		return nil, err
	}
	a := struct {
		Locks []*lockJSON `json:"locks"`
		Next  string      `json:"next_cursor,omitempty"`
	}{[]*lockJSON{}, next}
	for _, l := range locks {
		a.Locks = append(a.Locks, jsonOf(l))
	}
	return a, nil
}

// verifyLocks answers POST locks/verify: which locks stand in the way of a push.
func (q *Request) verifyLocks(r *http.Request) (any, error) {
	locks, next, err := q.list(r.Context(), *q.input.(*page), "", "")
	if err != nil {
		return nil, err
	}
	a := struct {
		Ours   []*lockJSON `json:"ours"`
		Theirs []*lockJSON `json:"theirs"`
		Next   string      `json:"next_cursor,omitempty"`
	}{[]*lockJSON{}, []*lockJSON{}, next}
	for _, l := range locks {
		if own(q.principal, l) {
			a.Ours = append(a.Ours, jsonOf(l))
		} else {
			a.Theirs = append(a.Theirs, jsonOf(l))
		}
	}
	return a, nil
}
