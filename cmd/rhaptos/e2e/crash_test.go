package e2e

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing/transport"
	"github.com/go-git/go-git/v5/storage/memory"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/lfs"
	"github.com/rhaptos/rhaptos/gitserver/store"
	"github.com/rhaptos/rhaptos/publish/export"
	"github.com/rhaptos/rhaptos/publish/release"
)

// TestCrash kills the server over and over, at every named step of a push, a
// publication and a delivery, and at random moments, while authors push. What
// it promises must hold after each start:
//
//   - a push that was acknowledged is there, and the ref never goes back;
//   - every push that was accepted becomes exactly one release, in order;
//   - every release is announced at least once, the same id with the same bytes;
//   - the exports of a release are generated, whole;
//   - what the kills left behind is swept.
//
// RHAPTOS_TRIALS sets the number of kills.
func TestCrash(t *testing.T) {
	t.Parallel()
	steps := steps(t)
	trials := 3 * len(steps) // "make drill" has thousands
	if s := os.Getenv("RHAPTOS_TRIALS"); s != "" {
		var err error
		if trials, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	} else if testing.Short() {
		trials = len(steps)
	}
	c := newCrashTest(t)
	reached := map[string]int{}
	kill := func(trial int, step string) {
		if c.trial(step) {
			reached[step]++
		}
		if t.Failed() {
			t.Fatalf("stopped after trial %d (killed at %q)", trial+1, step)
		}
	}
	for trial := range trials {
		// Every second kill is at a step, each step in turn.
		step := ""
		if trial%2 == 0 {
			step = steps[trial/2%len(steps)]
		}
		kill(trial, step)
	}
	if trials >= 2*len(steps) {
		// On a busy machine a step may take longer than a trial waits for it.
		for _, step := range steps {
			for more := 0; reached[step] == 0 && more < 4; more++ {
				kill(trials+more, step)
			}
		}
	}
	c.conclude()
	for _, step := range steps {
		if reached[step] == 0 && trials >= 2*len(steps) {
			t.Errorf("no trial reached the step %q", step)
		}
	}
	pushes := 0
	for _, a := range c.authors {
		pushes += a.accepted
	}
	t.Logf("%d kills, %d accepted pushes, %d steps: nothing lost, nothing doubled", trials, pushes, len(steps))
}

var hit = regexp.MustCompile(`failpoint\.Hit\("([a-z-]+)"\)`)

// steps are all that the source names.
func steps(t *testing.T) []string {
	var all []string
	for _, dir := range []string{"../../../gitserver", "../../../publish", "../../../hooks"} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			src, err := os.ReadFile(path)
			for _, m := range hit.FindAllStringSubmatch(string(src), -1) {
				if !strings.HasPrefix(m[1], "pull-") && !strings.HasPrefix(m[1], "accept-") && !strings.HasPrefix(m[1], "derive-") { // TestPullKilled's, TestAcceptKilled's and TestDeriveKilled's
					all = append(all, m[1])
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	if len(all) < 15 {
		t.Fatalf("found only the steps %q", all)
	}
	return all
}

type crashTest struct {
	t       *testing.T
	program string
	data    string
	token   string
	authors []*author
	news    *news
}

// author pushes to one repository. Commits are numbered from 1.
type author struct {
	repo     string
	work     string   // a bare repository
	commits  []string // written so far
	sent     int      // how many of them were pushed, perhaps in vain
	accepted int      // how many of them the ref has been seen to hold
}

// prepare writes the next commits: one process for many of them.
func (a *author) prepare(t *testing.T) {
	const many = 100
	var stream strings.Builder
	blob := func(name, text string) {
		fmt.Fprintf(&stream, "M 100644 inline %s\ndata %d\n%s\n", name, len(text), text)
	}
	for n := len(a.commits) + 1; n <= len(a.commits)+many; n++ {
		message := fmt.Sprint(n)
		fmt.Fprintf(&stream, "commit refs/heads/main\nmark :%d\ncommitter Ann <ann@example.org> %d +0000\ndata %d\n%s\n", n, 1_700_000_000+n, len(message), message)
		switch {
		case n == 1:
			blob("book.toml", "[book]\ntitle = \"Book\"\n")
			blob("src/SUMMARY.md", "# Summary\n\n- [One](one.md)\n")
		case n == len(a.commits)+1:
			fmt.Fprintf(&stream, "from %s\n", a.commits[n-2])
		}
		blob("src/one.md", fmt.Sprintf("# One\n\nThis is commit %d.\n", n))
	}
	write := gitCommand(a.work, "fast-import", "--quiet", "--export-marks=marks")
	write.Stdin = strings.NewReader(stream.String())
	if out, err := write.CombinedOutput(); err != nil {
		t.Fatalf("git fast-import: %v\n%s", err, out)
	}
	marks, err := os.ReadFile(filepath.Join(a.work, "marks"))
	if err != nil {
		t.Fatal(err)
	}
	written := map[int]string{}
	for line := range strings.Lines(string(marks)) {
		var n int
		var id string
		if _, err := fmt.Sscanf(line, ":%d %s", &n, &id); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		written[n] = id
	}
	for range many {
		a.commits = append(a.commits, written[len(a.commits)+1])
	}
}

// news is the receiver of the announcements.
type news struct {
	mu     sync.Mutex
	bodies map[string]string // by webhook-id
	errs   []string
}

func (n *news) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the sender was killed
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	id := r.Header.Get("webhook-id")
	if old, ok := n.bodies[id]; ok && old != string(body) {
		n.errs = append(n.errs, fmt.Sprintf("%s came as %s and as %s", id, old, body))
	}
	n.bodies[id] = string(body)
}

func newCrashTest(t *testing.T) *crashTest {
	dir := t.TempDir()
	c := &crashTest{t: t, program: failpointProgram(t), data: filepath.Join(dir, "data"), news: &news{bodies: map[string]string{}}}
	receiver := httptest.NewServer(c.news)
	t.Cleanup(receiver.Close)
	createLibrary(t, c.data, c.settings()...)
	rhaptos(t, c.data, "user", "add", "ann")
	c.token = rhaptos(t, c.data, "token", "create", "ann")
	rhaptos(t, c.data, "webhook", "add", receiver.URL)
	for i := range 3 {
		a := &author{repo: fmt.Sprintf("ann/book%d", i), work: filepath.Join(dir, fmt.Sprintf("work%d", i))}
		rhaptos(t, c.data, "repo", "create", a.repo)
		git(t, "", "init", "-q", "--bare", a.work)
		c.authors = append(c.authors, a)
	}
	return c
}

// trial starts the server, lets the authors push, and sees it killed: at the
// step, or at a random moment. It reports whether the step was reached.
func (c *crashTest) trial(step string) (reached bool) {
	c.t.Helper()
	env := []string{}
	if step != "" {
		times := 1 + rand.IntN(3)
		if comesLater(step) {
			times = 1 // these are rare
		}
		env = append(env, fmt.Sprintf("RHAPTOS_FAILPOINT=%s:%d", step, times))
	}
	s, err := serve(c.program, c.data, env, c.settings()...)
	if err != nil {
		// Work that an earlier kill left may reach the step before the server is up.
		if step != "" && strings.Contains(err.Error(), "signal: killed") {
			return true
		}
		c.t.Error(err)
		return false
	}
	ctx, cancel := context.WithCancel(c.t.Context())
	var wg sync.WaitGroup
	for _, a := range c.authors {
		wg.Go(func() { c.work(ctx, s, a, comesLater(step)) })
	}
	if strings.HasPrefix(step, "release-change") {
		wg.Go(func() { c.change(ctx, c.authors[0]) })
	}
	limit := 10 * time.Second
	if step == "" {
		limit = time.Duration(rand.Int64N(int64(700 * time.Millisecond)))
	}
	select {
	case <-s.done:
		reached = true
	case <-time.After(limit):
		s.kill()
	}
	cancel()
	wg.Wait()
	if step != "" && !reached {
		c.t.Logf("the step %q was not reached", step)
	}
	return reached
}

// comesLater reports whether a step is one of what is done when there is time
// for it, behind pushes and publications.
func comesLater(step string) bool {
	return strings.HasPrefix(step, "release-") || strings.HasPrefix(step, "export-")
}

// settings let everything happen in a short life, maintenance too.
func (c *crashTest) settings() []string {
	return []string{"--allow-private-webhooks", "--packs", "2", "--full-repack", "2s", "--keep-unreachable", "1ns"}
}

// work looks where the ref is and pushes one commit after the other until the
// server is gone, or a few if it is to have time for something else.
func (c *crashTest) work(ctx context.Context, s *instance, a *author, few bool) {
	remote := s.remote("ann", c.token, a.repo)
	if !c.look(ctx, a, remote) {
		return
	}
	for pushed := 0; ctx.Err() == nil && !(few && pushed == 3); pushed++ {
		if a.accepted == len(a.commits) {
			a.prepare(c.t)
		}
		a.sent = a.accepted + 1
		args := []string{"push", "--porcelain"}
		if a.sent%3 == 0 {
			// This one appears a moment later, and so behind the next ones perhaps.
			args = append(args, "-o", "publish-at="+time.Now().Add(time.Second).UTC().Format(time.RFC3339Nano))
		}
		args = append(args, remote, a.commits[a.accepted]+":refs/heads/main")
		out, err := gitTry(a.work, args...)
		if err != nil {
			if strings.Contains(out, "[remote rejected]") {
				c.t.Errorf("%s: a good push was refused: %s", a.repo, out)
			}
			return // what became of it shows after the next start
		}
		a.accepted = a.sent
	}
}

// change withdraws the first release of an author and gives it back, over and
// over. It has perhaps not been made yet.
func (c *crashTest) change(ctx context.Context, a *author) {
	for ctx.Err() == nil {
		for _, args := range [][]string{{"withdraw", a.repo, "book@1.1", "--reason", "a test"}, {"restore", a.repo, "book@1.1"}} {
			_ = exec.CommandContext(ctx, "rhaptos", append([]string{"--data", c.data, "release"}, args...)...).Run()
		}
	}
}

// look compares the ref with what was acknowledged.
func (c *crashTest) look(ctx context.Context, a *author, remote string) bool {
	id, err := mainOf(ctx, remote)
	if err != nil {
		return false // killed already
	}
	at := slices.Index(a.commits[:a.sent], id) + 1
	switch {
	case id != "" && at == 0:
		c.t.Errorf("%s is at %s, which nobody pushed", a.repo, id)
	case at < a.accepted:
		c.t.Errorf("%s is at commit %d, and %d was acknowledged", a.repo, at, a.accepted)
	}
	a.accepted = max(a.accepted, at)
	return !c.t.Failed()
}

// mainOf asks a server for the id of a repository's main branch, as go-git does;
// empty if there is none. A process of git's for it would cost as much as a push.
func mainOf(ctx context.Context, url string) (id string, err error) {
	refs, err := gogit.NewRemote(memory.NewStorage(), &config.RemoteConfig{Name: "origin", URLs: []string{url}}).ListContext(ctx, &gogit.ListOptions{})
	if errors.Is(err, transport.ErrEmptyRemoteRepository) {
		return "", nil
	}
	for _, ref := range refs {
		if ref.Name() == "refs/heads/main" {
			id = ref.Hash().String()
		}
	}
	return id, err
}

// conclude lets a server finish what is left and checks the whole.
func (c *crashTest) conclude() {
	c.t.Helper()
	s, err := serve(c.program, c.data, nil, c.settings()...)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, a := range c.authors {
		c.look(c.t.Context(), a, s.remote("ann", c.token, a.repo))
		c.checkClone(s, a)
		c.checkReleases(s, a)
	}
	c.checkNews()
	if err := s.stop(); err != nil {
		c.t.Errorf("stop: %v\n%s", err, s.out)
	}
	c.checkLeftovers()
}

func (c *crashTest) checkClone(s *instance, a *author) {
	c.t.Helper()
	dir := filepath.Join(c.t.TempDir(), "clone")
	git(c.t, "", "clone", "-q", "--bare", s.url+"/"+a.repo, dir)
	git(c.t, dir, "fsck", "--strict")
	if n := git(c.t, dir, "rev-list", "--count", "main"); n != fmt.Sprint(a.accepted) {
		c.t.Errorf("%s: the clone has %s commits, want %d", a.repo, n, a.accepted)
	}
}

// checkReleases waits for the last release and wants one for each commit.
func (c *crashTest) checkReleases(s *instance, a *author) {
	c.t.Helper()
	if a.accepted == 0 {
		c.t.Errorf("%s: no push was ever accepted", a.repo)
		return
	}
	var got []string
	for range 1200 {
		var list [][]string
		embargoed := false
		for line := range strings.Lines(rhaptos(c.t, c.data, "release", "list", a.repo)) {
			list = append(list, strings.Split(line, "\t"))
			embargoed = embargoed || strings.Contains(line, "\tembargoed")
		}
		// By number: those that waited for their time stand behind later ones.
		slices.SortFunc(list, func(x, y []string) int { return minor(c.t, x[0]) - minor(c.t, y[0]) })
		got = nil
		for _, release := range list {
			got = append(got, release[1])
		}
		if len(got) >= a.accepted && !embargoed {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if want := a.commits[:a.accepted]; !slices.Equal(got, want) {
		c.t.Errorf("%s: %d releases for %d pushes, or not in their order\n%s", a.repo, len(got), len(want), rhaptos(c.t, c.data, "repo", "show", a.repo))
	}
	body, err := await(c.t.Context(), fmt.Sprintf("%s/%s/book@1.%d/one", s.url, a.repo, a.accepted))
	if want := fmt.Sprintf("This is commit %d.", a.accepted); err != nil || !strings.Contains(body, want) {
		c.t.Errorf("%s: the last release does not say %q: %v", a.repo, want, err)
	}
	for _, end := range []string{".epub", ".zip"} {
		file, err := await(c.t.Context(), fmt.Sprintf("%s/%s/book@1.%d%s", s.url, a.repo, a.accepted, end))
		if err == nil {
			_, err = zip.NewReader(strings.NewReader(file), int64(len(file)))
		}
		if err != nil {
			c.t.Errorf("%s: the %s of the last release: %v", a.repo, end, err)
		}
	}
}

// minor is the last part of BOOK@MAJOR.MINOR.
func minor(t *testing.T, release string) int {
	n, err := strconv.Atoi(release[strings.LastIndexByte(release, '.')+1:])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func (c *crashTest) checkNews() {
	c.t.Helper()
	want := map[string]int{}
	for _, a := range c.authors {
		want["release.published"] += a.accepted
		for _, what := range []string{"withdrawn", "restored"} {
			want["release."+what] += strings.Count(rhaptos(c.t, c.data, "release", "show", a.repo, "book@1.1"), "Z\t"+what)
		}
	}
	var got map[string]int
	for range 1200 {
		if got = c.news.types(); maps.Equal(got, want) {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	for kind, n := range want {
		if got[kind] != n {
			c.t.Errorf("%d announcements of %s, want %d", got[kind], kind, n)
		}
	}
	c.news.mu.Lock()
	defer c.news.mu.Unlock()
	for _, e := range c.news.errs {
		c.t.Error(e)
	}
}

// types counts the announcements that have come, by their type.
func (n *news) types() map[string]int {
	n.mu.Lock()
	defer n.mu.Unlock()
	count := map[string]int{}
	for _, body := range n.bodies {
		for _, kind := range []string{"release.published", "release.withdrawn", "release.restored"} {
			if strings.Contains(body, `"type":"`+kind+`"`) {
				count[kind]++
			}
		}
	}
	return count
}

// checkLeftovers wants no quarantine, no temporary file, and after a sweep no
// blob but those that rows name.
func (c *crashTest) checkLeftovers() {
	c.t.Helper()
	ctx := c.t.Context()
	db, err := database.OpenSQLite(ctx, filepath.Join(c.data, "rhaptos.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		c.t.Fatal(err)
	}
	defer db.Close()
	for _, pattern := range []string{"cache/*.git/incoming-*", "blobs/tmp/*"} {
		if left, _ := filepath.Glob(filepath.Join(c.data, pattern)); len(left) > 0 {
			c.t.Errorf("left behind: %v", left)
		}
	}
	failed := 0
	if err := db.QueryRowContext(ctx, `SELECT count(*) FROM export WHERE state = 'failed'`).Scan(&failed); err != nil || failed > 0 {
		c.t.Errorf("%d exports have failed, %v", failed, err)
	}
	blobs, err := blobstore.OpenDir(filepath.Join(c.data, "blobs"))
	if err != nil {
		c.t.Fatal(err)
	}
	references := func(ctx context.Context, f func(blobstore.Digest) error) error {
		return errors.Join(
			store.Repositories{DB: db}.References(ctx, f),
			release.NewStore(db, blobs).References(ctx, f),
			lfs.NewObjects(db, blobs, 0).References(ctx, f),
			export.References(ctx, db, f),
		)
	}
	needed := map[blobstore.Digest]bool{}
	if err := references(ctx, func(d blobstore.Digest) error { needed[d] = true; return nil }); err != nil {
		c.t.Fatal(err)
	}
	for d := range needed {
		if _, err := blobs.Stat(ctx, d); err != nil {
			c.t.Errorf("a row names a blob that is not there: %v", err)
		}
	}
	orphans := func() (n int) {
		blobs.List(ctx, func(i blobstore.Info) error {
			if !needed[i.Digest] {
				n++
			}
			return nil
		})
		return n
	}
	left := orphans()
	swept, _, err := blobstore.Sweep(ctx, blobs, time.Now(), references)
	if err != nil || swept != left || orphans() != 0 {
		c.t.Errorf("%d orphans, %d swept, %d left, %v", left, swept, orphans(), err)
	}
}
