package webhook

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/riverqueue/river"

	"github.com/rhaptos/rhaptos/gitserver/egress"
	"github.com/rhaptos/rhaptos/gitserver/failpoint"
)

const (
	sendTimeout = 10 * time.Second
	maxResponse = 64 << 10 // bytes

	// A receiver that lets every delivery wait may hold up this many workers,
	// not all of them: others are delivered to as well.
	perHost = 2
)

// HopsField is a header field with the number of programs that an event has
// passed through, so that programs that notify each other in a circle stop.
const HopsField = "Rhaptos-Hops"

// SenderConfig configures a Sender.
type SenderConfig struct {
	Webhooks *Webhooks
	Guard    egress.Guard // restricts where deliveries may go

	// May returns why the account with the id may no longer receive the
	// repository's events, or, when repositoryID is empty, those of all
	// repositories; empty if it may. It is not called for webhooks that no account
	// has created. Nil: all may.
	May func(ctx context.Context, accountID, repositoryID string) (why string, err error)

	Log *slog.Logger
}

// Sender makes the deliveries of the webhooks.
type Sender struct {
	webhooks *Webhooks
	mayHear  func(ctx context.Context, accountID, repositoryID string) (why string, err error)
	client   *http.Client
	log      *slog.Logger
	now      func() time.Time

	mu      sync.Mutex
	busy    map[string]int  // deliveries under way, by host
	pending map[string]bool // their ids
}

// NewSender returns a sender that does nothing until its worker is registered
// and runs.
func NewSender(c SenderConfig) *Sender {
	return &Sender{
		webhooks: c.Webhooks,
		mayHear:  c.May,
		log:      c.Log,
		now:      time.Now,
		busy:     map[string]int{},
		pending:  map[string]bool{},
		client:   c.Guard.Client(sendTimeout, maxResponse),
	}
}

// AddWorker registers the worker that makes the deliveries.
func (s *Sender) AddWorker(workers *river.Workers) { river.AddWorker(workers, &worker{Sender: s}) }

type worker struct {
	river.WorkerDefaults[job]
	*Sender
}

// Work makes one attempt at a delivery. Its error means that the attempt could
// not be recorded, so it will be repeated; whether the receiver has accepted it
// is in the delivery's row.
func (w *worker) Work(ctx context.Context, j *river.Job[job]) error {
	if wait := time.Until(j.Args.After); wait > 0 {
		return river.JobSnooze(min(wait, snoozable))
	}
	if !w.hold(j.Args.ID) {
		return river.JobSnooze(500 * time.Millisecond) // two jobs for one attempt: the other may yet find that it came too early
	}
	defer w.release(j.Args.ID)
	p, err := load(ctx, w.webhooks.db, j.Args)
	if err != nil || p == nil {
		return err
	}
	if may, err := w.may(ctx, p); err != nil || !may {
		return err
	}
	host := hostOf(p.url)
	if !w.take(host) {
		return river.JobSnooze(2*time.Second + rand.N(3*time.Second))
	}
	defer w.give(host)
	failpoint.Hit("webhook-before-send")
	a := w.send(ctx, p)
	failpoint.Hit("webhook-sent")
	if !a.accepted() && errors.Is(ctx.Err(), context.Canceled) {
		return river.JobSnooze(0) // the server is stopping, the receiver is not to blame
	}
	if !a.accepted() {
		w.log.WarnContext(ctx, "webhook receiver did not accept a delivery", "delivery", p.ID, "attempt", p.Attempt+1, "response", a.response)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	return w.webhooks.record(ctx, p, a)
}

// may reports whether who made the webhook may still have its events. If not, the
// webhook is suspended, and what was announced to it stays here.
func (s *Sender) may(ctx context.Context, p *parcel) (bool, error) {
	if p.creator == "" || s.mayHear == nil {
		return true, nil
	}
	why, err := s.mayHear(ctx, p.creator, p.repositoryID)
	if err != nil || why == "" {
		return err == nil, err
	}
	s.log.WarnContext(ctx, "webhook suspended", "webhook", p.webhook, "reason", why)
	return false, suspend(ctx, s.webhooks.db, p.webhook, why)
}

func hostOf(address string) string {
	if u, err := url.Parse(address); err == nil {
		return u.Host
	}
	return address
}

func (s *Sender) take(host string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy[host] >= perHost {
		return false
	}
	s.busy[host]++
	return true
}

func (s *Sender) give(host string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy[host]--; s.busy[host] == 0 {
		delete(s.busy, host)
	}
}

func (s *Sender) hold(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pending[id] {
		return false
	}
	s.pending[id] = true
	return true
}

func (s *Sender) release(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.pending, id)
}

// send posts the parcel and says what came of it.
func (s *Sender) send(ctx context.Context, p *parcel) *attempt {
	a := &attempt{at: s.now(), url: p.url}
	if err := s.exchange(ctx, p, a); err != nil {
		a.status, a.response = 0, egress.Plain(err.Error())
	}
	a.took = s.now().Sub(a.at)
	return a
}

func (s *Sender) exchange(ctx context.Context, p *parcel, a *attempt) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, strings.NewReader(p.body))
	if err != nil {
		return err
	}
	if r.Header, err = p.header(a.at); err != nil {
		return err
	}
	a.requestHeader = headerText(r.Header, loggedHeader)
	response, err := s.client.Do(r)
	if err != nil {
		return egress.Reason(err)
	}
	defer response.Body.Close()
	// Whatever the receiver says after its status line does not change the
	// outcome; it is read so that a well-behaved one can finish saying it.
	body, _ := io.ReadAll(io.LimitReader(response.Body, maxResponse))
	a.record(response, body)
	return nil
}

// header is the header of the request. Nothing that came with the event is in
// it: refs and titles may hold anything.
func (p *parcel) header(now time.Time) (http.Header, error) {
	h := http.Header{
		"Content-Type": {"application/json"},
		"User-Agent":   {"rhaptos"},
		HopsField:      {strconv.Itoa(p.hops + 1)},
	}
	secrets := p.secrets.secrets(now)
	if p.signature != GitHub {
		at := strconv.FormatInt(now.Unix(), 10)
		signature, err := sign(secrets, p.ID, at, p.body)
		if err != nil {
			return nil, err
		}
		h["webhook-id"] = []string{p.ID} // in lower case, as the scheme writes them
		h["webhook-timestamp"] = []string{at}
		h["webhook-signature"] = []string{signature}
	}
	if p.signature != Standard {
		h.Set("X-Hub-Signature-256", signGitHub(secrets[0], p.body))
		h["X-GitHub-Delivery"] = []string{p.ID}
		h["X-Rhaptos-Event"] = []string{p.event}
	}
	return h, nil
}
