package lfs

import (
	"encoding/base64"
	"errors"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/rhaptos/rhaptos/gitserver/access"
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

// lockAnswer has a lock that was made, found in the way, or removed.
type lockAnswer struct {
	Lock    *lockJSON `json:"lock"`
	Message string    `json:"message,omitempty"`
}

// createLock answers POST locks.
func (s *Server) createLock(c *call) error {
	var req struct {
		Path string `json:"path"`
	}
	if err := c.read(&req); err != nil {
		return err
	}
	if !lockable(req.Path) {
		return refuse(http.StatusUnprocessableEntity, "the path must be one of a file, from the root of the repository")
	}
	if c.principal.Account == nil {
		return refuse(http.StatusForbidden, "a lock is an account's, and a deploy key is nobody's")
	}
	lock, err := s.Locks.Create(c.r.Context(), c.repo.ID, req.Path, c.principal.Account.ID)
	switch {
	case errors.Is(err, ErrLocked):
		answer(c.w, http.StatusConflict, lockAnswer{jsonOf(lock), "already locked by " + lock.Owner})
	case err != nil:
		return err
	default:
		answer(c.w, http.StatusCreated, lockAnswer{Lock: jsonOf(lock)})
	}
	return nil
}

// lockable reports whether a file in a repository can have the path.
func lockable(path string) bool {
	return fs.ValidPath(path) && path != "." && len(path) <= 4096 && !strings.ContainsFunc(path, unicode.IsControl)
}

// unlock answers POST locks/ID/unlock. The lock of somebody else takes force,
// and an editor.
func (s *Server) unlock(c *call) error {
	var req struct {
		Force bool `json:"force"`
	}
	if err := c.read(&req); err != nil {
		return err
	}
	lock, err := s.Locks.Lock(c.r.Context(), c.repo.ID, c.id)
	if errors.Is(err, ErrNoLock) {
		return refuse(http.StatusNotFound, "there is no such lock")
	}
	if err != nil {
		return err
	}
	if !own(c.principal, lock) {
		if !req.Force {
			return refuse(http.StatusForbidden, "the lock is "+lock.Owner+"'s: an editor may remove it with --force")
		}
		if err := s.authorize(c, access.PushPublished); err != nil {
			return err
		}
	}
	if err := s.Locks.Remove(c.r.Context(), c.repo.ID, lock.ID); err != nil && !errors.Is(err, ErrNoLock) {
		return err
	}
	answer(c.w, http.StatusOK, lockAnswer{Lock: jsonOf(lock)})
	return nil
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

// after is the path behind which the page begins: what is between client and
// server is only ours to read.
func (p page) after() (string, error) {
	path, err := base64.RawURLEncoding.DecodeString(p.Cursor)
	if err != nil || p.Limit < 0 {
		return "", refuse(http.StatusUnprocessableEntity, "the cursor is not one of ours, or the limit is below zero")
	}
	return string(path), nil
}

func (p page) limit() int {
	if p.Limit == 0 {
		return usualLocks
	}
	return min(p.Limit, maxLocks)
}

// list is a page of locks and the cursor of the next, empty at the end.
func (s *Server) list(c *call, p page, path, id string) (locks []*Lock, next string, err error) {
	after, err := p.after()
	if err != nil {
		return nil, "", err
	}
	locks, err = s.Locks.List(c.r.Context(), c.repo.ID, path, id, after, p.limit()+1)
	if err == nil && len(locks) > p.limit() {
		locks = locks[:p.limit()]
		next = base64.RawURLEncoding.EncodeToString([]byte(locks[len(locks)-1].Path))
	}
	return locks, next, err
}

// listLocks answers GET locks.
func (s *Server) listLocks(c *call) error {
	if err := c.accepts(); err != nil {
		return err
	}
	q := c.r.URL.Query()
	p := page{Cursor: q.Get("cursor")}
	if text := q.Get("limit"); text != "" {
		var err error
		if p.Limit, err = strconv.Atoi(text); err != nil {
			return refuse(http.StatusUnprocessableEntity, "the limit is not a number")
		}
	}
	locks, next, err := s.list(c, p, q.Get("path"), q.Get("id"))
	if err != nil {
		return err
	}
	a := struct {
		Locks []*lockJSON `json:"locks"`
		Next  string      `json:"next_cursor,omitempty"`
	}{[]*lockJSON{}, next}
	for _, l := range locks {
		a.Locks = append(a.Locks, jsonOf(l))
	}
	answer(c.w, http.StatusOK, a)
	return nil
}

// verifyLocks answers POST locks/verify: which locks stand in the way of a push.
func (s *Server) verifyLocks(c *call) error {
	var p page
	if err := c.read(&p); err != nil {
		return err
	}
	locks, next, err := s.list(c, p, "", "")
	if err != nil {
		return err
	}
	a := struct {
		Ours   []*lockJSON `json:"ours"`
		Theirs []*lockJSON `json:"theirs"`
		Next   string      `json:"next_cursor,omitempty"`
	}{[]*lockJSON{}, []*lockJSON{}, next}
	for _, l := range locks {
		if own(c.principal, l) {
			a.Ours = append(a.Ours, jsonOf(l))
		} else {
			a.Theirs = append(a.Theirs, jsonOf(l))
		}
	}
	answer(c.w, http.StatusOK, a)
	return nil
}
