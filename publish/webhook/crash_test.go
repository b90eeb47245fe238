//go:build failpoint

package webhook_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/riverqueue/river"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/egress"
	"github.com/rhaptos/rhaptos/publish"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/edition"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/webhook"
)

var steps = []string{
	"publish-started", "publish-tree-read", "publish-rendered", "publish-blobs-written", "publish-blobs-stored", "publish-manifest-stored",
	"publish-before-commit", "publish-committed", "webhook-before-send", "webhook-sent",
}

const folder = "RHAPTOS_CRASH_TEST_FOLDER"

// A process that is killed at any step of a publication or a delivery, and
// started again, ends with the same releases as one that was not: each once,
// in order, and announced at least once.
func TestKilledAtEveryStep(t *testing.T) {
	if dir := os.Getenv(folder); dir != "" {
		work(t, dir)
		return
	}
	for _, step := range steps {
		for _, passage := range []string{"1", "2"} {
			t.Run(step+":"+passage, func(t *testing.T) {
				dir := t.TempDir()
				told := newListener(t)
				request(t, dir, told.URL)
				var killed *exec.ExitError
				if err := run(dir, step+":"+passage); !errors.As(err, &killed) || killed.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
					t.Fatalf("the first process was not killed: %v", err)
				}
				if err := run(dir, ""); err != nil {
					t.Fatal(err)
				}
				check(t, dir, told)
			})
		}
	}
}

// run is one life of the server.
func run(dir, step string) error {
	c := exec.Command(os.Args[0], "-test.run=^TestKilledAtEveryStep$")
	c.Env = append(os.Environ(), folder+"="+dir, "RHAPTOS_FAILPOINT="+step)
	out, err := c.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return nil
}

type stores struct {
	db       database.DB
	blobs    *blobstore.Dir
	releases *release.Store
	webhooks *webhook.Webhooks
}

func open(t *testing.T, dir string) *stores {
	t.Helper()
	db, err := database.OpenSQLite(t.Context(), filepath.Join(dir, "db"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	blobs, err := blobstore.OpenDir(filepath.Join(dir, "blobs"))
	if err != nil {
		t.Fatal(err)
	}
	return &stores{db, blobs, release.NewStore(db, blobs), webhook.NewWebhooks(db)}
}

// request sets the stage: a webhook, and two publications of one book.
func request(t *testing.T, dir, url string) {
	t.Helper()
	s := open(t, dir)
	_, err := s.db.ExecContext(t.Context(), `INSERT INTO repository (id, owner, name, head, private, version, created_at)
		VALUES ('r', 'ann', 'sea', $1, false, 1, 0)`, []byte("refs/heads/main"))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.webhooks.Add(t.Context(), webhook.Webhook{URL: url}, ""); err != nil {
		t.Fatal(err)
	}
	err = s.db.Write(t.Context(), func(ctx context.Context, tx database.Tx) error {
		for _, commit := range []string{"c1", "c2"} {
			p := publish.Publication{RepositoryID: "r", Ref: "refs/heads/main", Commit: commit, Kind: publish.Release}
			if _, err := publish.Request(ctx, tx, p); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	s.db.Close()
}

// work does all that there is to do, and is killed on the way if so armed.
func work(t *testing.T, dir string) {
	s := open(t, dir)
	p := publish.New(publish.Config{DB: s.db, Releases: s.releases, Blobs: s.blobs, Source: source{}, Theme: theme{},
		Announcers: []publish.Announcer{s.webhooks}, BaseURL: "https://books.example", Log: slog.New(slog.DiscardHandler)})
	if err := errors.Join(p.Resume(t.Context()), s.webhooks.Resume(t.Context())); err != nil {
		t.Fatal(err)
	}
	workers := river.NewWorkers()
	p.AddWorker(workers)
	webhook.NewSender(webhook.SenderConfig{Webhooks: s.webhooks, Guard: egress.Guard{Private: true}, Log: slog.New(slog.DiscardHandler)}).AddWorker(workers)
	stop, err := s.db.Work(t.Context(), workers, 2)
	if err != nil {
		t.Fatal(err)
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(30 * time.Second)
	for pending := 1; pending > 0; {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%d publications and deliveries are still pending", pending)
		}
		err := s.db.QueryRowContext(t.Context(), `SELECT (SELECT count(*) FROM publication WHERE state = 'pending')
			+ (SELECT count(*) FROM delivery WHERE state = 'pending')`).Scan(&pending)
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := stop(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func check(t *testing.T, dir string, told *listener) {
	t.Helper()
	s := open(t, dir)
	all, err := s.releases.Releases(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range all {
		got = append(got, r.Number.String()+" "+r.Commit)
	}
	if want := []string{"1.2 c2", "1.1 c1"}; !slices.Equal(got, want) {
		t.Errorf("releases %q, want %q", got, want)
	}
	for _, number := range []string{"1.1", "1.2"} {
		if !told.heard[number] {
			t.Errorf("nobody was told of %s", number)
		}
	}
	if len(told.bodies) != 2 {
		t.Errorf("%d events were told, want 2: an event told again must be the same", len(told.bodies))
	}
	if _, _, err := blobstore.Sweep(t.Context(), s.blobs, time.Now().Add(time.Hour), s.releases.References); err != nil {
		t.Fatal(err)
	}
	needed := map[blobstore.Digest]bool{}
	err = s.releases.References(t.Context(), func(d blobstore.Digest) error {
		needed[d] = true
		_, err := s.blobs.Stat(t.Context(), d)
		return err
	})
	if err != nil {
		t.Errorf("a release lacks bytes: %v", err)
	}
	err = s.blobs.List(t.Context(), func(i blobstore.Info) error {
		if !needed[i.Digest] {
			t.Errorf("blob %s is left over", i.Digest)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// listener is a receiver that notes what it hears.
type listener struct {
	*httptest.Server
	mu     sync.Mutex
	heard  map[string]bool // numbers of releases
	bodies map[string]bool // id and body
}

func newListener(t *testing.T) *listener {
	l := &listener{heard: map[string]bool{}, bodies: map[string]bool{}}
	l.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var event struct{ Data publish.EventData }
		body, _ := io.ReadAll(r.Body)
		if err := json.Unmarshal(body, &event); err != nil {
			t.Error(err)
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		l.heard[event.Data.Number] = true
		l.bodies[r.Header.Get("webhook-id")+string(body)] = true
	}))
	t.Cleanup(l.Close)
	return l
}

type source struct{}

func (source) Tree(_ context.Context, _, commit string) (fs.FS, func() error, error) {
	return fstest.MapFS{
		"book.toml":      {Data: []byte("[book]\ntitle = \"Tides\"\nlanguage = \"en\"\n")},
		"src/SUMMARY.md": {Data: []byte("# Summary\n\n- [Ebb](ebb.md)\n")},
		"src/ebb.md":     {Data: []byte("# Ebb\n\nAt " + commit + ".\n\n![the shore](shore.png)\n")},
		"src/shore.png":  {Data: []byte("\x89PNG\r\n\x1a\n" + commit)},
	}, func() error { return nil }, nil
}

type theme struct{}

func (theme) Page(w io.Writer, v *edition.PageView) error {
	_, err := fmt.Fprintf(w, "<!DOCTYPE html><title>%s</title>%s", html.EscapeString(v.PlainTitle), v.Body)
	return err
}

func (theme) EditionStyle(*collection.Book, string) []byte { return nil }

func (theme) Assets() fs.FS { return fstest.MapFS{"style.css": {Data: []byte("p{}")}} }
