package upstream

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/riverqueue/river"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/gitserver/egress"
	"github.com/rhaptos/rhaptos/gitserver/failpoint"
	"github.com/rhaptos/rhaptos/gitserver/gitexec"
	"github.com/rhaptos/rhaptos/gitserver/lfs"
	"github.com/rhaptos/rhaptos/gitserver/pktline"
	"github.com/rhaptos/rhaptos/gitserver/tree"
)

const (
	longestPull = time.Hour
	atOnce      = 2       // pulls; the other workers deliver
	maxUpdates  = 100_000 // of one pull
	maxHaves    = 512
	maxReport   = 20 // lines
)

// Actor is the actor of the pushes that pulls make.
const Actor = "mirror"

// Storage reads repositories: [store.Store].
type Storage interface {
	Refs(ctx context.Context, id string) (*gitserver.Repository, []gitserver.Ref, error)
	Mirror(ctx context.Context, repo *gitserver.Repository) (gitDir string, err error)
	SetHead(ctx context.Context, id, ref string) error
	Objects(ctx context.Context, repo *gitserver.Repository) (*tree.Objects, error)
	Viewed(repositoryID string, fsys fs.FS) fs.FS
}

// Receiver takes pushes: [gitserver.Server].
type Receiver interface {
	ReceivePack(ctx context.Context, session *gitserver.Session, in io.Reader, out io.Writer) error
}

// Config configures a [Puller].
type Config struct {
	Mirrors *Mirrors
	Client  *Client
	Storage Storage
	Packs   Receiver
	Files   *lfs.Objects // nil: files of Git LFS are not fetched
	Git     *gitexec.Git
	Log     *slog.Logger
}

// Puller pulls upstreams into mirrors.
type Puller struct {
	Config

	mu     sync.Mutex
	inHand map[string]bool // by repository
}

// NewPuller returns a puller with the configuration.
func NewPuller(c Config) *Puller { return &Puller{Config: c, inHand: map[string]bool{}} }

// AddWorker registers the worker that pulls.
func (p *Puller) AddWorker(workers *river.Workers) { river.AddWorker(workers, &worker{Puller: p}) }

type worker struct {
	river.WorkerDefaults[job]
	*Puller
}

// Timeout implements river.Worker.
func (*worker) Timeout(*river.Job[job]) time.Duration { return longestPull + 5*time.Minute }

// Work does one job. Its error means that the outcome could not be recorded.
func (w *worker) Work(ctx context.Context, j *river.Job[job]) error {
	id := j.Args.RepositoryID
	switch taken, already := w.take(id); {
	case already:
		return river.JobSnooze(time.Second) // it may be about more than the pull that is about to end
	case !taken:
		return river.JobSnooze(2*time.Second + rand.N(3*time.Second)) // many wait together, and each look is written down
	}
	defer w.give(id)
	m, err := w.Mirrors.Find(ctx, id)
	if errors.Is(err, ErrNotFound) || err == nil && !m.Pending {
		return nil
	}
	if err != nil {
		return err
	}
	log := w.Log.With("repository", id, "upstream", m.URL)
	begun := time.Now()
	o, err := w.pull(ctx, m)
	if errors.Is(ctx.Err(), context.Canceled) {
		return river.JobSnooze(0) // the server is stopping; the next one goes on
	}
	if err != nil {
		log.WarnContext(ctx, "pull failed", "err", err)
		o = &outcome{state: Failed, refused: m.refused}
		for line := range strings.Lines(err.Error()) {
			o.lines = append(o.lines, egress.Plain(strings.TrimSuffix(line, "\n")))
		}
	} else {
		log.InfoContext(ctx, "pull ended", "state", o.state, "push", o.pushID)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	return w.Mirrors.end(ctx, m, o, begun)
}

// take takes a mirror in hand, if it is not there already and there is room.
func (p *Puller) take(id string) (taken, already bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.inHand[id] || len(p.inHand) >= atOnce {
		return false, p.inHand[id]
	}
	p.inHand[id] = true
	return true, false
}

func (p *Puller) give(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.inHand, id)
}

// outcome is the outcome of a pull.
type outcome struct {
	state   State
	lines   []string
	pushID  string
	refused map[string]string
}

// pull makes the mirror's refs those of its upstream. An error means that it could
// not be tried, or not to its end, and that nothing has moved.
func (p *Puller) pull(ctx context.Context, m *Mirror) (*outcome, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, longestPull, fmt.Errorf("a pull takes %v at most", longestPull))
	defer cancel()
	repo, refs, err := p.Storage.Refs(ctx, m.RepositoryID)
	if err != nil {
		return nil, err
	}
	if repo.Archived {
		return nil, errors.New("the repository is archived")
	}
	remote, err := p.Client.Look(ctx, m.Source)
	if err != nil {
		return nil, err
	}
	failpoint.Hit("pull-looked")
	updates, kept, err := m.compare(refs, remote)
	if err != nil {
		return nil, err
	}
	head := ""
	if _, ok := remote.Refs[remote.Head]; ok && m.Follows(remote.Head) && strings.HasPrefix(remote.Head, "refs/heads/") {
		head = remote.Head
	}
	var lacking []string
	if m.again {
		if lacking, err = p.catchUp(ctx, m, repo, refs, remote); err != nil {
			return nil, err
		}
	}
	if len(updates) == 0 {
		o := &outcome{state: Current, lines: lacking, pushID: m.PushID, refused: kept}
		if len(kept) > 0 {
			o.state, o.lines = Refused, append(refusedBefore(kept), lacking...)
		}
		if _, refused := kept[head]; head != "" && head != repo.Head && !refused {
			err = p.Storage.SetHead(ctx, repo.ID, head)
		}
		return o, err
	}
	o, err := p.push(ctx, m, repo, refs, remote, updates, kept, head)
	if err == nil {
		o.lines = append(o.lines, lacking...)
	}
	return o, err
}

func refusedBefore(kept map[string]string) (lines []string) {
	for _, ref := range slices.Sorted(maps.Keys(kept)) {
		lines = append(lines, fmt.Sprintf("%s: still at %.10s there, which was refused before", egress.Plain(ref), kept[ref]))
	}
	return lines
}

// compare returns the updates that make refs those of the upstream, without those
// that were refused before and have not changed.
func (m *Mirror) compare(refs []gitserver.Ref, remote *Remote) (updates []*gitserver.RefUpdate, kept map[string]string, err error) {
	kept = map[string]string{}
	here := map[string]plumbing.Hash{}
	followed := 0
	for _, r := range refs {
		here[r.Name] = r.Target
	}
	for _, name := range slices.Sorted(maps.Keys(remote.Refs)) {
		id := remote.Refs[name]
		if !m.Follows(name) {
			continue
		}
		followed++
		switch {
		case here[name] == id:
		case !m.again && m.refused[name] == id.String():
			kept[name] = id.String()
		default:
			updates = append(updates, &gitserver.RefUpdate{Name: name, Old: here[name], New: id})
		}
	}
	for _, r := range refs {
		if _, ok := remote.Refs[r.Name]; ok || !m.Follows(r.Name) {
			continue
		}
		if followed == 0 {
			return nil, nil, errors.New("the upstream has none of the refs that this mirror follows; those here are left as they are")
		}
		if !m.again && m.refused[r.Name] == plumbing.ZeroHash.String() {
			kept[r.Name] = plumbing.ZeroHash.String()
			continue
		}
		updates = append(updates, &gitserver.RefUpdate{Name: r.Name, Old: r.Target})
	}
	if len(updates) > maxUpdates {
		return nil, nil, fmt.Errorf("%d refs have moved, and a pull moves %d at most: follow fewer", len(updates), maxUpdates)
	}
	return updates, kept, nil
}

// push fetches what the updates need and sends all to the server, as a client
// would.
func (p *Puller) push(ctx context.Context, m *Mirror, repo *gitserver.Repository, refs []gitserver.Ref, remote *Remote,
	updates []*gitserver.RefUpdate, kept map[string]string, head string) (*outcome, error) {
	in, closePack, err := p.content(ctx, m, repo, refs, remote, updates)
	if err != nil {
		return nil, err
	}
	defer closePack()
	failpoint.Hit("pull-fetching")
	var push *gitserver.Push
	var lacking []string
	session := &gitserver.Session{
		Repository: repo, Actor: Actor, Transport: Actor, Stateless: true,
		MayPush: func(context.Context, bool) error { return nil },
		Mirror:  true, Head: head, Hops: m.hops,
		OnReceived: func(ctx context.Context, push *gitserver.Push, objects gitserver.Incoming, w io.Writer) (err error) {
			lacking, err = p.fetchPushed(ctx, m, push, objects)
			for _, line := range lacking {
				fmt.Fprintln(w, line)
			}
			return err
		},
		OnDone: func(p *gitserver.Push) { push = p },
	}
	if err := p.Packs.ReceivePack(ctx, session, in, io.Discard); err != nil {
		return nil, err
	}
	failpoint.Hit("pull-pushed")
	if push == nil {
		return nil, errors.New("the push was not made")
	}
	o := outcomeOf(push, kept)
	o.lines = append(lacking, o.lines...)
	return o, nil
}

// content returns the request that a client would send: the commands, and the pack
// if one is needed.
func (p *Puller) content(ctx context.Context, m *Mirror, repo *gitserver.Repository, refs []gitserver.Ref, remote *Remote,
	updates []*gitserver.RefUpdate) (io.Reader, func(), error) {
	var commands []byte
	var want []plumbing.Hash
	wanted := map[plumbing.Hash]bool{}
	capabilities := "\x00report-status side-band-64k delete-refs ofs-delta"
	for _, u := range updates {
		commands = pktline.Append(commands, u.Old.String(), " ", u.New.String(), " ", u.Name, capabilities)
		capabilities = ""
		if !u.Deletes() && !wanted[u.New] {
			wanted[u.New] = true
			want = append(want, u.New)
		}
	}
	in := io.Reader(bytes.NewReader(pktline.AppendSpecial(commands, pktline.Flush)))
	if len(want) == 0 {
		return in, func() {}, nil
	}
	have, err := p.haves(ctx, repo, refs)
	if err != nil {
		return nil, nil, err
	}
	pack, err := p.Client.Fetch(ctx, m.Source, remote, want, have)
	if err != nil {
		return nil, nil, err
	}
	return io.MultiReader(in, pack), func() { pack.Close() }, nil
}

// haves are commits that are here, the newest first: where the refs point, and
// what precedes that, so that an upstream that has replaced its history need not
// send all of it.
func (p *Puller) haves(ctx context.Context, repo *gitserver.Repository, refs []gitserver.Ref) ([]plumbing.Hash, error) {
	if len(refs) == 0 {
		return nil, nil
	}
	dir, err := p.Storage.Mirror(ctx, repo)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = p.Git.Run(ctx, gitexec.Command{
		Args:   []string{"rev-list", "--all", fmt.Sprintf("--max-count=%d", maxHaves)},
		Env:    []string{"GIT_DIR=" + dir},
		Stdout: &out, Limits: gitexec.Limits{Wall: time.Minute},
	})
	if err != nil {
		return nil, err
	}
	var list []plumbing.Hash
	for line := range strings.Lines(out.String()) {
		list = append(list, plumbing.NewHash(strings.TrimSpace(line)))
	}
	return list, nil
}

// outcomeOf says what became of the push.
func outcomeOf(push *gitserver.Push, kept map[string]string) *outcome {
	o := &outcome{state: Updated, pushID: push.ID, refused: kept}
	for _, u := range push.Updates {
		switch {
		case u.Refused != "":
			o.state = Refused
			o.refused[u.Name] = u.New.String()
			o.lines = append(o.lines, egress.Plain(u.Name)+": refused: "+egress.Plain(u.Refused))
		case u.Deletes():
			o.lines = append(o.lines, egress.Plain(u.Name)+": deleted")
		case u.Creates():
			o.lines = append(o.lines, fmt.Sprintf("%s: new at %.10s", egress.Plain(u.Name), u.New))
		case u.Forced:
			o.lines = append(o.lines, fmt.Sprintf("%s: replaced, from %.10s to %.10s", egress.Plain(u.Name), u.Old, u.New))
		default:
			o.lines = append(o.lines, fmt.Sprintf("%s: from %.10s to %.10s", egress.Plain(u.Name), u.Old, u.New))
		}
	}
	slices.SortStableFunc(o.lines, func(a, b string) int { // what was refused first
		return strings.Compare(fmt.Sprint(!strings.Contains(a, ": refused")), fmt.Sprint(!strings.Contains(b, ": refused")))
	})
	o.lines = append(o.lines, refusedBefore(maps.Collect(func(yield func(string, string) bool) {
		for ref, id := range kept {
			if !slices.ContainsFunc(push.Updates, func(u *gitserver.RefUpdate) bool { return u.Name == ref }) && !yield(ref, id) {
				return
			}
		}
	}))...)
	return o
}

// end records how a pull ended, sets the clock, and wakes the next one if it was
// asked for meanwhile.
func (s *Mirrors) end(ctx context.Context, m *Mirror, o *outcome, begun time.Time) error {
	now := time.Now()
	refused, err := json.Marshal(o.refused)
	if err != nil {
		return err
	}
	failures, due := 0, int64(0)
	if o.state == Failed {
		failures = m.failed + 1
	}
	if at := m.next(now, failures); !at.IsZero() {
		due = database.Micros(at)
	}
	if len(o.lines) > maxReport {
		o.lines = append(o.lines[:maxReport], fmt.Sprintf("and %d more", len(o.lines)-maxReport))
	}
	return s.db.Write(ctx, func(ctx context.Context, tx database.Tx) error {
		var wanted int64
		err := tx.QueryRowContext(ctx, `UPDATE mirror SET done = $2, again = CASE WHEN wanted > $2 THEN again ELSE false END, due_at = $3, failures = $4,
				state = $5, report = $6, push_id = CASE WHEN $7 = '' THEN push_id ELSE $7 END, refused = $8, begun_at = $9, ended_at = $10
			WHERE repository_id = $1 RETURNING wanted`,
			m.RepositoryID, m.number, due, failures, string(o.state), strings.Join(o.lines, "\n"), o.pushID, string(refused),
			database.Micros(begun), database.Micros(now)).Scan(&wanted)
		if err != nil {
			return ignoreGone(err)
		}
		if wanted > m.number {
			return tx.Enqueue(ctx, job{m.RepositoryID, wanted}, nil)
		}
		return nil
	})
}
