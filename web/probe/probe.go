package probe

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/rhaptos/rhaptos/web/decision"
)

// Options say how to go about it.
type Options struct {
	Writes   bool          // methods that change something may be sent
	Timeout  time.Duration // of an answer; 10 seconds if zero
	Patience time.Duration // how long a server that should lose patience is waited for; 15 seconds if zero
	Requests int           // how many requests a target gets at most; 300 if zero
	TLS      *tls.Config   // of connections to https; nil: the default
}

// session is all requests to one target.
type session struct {
	ctx     context.Context
	client  *client
	patient *client
	left    int
	sent    int
	memo    map[string]*Answer
	err     error // there is no connection, or too many requests were sent
}

var errTooMany = errors.New("more requests would be needed than are permitted")

// do sends a request, once.
func (s *session) do(r Request) *Answer {
	key := fmt.Sprint(r.Ends, r.bytes())
	if a, sent := s.memo[key]; sent {
		return a
	}
	a := s.again(r)
	s.memo[key] = a
	return a
}

// again sends a request that may have been sent before.
func (s *session) again(r Request) *Answer {
	if s.left == 0 && s.err == nil {
		s.err = errTooMany
	}
	if s.err == nil {
		s.left--
		s.sent++
		a, err := s.client.send(s.ctx, &r)
		if err == nil {
			return a
		}
		s.err = err
	}
	return &Answer{Status: closed, Trouble: s.err.Error()}
}

// Probe tries all recipes at all targets, which are absolute URLs of http or
// https. The error is that a target cannot be reached.
func Probe(ctx context.Context, targets []string, o Options) (*Report, error) {
	p := &prober{Options: o, ctx: ctx, report: newReport(), origins: map[string]bool{}}
	for _, target := range targets {
		u, err := ParseTarget(target)
		if err != nil {
			return nil, err
		}
		if err := p.probe(u); err != nil {
			return nil, fmt.Errorf("%s: %w", target, err)
		}
	}
	p.waiting.Wait()
	for _, judge := range p.late {
		judge()
	}
	return p.report, nil
}

// ParseTarget reads the URL of a target.
func ParseTarget(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil {
		return nil, fmt.Errorf("%q is no URL: %w", s, err)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "" {
		return nil, fmt.Errorf("%q is not http://HOST/PATH or https://HOST/PATH", s)
	}
	if u.Path == "" {
		u.Path = "/"
	}
	return u, nil
}

type prober struct {
	Options
	ctx     context.Context
	report  *Report
	origins map[string]bool // that have had what is done once
	waiting sync.WaitGroup
	late    []func()
	slots   chan struct{}
}

// mostWaiting is how many connections wait at the same time.
const mostWaiting = 32

func (p *prober) probe(u *url.URL) error {
	s := &session{
		ctx: p.ctx, memo: map[string]*Answer{}, left: orDefault(p.Requests, 300),
		client:  &client{timeout: orDefault(p.Timeout, 10*time.Second), tls: p.TLS},
		patient: &client{timeout: orDefault(p.Patience, 15*time.Second), tls: p.TLS},
	}
	k, err := learn(s, u)
	if err != nil {
		return err
	}
	first := !p.origins[u.Scheme+u.Host]
	p.origins[u.Scheme+u.Host] = true
	for i := range recipes {
		r := &recipes[i]
		switch {
		case r.once && !first:
		case errors.Is(s.err, errTooMany):
			p.report.find(k, r, nil, nil, Unseen, errTooMany.Error())
		case s.err != nil:
			return s.err
		default:
			p.try(k, r)
		}
	}
	if s.err != nil && !errors.Is(s.err, errTooMany) {
		return s.err
	}
	p.report.add(k)
	return nil
}

func orDefault[T int | time.Duration](v, otherwise T) T {
	if v == 0 {
		return otherwise
	}
	return v
}

// try does what a recipe says.
func (p *prober) try(k *known, r *recipe) {
	if r.writes && !p.Writes {
		p.report.find(k, r, nil, nil, NeedsWrites, "it takes a method that changes something")
		return
	}
	if r.needs != nil {
		if lack := r.needs(k); lack != "" {
			p.report.find(k, r, nil, nil, Unreached, lack)
			return
		}
	}
	request := r.ask(k)
	if r.slow {
		p.tryLater(k, r, request)
		return
	}
	if a := k.do(request); k.err == nil {
		p.judge(k, r, &request, a)
	}
}

// tryLater waits beside the other requests.
func (p *prober) tryLater(k *known, r *recipe, request Request) {
	if p.slots == nil {
		p.slots = make(chan struct{}, mostWaiting)
	}
	p.slots <- struct{}{}
	var answer *Answer
	var err error
	p.waiting.Go(func() {
		answer, err = k.patient.send(p.ctx, &request)
		<-p.slots
	})
	k.sent++
	p.late = append(p.late, func() {
		if err != nil {
			p.report.find(k, r, &request, nil, Unseen, err.Error())
			return
		}
		p.judge(k, r, &request, answer)
	})
}

// judge holds an answer against the rule, and the way that it tells against
// the table.
func (p *prober) judge(k *known, r *recipe, request *Request, a *Answer) {
	verdict, why := r.judge(k, a)
	told := a.get("Decision-Path")
	way, err := parseWay(told, a.Status)
	switch {
	case told == "":
		if verdict == Walked && !decision.Table()[r.edge.At].Visible {
			verdict, why = Unseen, "it cannot be seen from outside"
		}
	case verdict == Contradicted:
	case err != nil:
		verdict, why = Contradicted, "the way that the server tells is none: "+err.Error()
	case r.edge.At == decision.E1: // is asked when the way has been told already
	case way[r.edge]:
		verdict, why = Walked, ""
	case verdict == Walked:
		verdict, why = Contradicted, "the way that the server tells does not lead there: "+told
	}
	p.report.find(k, r, request, a, verdict, why)
	if err == nil {
		p.report.credit(k, r, way)
	}
}

// parseWay reads the value of Decision-Path, and checks step by step that it is
// a way through the table that ends with the status.
func parseWay(told string, status int) (map[decision.Edge]bool, error) {
	if told == "" {
		return nil, nil
	}
	table := decision.Table()
	ids := map[string]decision.Node{}
	for i, d := range table {
		ids[d.ID] = decision.Node(i)
	}
	steps := strings.Fields(told)
	way := map[decision.Edge]bool{}
	at := decision.Node(0)
	for i, step := range steps[:len(steps)-1] {
		id, answer := step[:len(step)-1], step[len(step)-1]
		found, known := ids[id]
		fault := known && found == decision.E2 // a fact can fail at any step
		switch {
		case !known || answer != '+' && answer != '-':
			return nil, fmt.Errorf("step %d, %s, is none of the table", i+1, step)
		case found != at && !fault:
			return nil, fmt.Errorf("step %d is %s, and %s was due", i+1, step, at)
		}
		edge := decision.Edge{At: found, Yes: answer == '+'}
		way[edge] = true
		at = edge.To()
	}
	if end := steps[len(steps)-1]; at.String() != end || end != fmt.Sprint(status) {
		return nil, fmt.Errorf("it ends with %s, the last step leads to %s, and the status is %d", end, at, status)
	}
	return way, nil
}
