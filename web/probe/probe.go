package probe

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/probe/rawhttp"
	"github.com/rhaptos/rhaptos/web/probe/report"
)

// Options say how to probe.
type Options struct {
	Writes   bool          // permit methods that change something
	Timeout  time.Duration // for a response; 10 seconds if zero
	Patience time.Duration // how long to wait for a server to give up on a slow client; 15 seconds if zero
	Requests int           // the most requests to send to a target; 300 if zero
	TLS      *tls.Config   // for https; nil: the default
}

// Probe tries all recipes at all targets, which are absolute URLs of http or
// https. The error is that a target cannot be reached.
func Probe(ctx context.Context, targets []string, o Options) (*report.Report, error) {
	p := &prober{Options: o, ctx: ctx, report: report.New(), origins: map[string]bool{}}
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

// ParseTarget parses the URL of a target. It must be absolute, with neither user
// nor fragment; an empty path becomes "/".
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
	report  *report.Report
	origins map[string]bool // where the recipes with once were tried
	waiting sync.WaitGroup
	late    []func() // judge what came of slow recipes
	slots   chan struct{}
}

// mostWaiting limits the connections that wait at the same time.
const mostWaiting = 32

func (p *prober) probe(u *url.URL) error {
	s := &session{
		ctx: p.ctx, memo: map[string]*rawhttp.Response{}, left: cmp.Or(p.Requests, 300),
		client:  &rawhttp.Client{Timeout: cmp.Or(p.Timeout, 10*time.Second), TLS: p.TLS},
		patient: &rawhttp.Client{Timeout: cmp.Or(p.Patience, 15*time.Second), TLS: p.TLS},
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
			p.record(k, r, report.Unseen, errTooMany.Error())
		case s.err != nil:
			return s.err
		default:
			p.try(k, r)
		}
	}
	if s.err != nil && !errors.Is(s.err, errTooMany) {
		return s.err
	}
	p.report.AddTarget(k.target(), k.facts())
	return nil
}

// try does what a recipe says.
func (p *prober) try(k *known, r *recipe) {
	if r.writes && !p.Writes {
		p.record(k, r, report.NeedsWrites, "it takes a method that changes something")
		return
	}
	if r.needs != nil {
		late := k.late
		switch lack := r.needs(k); {
		case lack != "" && (k.late > late || k.unsure):
			p.record(k, r, report.NoAnswer, "what has to be known of the target did not come in time")
			return
		case lack != "":
			p.record(k, r, report.Unreached, lack)
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

// tryLater sends a request and waits for the response beside the other requests.
func (p *prober) tryLater(k *known, r *recipe, request rawhttp.Request) {
	if p.slots == nil {
		p.slots = make(chan struct{}, mostWaiting)
	}
	p.slots <- struct{}{}
	var response *rawhttp.Response
	var err error
	p.waiting.Go(func() {
		response, err = k.patient.Send(p.ctx, &request)
		<-p.slots
	})
	k.sent++
	p.late = append(p.late, func() {
		switch {
		case err != nil && timedOut(p.ctx, err):
			p.record(k, r, report.NoAnswer, err.Error())
			return
		case err != nil:
			p.record(k, r, report.Unseen, err.Error())
			return
		}
		p.judge(k, r, &request, response)
	})
}

// judge compares a response with the rule of the recipe, and the path that the
// server discloses with the table.
func (p *prober) judge(k *known, r *recipe, request *rawhttp.Request, a *rawhttp.Response) {
	f := r.judge(k, a)
	disclosed := a.Get("Decision-Path")
	path, err := parsePath(disclosed, a.Status)
	switch {
	case f.Verdict == report.NoAnswer:
		err = cmp.Or(err, errLate)
	case disclosed == "":
		if f.Verdict == report.Walked && !decision.Table()[r.edge.At].Visible {
			f.Verdict, f.Why = report.Unseen, "it cannot be seen from outside"
		}
	case f.Verdict == report.Contradicted:
	case err != nil:
		f.Verdict, f.Why = report.Contradicted, "Decision-Path is not a path through the table: "+err.Error()
	case r.edge.At == decision.E1: // is decided after the path was disclosed
	case path[r.edge]:
		f.Verdict, f.Why = report.Walked, ""
	case f.Verdict == report.Walked && a.Status == 404 && path[yes(decision.M5b)]:
		f.Verdict, f.Why = report.Unseen, "the server says of what it hides and of what is missing the same"
	case f.Verdict == report.Walked:
		f.Verdict, f.Why = report.Contradicted, "Decision-Path does not lead there: "+disclosed
	}
	f.Path = disclosed
	p.report.Record(r.edge, f, request.Curl)
	if err == nil {
		p.report.Credit(path, r.finding(k))
	}
}

var errLate = errors.New("no answer in time")

// record adds a finding about a recipe for which there is no response.
func (p *prober) record(k *known, r *recipe, v report.Verdict, why string) {
	f := r.finding(k)
	f.Verdict, f.Why = v, why
	p.report.Record(r.edge, f, nil)
}
