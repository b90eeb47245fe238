package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/riverqueue/river"

	"github.com/rhaptos/rhaptos/gitserver/failpoint"
)

const (
	sendTimeout = 10 * time.Second
	maxAnswer   = 64 << 10 // bytes

	// A receiver that lets every delivery wait may hold up this many workers,
	// not all of them: they publish as well.
	perHost = 2
)

// Sender delivers what has been announced.
type Sender struct {
	webhooks *Webhooks
	client   *http.Client
	log      *slog.Logger
	now      func() time.Time

	mu   sync.Mutex
	busy map[string]int // deliveries under way, by host
}

// NewSender makes the sender of the webhooks' deliveries. Allow is asked for
// every connection whether it may be made, with the address behind the
// receiver's name; nil allows all, [Public] only the public internet.
func NewSender(webhooks *Webhooks, allow func(netip.AddrPort) error, log *slog.Logger) *Sender {
	dialer := &net.Dialer{Timeout: sendTimeout}
	if allow != nil {
		dialer.Control = func(_, address string, _ syscall.RawConn) error {
			to, err := netip.ParseAddrPort(address)
			if err != nil {
				return err
			}
			return allow(to)
		}
	}
	return &Sender{
		webhooks: webhooks,
		log:      log,
		now:      time.Now,
		busy:     map[string]int{},
		client: &http.Client{
			Timeout: sendTimeout,
			Transport: &http.Transport{
				Proxy:                  nil, // the environment has no say in where secrets' signatures go
				DialContext:            dialer.DialContext,
				DisableCompression:     true, // so that a small answer cannot become a large one
				DisableKeepAlives:      true, // every connection is allowed anew
				MaxResponseHeaderBytes: maxAnswer,
			},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// AddWorker registers the worker that makes the deliveries.
func (s *Sender) AddWorker(workers *river.Workers) { river.AddWorker(workers, &worker{Sender: s}) }

type worker struct {
	river.WorkerDefaults[job]
	*Sender
}

// Work makes one attempt at a delivery. Its error means that the attempt could
// not be recorded, so it will be made again; whether the receiver has taken it
// is in the delivery's row.
func (w *worker) Work(ctx context.Context, j *river.Job[job]) error {
	if wait := time.Until(j.Args.After); wait > 0 {
		return river.JobSnooze(min(wait, snoozable))
	}
	p, err := load(ctx, w.webhooks.db, j.Args)
	if err != nil || p == nil {
		return err
	}
	host := hostOf(p.url)
	if !w.take(host) {
		return river.JobSnooze(2*time.Second + rand.N(3*time.Second))
	}
	defer w.give(host)
	failpoint.Hit("webhook-before-send")
	taken, answer := w.send(ctx, p)
	failpoint.Hit("webhook-sent")
	if !taken && errors.Is(ctx.Err(), context.Canceled) {
		return river.JobSnooze(0) // the server is stopping, the receiver is not to blame
	}
	if !taken {
		w.log.WarnContext(ctx, "webhook did not take a delivery", "delivery", p.ID, "attempt", p.Attempt+1, "answer", answer)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	return w.webhooks.record(ctx, p.job, taken, answer)
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

// send posts the parcel and says what came of it.
func (s *Sender) send(ctx context.Context, p *parcel) (taken bool, answer string) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, strings.NewReader(p.body))
	if err != nil {
		return false, plain(err.Error())
	}
	at := strconv.FormatInt(s.now().Unix(), 10)
	signature, err := sign(p.secret, p.ID, at, p.body)
	if err != nil {
		return false, plain(err.Error())
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "rhaptos")
	r.Header["webhook-id"] = []string{p.ID} // in lower case, as the scheme writes them
	r.Header["webhook-timestamp"] = []string{at}
	r.Header["webhook-signature"] = []string{signature}
	response, err := s.client.Do(r)
	if err != nil {
		return false, plain(err.Error())
	}
	defer response.Body.Close()
	// Whatever the receiver says after its status line does not change the
	// outcome; it is read so that a well-behaved one can finish saying it.
	io.Copy(io.Discard, io.LimitReader(response.Body, maxAnswer))
	return response.StatusCode/100 == 2, plain(response.Status)
}

// plain makes text from outside fit for a row and a terminal.
func plain(s string) string {
	s = strings.Map(func(c rune) rune {
		if c < ' ' || c >= 0x7f && c < 0xa0 || c == '\uFFFD' {
			return '?'
		}
		return c
	}, s)
	if len(s) > 300 {
		s = strings.ToValidUTF8(s[:300], "") + "..."
	}
	return s
}

// sign is the signature of a delivery by the Standard Webhooks scheme: v1, a
// comma, and the HMAC-SHA256 over id, time (Unix seconds) and body joined by
// full stops. The key is the secret behind its prefix, base64.
func sign(secret, id, at, body string) (string, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
	if err != nil {
		return "", fmt.Errorf("the secret of the webhook cannot be decoded, add the webhook anew: %w", err)
	}
	mac := hmac.New(sha256.New, key)
	io.WriteString(mac, id+"."+at+"."+body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}
