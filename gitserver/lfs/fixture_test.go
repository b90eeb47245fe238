package lfs

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/access"
	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/database/databasetest"
	"github.com/rhaptos/rhaptos/web"
	webgit "github.com/rhaptos/rhaptos/web/git"
	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/theme"
)

// library holds ann's repositories.
type library map[string]*gitserver.Repository

func (l library) Lookup(_ context.Context, owner, name string) (*gitserver.Repository, error) {
	if repo := l[owner+"/"+name]; repo != nil {
		return repo, nil
	}
	return nil, gitserver.ErrNoRepository
}

// site is a running server: ann owns secret and other (private) and open
// (public); reader, author and editor have these roles on all; stranger has
// none.
type site struct {
	*httptest.Server
	lfs    *Server
	access *access.Access
	db     database.DB
	blobs  blobstore.Store
	tokens map[string]string
	log    *lockedBuffer
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func TestMain(m *testing.M) { databasetest.Brief(m) }

func newSite(t *testing.T, quota int64) *site {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	db := databasetest.Open(t)
	repos := library{}
	s := &site{access: access.New(db, repos), db: db, blobs: blobstore.NewMemory(), tokens: map[string]string{}, log: new(lockedBuffer)}
	for _, name := range []string{"secret", "other", "open"} {
		repo := &gitserver.Repository{ID: name, Owner: "ann", Name: name, Private: name != "open"}
		repos["ann/"+name] = repo
		_, err := db.ExecContext(ctx, `INSERT INTO repository (id, owner, name, head, private, version, created_at)
			VALUES ($1, 'ann', $1, $2, $3, 0, 0)`, name, []byte("refs/heads/main"), repo.Private)
		must(err)
	}
	for _, name := range []string{"ann", "reader", "author", "editor", "stranger"} {
		_, err := s.access.AddAccount(ctx, name, false)
		must(err)
		s.tokens[name], err = s.access.CreateToken(ctx, name, access.ScopeWrite, time.Hour)
		must(err)
		if role, err := access.ParseRole(name); err == nil {
			for id := range map[string]bool{"secret": true, "other": true, "open": true} {
				must(s.access.Grant(ctx, id, name, role))
			}
		}
	}
	var err error
	s.lfs, err = New(ctx, Config{
		DB: db, Access: s.access, Senders: access.NewSenders(access.SendersConfig{Access: s.access, Log: slog.New(slog.DiscardHandler), Wrong: 1000}), Objects: NewObjects(db, s.blobs, quota), Locks: NewLocks(db),
	})
	must(err)
	view, err := web.New(web.Config{
		Site: resource.Site{Theme: look(t), Log: slog.New(slog.NewTextHandler(s.log, nil))},
		Protocols: web.Protocols{
			LFS: func(owner, name, path string) (webgit.LFSRequest, []string) { return s.lfs.Request(owner, name, path) },
		},
	})
	must(err)
	s.Server = httptest.NewServer(view)
	t.Cleanup(s.Close)
	s.lfs.URL = s.URL
	return s
}

func look(t *testing.T) *theme.Theme {
	t.Helper()
	drawn, err := theme.New()
	if err != nil {
		t.Fatal(err)
	}
	return drawn
}

// do sends a request to an endpoint of a repository; who is the name of an
// account, what an Authorization field has, or empty.
func (s *site) do(t *testing.T, who, method, path, body string, fields ...string) (*http.Response, string) {
	t.Helper()
	repo, end, _ := strings.Cut(path, ":")
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+"/ann/"+repo+".git/info/lfs/"+end, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", mediaType)
	req.Header.Set("Accept", mediaType)
	if token, ok := s.tokens[who]; ok {
		req.SetBasicAuth(who, token)
	} else if who != "" {
		req.Header.Set("Authorization", who)
	}
	for i := 0; i < len(fields); i += 2 {
		req.Header.Set(fields[i], fields[i+1])
	}
	resp, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}

// status is do for the status alone.
func (s *site) status(t *testing.T, who, method, path, body string, fields ...string) int {
	t.Helper()
	resp, text := s.do(t, who, method, path, body, fields...)
	if resp.StatusCode >= 400 && method != http.MethodHead {
		var told struct{ Message string }
		if err := json.Unmarshal([]byte(text), &told); err != nil || told.Message == "" || resp.Header.Get("Content-Type") != mediaType {
			t.Errorf("%s %s: the error is %q of type %s", method, path, text, resp.Header.Get("Content-Type"))
		}
	}
	return resp.StatusCode
}

func oidOf(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

// batch asks for one object and returns what is offered for it.
func (s *site) batch(t *testing.T, who, repo string, operation Operation, oid string, size int) objectAnswer {
	t.Helper()
	body, err := json.Marshal(batchRequest{Operation: operation, Objects: []object{{OID(oid), int64(size)}}})
	if err != nil {
		t.Fatal(err)
	}
	resp, text := s.do(t, who, "POST", repo+":objects/batch", string(body))
	var a batchAnswer
	if err := json.Unmarshal([]byte(text), &a); err != nil || resp.StatusCode != 200 || len(a.Objects) != 1 || a.Transfer != "basic" {
		t.Fatalf("batch: %d %s", resp.StatusCode, text)
	}
	return a.Objects[0]
}

// has reports whether a repository has an object.
func (s *site) has(t *testing.T, repo, oid string) bool {
	t.Helper()
	_, err := s.lfs.Objects.Size(t.Context(), repo, OID(oid))
	return err == nil
}
