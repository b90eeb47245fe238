package main

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/edition"
	"github.com/rhaptos/rhaptos/publish/release"
	"github.com/rhaptos/rhaptos/web"
	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/theme"
)

var (
	//go:embed preview/live.js
	liveScript []byte
	//go:embed preview/live.css
	liveStyle []byte
)

// preview shows the books of a folder by the very view of the server, as drafts
// of a repository that is not there, and shows anew what changes.
func preview(ctx context.Context, k *buildCmd, b *builder, con console) error {
	listener, err := net.Listen("tcp", string(k.Serve))
	if err != nil {
		return err
	}
	defer listener.Close()
	watch, err := watchFolder(k.Dir, b.tree.hidden)
	if err != nil {
		return err
	}
	defer watch.close()
	con.printf("making the books of %s\n", k.Dir)
	p := &previewer{builder: b, con: con, shelf: newBookshelf(repositoryName(k.Dir)), live: newLive()}
	if k.Base != "" {
		if err := p.addBase(ctx); err != nil {
			return err
		}
	}
	if err := p.renew(ctx); err != nil {
		return err
	}
	look, err := theme.New()
	if err != nil {
		return err
	}
	view, err := web.New(web.Config{Site: resource.Site{Repositories: p.shelf, Releases: p.shelf, Blobs: b.blobs, Theme: look, Log: b.log}})
	if err != nil {
		return err
	}
	server := &http.Server{Handler: p.handler(view), ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	con.printf("showing http://%s/ until Ctrl-C\n", listener.Addr())
	for {
		var again <-chan time.Time
		if p.fault != "" {
			again = time.After(tryAgain)
		}
		select {
		case <-ctx.Done():
			return server.Close()
		case err := <-failed:
			return err
		case <-watch.changed:
		case <-again:
		}
		if err := p.renew(ctx); err != nil && ctx.Err() == nil {
			p.failed(err)
		}
	}
}

// tryAgain is after which time a folder is read again that could not be read:
// that it now can is not always seen.
const tryAgain = 2 * time.Second

// previewer builds the books and tells browsers.
type previewer struct {
	*builder
	con     console
	shelf   *bookshelf
	live    *live
	built   bool                 // once at least
	told    []collection.Problem // errors and warnings of the last build, notes of every one
	verdict string               // on it
	fault   string               // why there was none since; may be empty
}

// renew builds the books and puts them in the place of the ones before. Of the
// problems those are printed that are new; notes once, since many come and go with
// an error.
func (p *previewer) renew(ctx context.Context) error {
	start := time.Now()
	before := p.kept
	proof, err := p.build(ctx)
	if err != nil {
		return err
	}
	state := p.compare(before)
	if err := p.shelf.put(previewBranch, p.kept, proof); err != nil {
		return err
	}
	if p.Out != "" {
		_, err = p.write(ctx)
	} else {
		err = p.sweep(ctx)
	}
	if err != nil {
		return err
	}
	fresh, _ := collection.DiffProblems(proof.Problems, p.told)
	p.told = slices.Concat(notes(p.told, true), notes(fresh, true), notes(proof.Problems, false))
	if err := tell(p.con.out, fresh); err != nil {
		return err
	}
	said := "this can be published"
	if problem := verdict(p.Dir, proof); problem != nil {
		said = problem.Error()
	}
	if said != p.verdict {
		p.con.printf("%s\n", said)
	}
	if p.built {
		line := fmt.Sprintf("pages that changed: %d, in %v", state.changed, time.Since(start).Round(time.Millisecond))
		if counts := countsOf(proof).String(); counts != "" {
			line += "; there are " + counts
		}
		p.con.printf("%s\n", line)
	}
	p.built, p.verdict, p.fault = true, said, ""
	if err := state.tell(proof, said); err != nil {
		return err
	}
	if p.Base != "" && len(p.order) > 0 {
		state.Since = "What has changed since " + p.Base
		state.Changes = p.shelf.address(p.order[0], baseBranch+"..."+previewBranch)
	}
	p.live.send(state)
	return nil
}

// notes are those of the problems that are notes, or those that are not.
func notes(problems []collection.Problem, are bool) []collection.Problem {
	return slices.DeleteFunc(slices.Clone(problems), func(p collection.Problem) bool { return (p.Severity == collection.Note) != are })
}

// failed tells that the folder could not be read, once: what was made before is
// still shown.
func (p *previewer) failed(err error) {
	if err.Error() == p.fault {
		return
	}
	p.fault = err.Error()
	p.con.errorf("%s\n", p.fault)
	p.live.send(&liveState{Pages: []string{}, Errors: 1, Said: "the books cannot be read", Problems: p.fault + "\n"})
}

// The branches by which the view knows what is shown.
const (
	previewBranch = "preview"
	baseBranch    = "base"
)

// addBase adds the books of the commit with which the folder is compared.
func (p *previewer) addBase(ctx context.Context) error {
	repo, err := openLocal(ctx, p.Dir)
	if err != nil {
		return err
	}
	defer repo.Close()
	tree, _, err := repo.commit(ctx, p.Base)
	if err != nil {
		return err
	}
	if tree, err = inSubfolder(ctx, repo, tree); err != nil {
		return err
	}
	proof, err := p.editions.Proof(ctx, tree, func(string) *release.Manifest { return nil })
	if err != nil {
		return err
	}
	books := map[string]*release.Manifest{}
	for _, m := range proof.Manifests {
		books[m.Book.Slug] = m
		p.base = append(p.base, m)
	}
	return p.shelf.put(baseBranch, books, proof)
}

// inSubfolder is the part of a commit's tree that the folder is.
func inSubfolder(ctx context.Context, repo *local, tree fs.FS) (fs.FS, error) {
	prefix, err := repo.output(ctx, "rev-parse", "--show-prefix")
	if prefix = strings.Trim(prefix, "/"); err != nil || prefix == "" {
		return tree, err
	}
	return fs.Sub(tree, filepath.ToSlash(prefix))
}

// compare says which addresses show something else than before.
func (p *previewer) compare(before map[string]*release.Manifest) *liveState {
	s := &liveState{Pages: []string{}}
	for slug, m := range p.kept {
		old := before[slug]
		if old == nil {
			s.All = true
			continue
		}
		base := p.shelf.address(slug, previewBranch)
		pages := map[string]bool{}
		for _, m := range []*release.Manifest{old, m} {
			m.Pages(func(e release.Entry) bool { pages[e.Slug] = true; return true })
		}
		change := func(path string) {
			if pages[path] {
				s.changed++
				s.Pages = append(s.Pages, base+"/"+path, p.shelf.address(slug, baseBranch+"..."+previewBranch)+"/"+path)
			} else {
				s.All = true // any page may show it
			}
		}
		was := map[string]blobstore.Digest{}
		for i := range old.Files {
			was[old.Files[i].Path] = old.Files[i].Digest
		}
		for i := range m.Files {
			if f := &m.Files[i]; was[f.Path] != f.Digest {
				change(f.Path)
			}
			delete(was, m.Files[i].Path)
		}
		for path := range was { // what is left is gone
			change(path)
		}
		if fmt.Sprint(old.Contents) != fmt.Sprint(m.Contents) {
			s.Pages = append(s.Pages, base)
		}
		if len(s.Pages) > 0 {
			s.Pages = append(s.Pages, p.shelf.address(slug, baseBranch+"..."+previewBranch))
		}
	}
	s.All = s.All || len(before) != len(p.kept)
	return s
}

// handler is the view, with what keeps its pages up to date.
func (p *previewer) handler(view http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /-/live", p.live.serve)
	mux.HandleFunc("GET /-/live.js", asset("text/javascript; charset=utf-8", liveScript))
	mux.HandleFunc("GET /-/live.css", asset("text/css; charset=utf-8", liveStyle))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, p.shelf.home(), http.StatusTemporaryRedirect)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { serveLive(w, r, view) })
	own := hostOf(string(p.Serve))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A name that somebody else leads here would let their pages read ours.
		if host := hostOf(r.Host); host != "localhost" && host != own && net.ParseIP(host) == nil {
			http.Error(w, "the books are shown at localhost and at addresses in numbers; for another name start with --serve=NAME:PORT", http.StatusMisdirectedRequest)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// hostOf is a host without its port, and without the brackets of IPv6.
func hostOf(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return strings.Trim(address, "[]")
}

func asset(mediaType string, content []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", mediaType)
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write(content)
	}
}

// liveHead is what is added to pages.
const liveHead = `<link rel="stylesheet" href="/-/live.css"><script src="/-/live.js"></script></head>`

// serveLive serves a page of ours with the script that renews it; authors'
// documents, which are among the media, as they are.
func serveLive(w http.ResponseWriter, r *http.Request, view http.Handler) {
	if r.Method != http.MethodGet || strings.Contains(r.URL.Path, "/media/") {
		view.ServeHTTP(w, r)
		return
	}
	for _, field := range []string{"Accept-Encoding", "If-None-Match", "If-Modified-Since", "If-Match", "If-Unmodified-Since", "Range", "If-Range"} {
		r.Header.Del(field)
	}
	held := &heldAnswer{header: http.Header{}, status: http.StatusOK}
	view.ServeHTTP(held, r)
	body := held.body.Bytes()
	if strings.HasPrefix(held.header.Get("Content-Type"), "text/html") {
		body = bytes.Replace(body, []byte("</head>"), []byte(liveHead), 1)
		held.header.Set("Content-Length", strconv.Itoa(len(body)))
		policy := held.header.Get("Content-Security-Policy")
		held.header.Set("Content-Security-Policy", policy+"; script-src 'self'; connect-src 'self'")
	}
	held.header.Set("Cache-Control", "no-store")
	held.header.Del("ETag")
	for name, values := range held.header {
		w.Header()[name] = values
	}
	w.WriteHeader(held.status)
	_, _ = w.Write(body)
}

// heldAnswer keeps an answer until it has been changed.
type heldAnswer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (h *heldAnswer) Header() http.Header         { return h.header }
func (h *heldAnswer) WriteHeader(status int)      { h.status = status }
func (h *heldAnswer) Write(p []byte) (int, error) { return h.body.Write(p) }

// liveState is what browsers are told after a build.
type liveState struct {
	Build    string   `json:"build"` // START.COUNT: of the process, and of the build in it
	All      bool     `json:"all"`   // every page may look different
	Pages    []string `json:"pages"` // that do, by path
	Errors   int      `json:"errors"`
	Said     string   `json:"said,omitempty"`     // in a few words
	Problems string   `json:"problems,omitempty"` // line by line
	Changes  string   `json:"changes,omitempty"`  // address of what has changed since the base
	Since    string   `json:"since,omitempty"`

	changed int // pages
}

// maxSaid bounds what of the problems a page shows, in bytes.
const maxSaid = 8 << 10

// tell says what is wrong with the books: errors and warnings in full, and how
// many notes there are.
func (s *liveState) tell(proof *edition.Proof, verdict string) error {
	counts := countsOf(proof)
	s.Errors = counts.Errors
	if counts.Errors+counts.Warnings == 0 && len(proof.Manifests) > 0 {
		return nil
	}
	s.Said = cmp.Or(counts.String(), verdict)
	var text bytes.Buffer
	if err := tell(&text, notes(proof.Problems, false)); err != nil {
		return err
	}
	s.Problems = text.String()
	if len(s.Problems) > maxSaid {
		s.Problems = strings.ToValidUTF8(s.Problems[:maxSaid], "") + "...\n"
	}
	if counts.Errors > 0 || len(proof.Manifests) == 0 {
		s.Problems += verdict + "\n"
	}
	return nil
}

// live sends states to browsers as server-sent events (WHATWG HTML, section 9.2).
type live struct {
	mu      sync.Mutex
	start   string
	count   int
	last    []byte
	waiting map[chan []byte]bool
}

func newLive() *live {
	return &live{start: strconv.FormatInt(time.Now().UnixNano(), 36), waiting: map[chan []byte]bool{}}
}

func (l *live) send(s *liveState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count++
	s.Build = l.start + "." + strconv.Itoa(l.count)
	data, err := json.Marshal(s)
	if err != nil {
		panic(err) // it holds nothing that cannot be written
	}
	l.last = data
	for c := range l.waiting {
		select {
		case c <- data:
		default: // a browser that is far behind will see that it has missed one
		}
	}
}

func (l *live) serve(w http.ResponseWriter, r *http.Request) {
	c := make(chan []byte, 16)
	l.mu.Lock()
	l.waiting[c] = true
	if l.last != nil {
		c <- l.last
	}
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.waiting, c)
	}()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	flush := http.NewResponseController(w)
	for {
		select {
		case <-r.Context().Done():
			return
		case data := <-c:
			if _, err := fmt.Fprintf(w, "data: %s\n\n", data); err != nil {
				return
			}
			if err := flush.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
				return
			}
		}
	}
}
