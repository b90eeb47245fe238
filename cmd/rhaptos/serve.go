package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/riverqueue/river"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/access"
	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/blobstore/s3"
	"github.com/rhaptos/rhaptos/gitserver/fetchcache"
	"github.com/rhaptos/rhaptos/gitserver/gitexec"
	"github.com/rhaptos/rhaptos/gitserver/lfs"
	"github.com/rhaptos/rhaptos/gitserver/periodic"
	"github.com/rhaptos/rhaptos/gitserver/pushcert"
	"github.com/rhaptos/rhaptos/gitserver/smarthttp"
	"github.com/rhaptos/rhaptos/gitserver/ssh"
	"github.com/rhaptos/rhaptos/gitserver/store"
	"github.com/rhaptos/rhaptos/gitserver/upstream"
	"github.com/rhaptos/rhaptos/hooks"
	"github.com/rhaptos/rhaptos/publish"
	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/export"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/publish/search"
	booktheme "github.com/rhaptos/rhaptos/publish/theme"
	"github.com/rhaptos/rhaptos/publish/webhook"
	"github.com/rhaptos/rhaptos/web"
	"github.com/rhaptos/rhaptos/web/theme"
)

type serveCmd struct {
	HTTP                 string        `name:"http" help:"Address to listen on for HTTP." default:"127.0.0.1:8080"`
	SSH                  string        `name:"ssh" help:"Address to listen on for SSH." default:"127.0.0.1:2222"`
	URL                  string        `name:"url" help:"Public base URL of this server. Default: the HTTP address." placeholder:"BASE"`
	Workers              int           `help:"Number of background jobs (publications, exports and others) that run at the same time." default:"4"`
	OrphanGrace          time.Duration `help:"Age at which unreferenced blobs are deleted. Must exceed the duration of any push or publication." default:"24h"`
	HookTimeout          time.Duration `help:"Time limit for an operator's hook." default:"30s"`
	LFSQuota             int64         `name:"lfs-quota" help:"Git LFS quota of a repository, in MiB; 0: unlimited." default:"10240"`
	Retention            time.Duration `help:"Time for which a deleted repository can be restored." default:"720h"`
	Traces               int           `help:"Number of request traces to keep (see /-/flow/traffic). Responses then name their trace." default:"0"`
	FlowTarget           bool          `help:"Serve test resources for HTTP clients, listed at /-/flow-target."`
	Packs                int           `help:"Number of packs of a repository above which small ones are merged." default:"10"`
	MirrorCache          int64         `help:"Size limit of the mirrors on disk, in MiB, without packs that are hard links to blobs." default:"10240" placeholder:"MIB"`
	FullRepack           time.Duration `help:"Interval between full repacks, which drop unreachable objects." default:"720h"`
	KeepUnreachable      time.Duration `help:"Time for which unreachable commits are kept." default:"336h"`
	KeepExports          time.Duration `help:"Time for which exports of superseded releases are kept. They are generated again on demand." default:"720h"`
	Chromium             string        `help:"Chromium or Chrome that prints PDFs; none: no PDFs. Default: the one in PATH." placeholder:"PROGRAM"`
	AllowPrivateWebhooks bool          `help:"Allow webhooks to private addresses."`
	WebhookPorts         []uint16      `help:"Ports that webhooks may connect to on the public internet." default:"80,443"`
	AllowPrivateMirrors  bool          `help:"Allow mirrors of private addresses and over plain http."`
	Verbose              bool          `help:"Log informational messages, not only warnings and errors."`
	SharedMaxAge         time.Duration `help:"Time for which shared caches (proxies, CDNs) may serve releases without asking the server; 0: they always ask." default:"0s"`
	Drain                time.Duration `help:"Time for which the server still accepts requests after SIGTERM, while /-/ready responds with 503." default:"0s"`

	Fetching fetchFlags `embed:""`
}

// How long a server that was asked to stop waits for pushes and publications.
const stopTimeout = 30 * time.Second

// Memory costs more than the processor's time here: with half of Go's usual
// room for garbage a book of ten thousand modules takes a quarter less memory and a
// tenth more time, and a usual book as long as before. From memoryLimit on, in
// bytes, the collector works harder still. GOGC and GOMEMLIMIT say otherwise.
const (
	garbagePercent = 50
	memoryLimit    = 512 << 20
)

// Run serves until its context ends.
func (s *serveCmd) Run(ctx context.Context, c *cli, con console) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbagePercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	level := slog.LevelWarn
	if s.Verbose {
		level = slog.LevelInfo
	}
	log := slog.New(slog.NewTextHandler(con.err, &slog.HandlerOptions{Level: level}))
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	if c.passwordIsVisible(os.Args) {
		log.Warn("the password of the database is in the list of processes, which all users of this machine can read: " +
			"use the environment variable RHAPTOS_DATABASE, the settings file, or ~/.pgpass")
	}
	rec, err := c.open(ctx, log)
	if err != nil {
		return err
	}
	defer rec.db.Close()
	if err := c.checkPrivate(); err != nil {
		return err
	}
	unlock, err := lockFolder(c.Data)
	if err != nil {
		return err
	}
	defer unlock()
	httpListener, err := net.Listen("tcp", s.HTTP)
	if err != nil {
		return err
	}
	defer httpListener.Close()
	sshListener, err := net.Listen("tcp", s.SSH)
	if err != nil {
		return err
	}
	defer sshListener.Close()
	if s.URL = strings.TrimSuffix(s.URL, "/"); s.URL == "" {
		s.URL = "http://" + httpListener.Addr().String()
	}
	p, err := s.build(ctx, c, rec, sshListener.Addr(), log)
	if err != nil {
		return err
	}
	return p.run(ctx, con, httpListener, sshListener)
}

// server is all the parts of a running server.
type server struct {
	*serveCmd
	env       *env
	log       *slog.Logger
	blobs     blobstore.Sweepable
	bucket    *s3.Bucket // of the blobs; nil: they are in a folder
	store     *store.Store
	analysis  *analysis.Dir
	fetches   *fetchcache.Cache
	packs     *gitserver.Server
	releases  *release.Store
	exports   *export.Exports
	publisher *publish.Publisher
	search    *search.Index
	webhooks  *webhook.Webhooks
	sender    *webhook.Sender
	puller    *upstream.Puller
	http      *http.Server
	view      *web.View
	ssh       *ssh.Server
	lfs       *lfs.Server
	senders   *access.Senders
	sshURL    string

	configuration string      // see serveCmd.configuration
	draining      atomic.Bool // it has been asked to stop
}

// build makes the parts in the order in which they need each other.
func (s *serveCmd) build(ctx context.Context, c *cli, rec *env, sshAddr net.Addr, log *slog.Logger) (*server, error) {
	data := c.Data
	native, err := gitexec.Find(ctx)
	if err != nil {
		return nil, err
	}
	if err := rec.storeGuards(ctx, s.guards()); err != nil {
		return nil, err
	}
	p := &server{serveCmd: s, env: rec, log: log}
	if p.configuration, err = s.configuration(c); err != nil {
		return nil, err
	}
	if p.blobs, p.bucket, err = c.openBlobs(ctx, rec, s.OrphanGrace, log); err != nil {
		return nil, err
	}
	objects := lfs.NewObjects(rec.db, p.blobs, s.LFSQuota<<20)
	p.store, err = store.Open(store.Config{
		DB: rec.db, Blobs: p.blobs, Git: native, Cache: filepath.Join(data, "cache"), Log: log,
		View: func(repositoryID string, tree fs.FS) fs.FS { return objects.Tree(repositoryID, tree) },
	})
	if err != nil {
		return nil, err
	}
	if p.analysis, err = openAnalysis(filepath.Join(data, "cache", "analysis"), log); err != nil {
		return nil, err
	}
	p.releases = release.NewStore(rec.db, p.blobs)
	p.webhooks = webhook.NewWebhooks(rec.db)
	limits, fetches, err := s.Fetching.open(filepath.Join(data, "cache"))
	if err != nil {
		return nil, err
	}
	secret, err := rec.access.Secret(ctx, access.PushSecret)
	if err != nil {
		return nil, err
	}
	p.fetches = fetches
	contributions := rec.newContributions(p.store, native, s.URL, []publish.Announcer{p.webhooks}, p.analysis, log)
	p.packs = gitserver.New(gitserver.Config{
		Storage: p.store,
		Hooks: hooks.Exec{
			Hooks: hooks.Content{URL: s.URL, Analysis: p.analysis, DB: rec.db, Announcers: []publish.Announcer{p.webhooks}, Locks: lfs.NewLocks(rec.db)},
			Dir:   filepath.Join(data, "hooks"), Limit: s.HookTimeout, Mirror: p.store.Mirror, Log: log,
		},
		Git: native, Log: log, Version: version, Limits: limits, Cache: fetches,
		Releases: currentReleases{p.releases}.list, URL: s.URL, Contributions: contributions,
		Signing: &gitserver.Signing{Nonces: pushcert.NewNonces(secret), Keys: rec.access.SigningKeys},
	})
	rec.contributor = &contributor{contributions: contributions, packs: p.packs, store: p.store, releases: p.releases, url: s.URL}
	p.senders = access.NewSenders(access.SendersConfig{Access: rec.access, Proxies: s.Fetching.TrustedProxies, Wrong: s.Fetching.WrongCredentials, Log: log})
	p.lfs, err = lfs.New(ctx, lfs.Config{DB: rec.db, Access: rec.access, Senders: p.senders, Objects: objects, Locks: lfs.NewLocks(rec.db), URL: s.URL})
	if err != nil {
		return nil, err
	}
	p.puller = upstream.NewPuller(upstream.Config{
		Mirrors: upstream.NewMirrors(rec.db), Client: upstream.NewClient(s.guards().Mirrors, version),
		Storage: p.store, Packs: p.packs, Files: objects, Git: native, Log: log,
	})
	pages, err := booktheme.New()
	if err != nil {
		return nil, err
	}
	look, err := theme.New()
	if err != nil {
		return nil, err
	}
	p.sender = webhook.NewSender(webhook.SenderConfig{Webhooks: p.webhooks, Guard: s.guards().Webhooks, May: rec.mayHear, Log: log})
	p.exports = export.New(export.Config{
		DB: rec.db, Releases: p.releases, Blobs: p.blobs, Source: gitSource{p.store}, Analysis: p.analysis, BaseURL: s.URL, Log: log,
		Chromium: s.chromium(filepath.Join(data, "cache", "print")),
	})
	if p.search, err = search.Open(ctx, rec.db, p.releases, p.blobs, log); err != nil {
		return nil, err
	}
	p.publisher = publish.New(publish.Config{
		DB: rec.db, Releases: p.releases, Blobs: p.blobs, Source: gitSource{p.store}, Theme: pages, Analysis: p.analysis,
		Announcers: []publish.Announcer{p.webhooks, p.exports, p.search}, Version: p.analysis.Version(), BaseURL: s.URL, Log: log,
	})
	if p.sshURL, err = sshURL(s.URL, sshAddr); err != nil {
		return nil, fmt.Errorf("--url: %w", err)
	}
	p.env.sshCommand = ssh.Command(p.sshURL)
	git := smarthttp.New(smarthttp.Config{Packs: p.packs, Access: rec.access, Senders: p.senders, Log: log, Bundles: p.packs})
	if p.http, p.view, err = p.web(look, git); err != nil {
		return nil, err
	}
	p.ssh, err = p.sshServer(ctx, p.packs)
	return p, err
}

// run starts what works in the background and serves until the context ends,
// then lets what is under way come to its end.
func (p *server) run(ctx context.Context, con console, httpListener, sshListener net.Listener) error {
	p.clearPrint()
	workers := river.NewWorkers()
	p.publisher.AddWorker(workers)
	p.search.AddWorker(workers)
	p.sender.AddWorker(workers)
	p.puller.AddWorker(workers)
	p.exports.AddWorker(workers)
	stopWorkers, err := p.env.db.Work(context.WithoutCancel(ctx), workers, p.Workers)
	if err != nil {
		return err
	}
	if err := errors.Join(p.publisher.Resume(ctx), p.webhooks.Resume(ctx), p.puller.Mirrors.Resume(ctx), p.exports.Resume(ctx)); err != nil {
		return fmt.Errorf("resume unfinished work: %w", err)
	}
	background, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	every := func(interval time.Duration, what string, f func(context.Context) error) {
		wg.Go(func() { periodic.Every(background, interval, p.log, what, p.inTurn(what, interval, f)) })
	}
	roots := gcRoots(p.env.db, p.blobs)
	every(time.Hour, "sweep blobs", func(ctx context.Context) error {
		return errors.Join(sweep(ctx, p.blobs, p.OrphanGrace, p.log, roots), p.abortUploads(ctx))
	})
	every(time.Hour, "purge deleted repositories", func(ctx context.Context) error { return p.purge(ctx, time.Now().Add(-p.Retention)) })
	every(time.Hour, "prune deliveries", func(ctx context.Context) error { return p.webhooks.Prune(ctx, time.Now().Add(-webhook.Retention)) })
	every(time.Hour, "drop old exports", p.dropOldExports)
	every(time.Hour, "maintain the search index", p.maintainSearch)
	every(5*time.Second, "request pulls that are due", func(ctx context.Context) error { return p.puller.Mirrors.Tick(ctx, time.Now()) })
	wg.Go(func() { p.store.Maintain(background, p.maintenance()) })
	wg.Go(func() { periodic.Every(background, time.Minute, p.log, "trim mirrors", p.trimMirrors) }) // at each server

	failed := make(chan error, 2)
	go func() { failed <- p.http.Serve(p.view.Listen(httpListener)) }()
	go func() { failed <- p.ssh.Serve(sshListener) }()
	if err = p.welcome(ctx, con); err == nil {
		con.printf("serving http://%s and ssh://git@%s\n", httpListener.Addr(), sshListener.Addr())
		select {
		case <-ctx.Done():
			err = p.drain(failed)
		case err = <-failed:
		}
	}
	cancel()
	return errors.Join(err, p.shutdown(stopWorkers, &wg))
}

// inTurn is f for one of all servers that share the database, in each interval.
func (p *server) inTurn(what string, interval time.Duration, f func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		mine, err := p.env.db.Turn(ctx, what, interval)
		if err != nil || !mine {
			return err
		}
		return f(ctx)
	}
}

// drain lets load balancers see that the server is about to stop, and serves what they
// still send.
func (p *server) drain(failed <-chan error) error {
	p.draining.Store(true)
	select {
	case err := <-failed:
		return err
	case <-time.After(p.Drain):
		return nil
	}
}

func (p *server) shutdown(stopWorkers func(context.Context) error, wg *sync.WaitGroup) error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	var errs [3]error
	wg.Go(func() { errs[0] = p.http.Shutdown(ctx) })
	wg.Go(func() { errs[1] = p.ssh.Shutdown(ctx) })
	wg.Go(func() { errs[2] = stopWorkers(ctx) })
	wg.Wait()
	return errors.Join(append(errs[:], p.analysis.Close())...)
}

// welcome says what to do on a server on which nobody has an account.
func (p *server) welcome(ctx context.Context, con console) error {
	accounts, err := p.env.access.Accounts(ctx)
	if err != nil || len(accounts) > 0 {
		return err
	}
	con.printf(`There are no accounts yet. In another terminal, with the same --data or --database:
  rhaptos user add NAME --key ~/.ssh/id_ed25519.pub
  rhaptos token create NAME
  rhaptos repo create NAME/BOOK
Then push a book, with the token as the password or with the key:
  git push %s/NAME/BOOK.git main
  git push %s/NAME/BOOK.git main
`, p.URL, p.sshURL)
	return nil
}
