package gitserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"sync"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
	"github.com/google/uuid"

	"github.com/rhaptos/rhaptos/gitserver/failpoint"
	"github.com/rhaptos/rhaptos/gitserver/packscan"
	"github.com/rhaptos/rhaptos/gitserver/pktline"
)

// AdvertiseReceive writes the first message of a push: the refs as they are and
// what the server can do (see "Reference Discovery" in gitprotocol-pack(5)).
func (s *Server) AdvertiseReceive(ctx context.Context, repo *Repository, w io.Writer) error {
	_, refs, err := s.config.Storage.Refs(ctx, repo.ID)
	if err != nil {
		return err
	}
	capabilities := "\x00report-status report-status-v2 delete-refs side-band-64k quiet atomic ofs-delta push-options object-format=sha1 agent=" + s.agent
	if s.config.Signing != nil {
		capabilities += " push-cert=" + s.config.Signing.Nonces.Make(repo.ID, time.Now())
	}
	var b []byte
	for _, r := range advertised(refs) {
		b = pktline.Append(b, r.Target.String(), " ", r.Name, capabilities, "\n")
		capabilities = ""
	}
	if len(b) == 0 {
		b = pktline.Append(b, plumbing.ZeroHash.String(), " capabilities^{}", capabilities, "\n")
	}
	_, err = w.Write(pktline.AppendSpecial(b, pktline.Flush))
	return err
}

// ReceivePack takes one push. The pusher learns what became of it in the
// report; an error is returned for the server's own log when the push could
// not be carried through, whoever's fault it was.
func (s *Server) ReceivePack(ctx context.Context, session *Session, in io.Reader, out io.Writer) error {
	if !session.Stateless {
		if err := s.AdvertiseReceive(ctx, session.Repository, out); err != nil {
			return err
		}
	}
	req, err := readRequest(in)
	if req == nil {
		if err != nil {
			out.Write(pktline.Append(nil, "ERR ", printable(err.Error()), "\n")) // it may have gone
		}
		return err
	}
	failpoint.Hit("push-commands-read")
	id, uerr := uuid.NewV7()
	if uerr != nil {
		return uerr
	}
	push := &Push{
		ID: id.String(), Repository: session.Repository, Actor: session.Actor, Transport: session.Transport, Hops: session.Hops,
		At: time.Now().UTC().Truncate(time.Microsecond), Updates: req.updates, Options: req.options, Atomic: req.supports(capability.Atomic),
		Quiet: req.supports(capability.Quiet), Accepts: session.Accepts,
	}
	r := &receiver{
		Server: s, session: session, push: push, in: in, shallow: req.shallow,
		sideband: &sidebandWriter{out: out, banded: req.supports(capability.Sideband64k)},
	}
	unpack := "ok"
	if err == nil {
		err = s.certify(ctx, push, req.certificate)
	}
	if err != nil {
		unpack = "not begun"
		if errors.Is(err, errProtocol) {
			unpack = printable(err.Error())
		}
		push.refuseAll("unpacker error")
		s.drain(ctx, session, in)
	} else {
		unpack, err = r.run(ctx)
	}
	if err != nil {
		s.config.Log.Warn("push not taken", "repository", push.Repository.Path(), "actor", push.Actor, "push", push.ID, "err", err)
	}
	if err == nil && session.OnDone != nil {
		session.OnDone(push)
	}
	if rerr := r.report(req, unpack); rerr != nil {
		err = errors.Join(err, fmt.Errorf("report: %w", rerr))
	} else if err != nil {
		err = &ReportedError{err}
	}
	failpoint.Hit("push-report-written")
	return err
}

// ReportedError is why a push or an archive was refused, when the client has had a
// complete answer that says so.
type ReportedError struct{ Err error }

// Error implements [error].
func (e *ReportedError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *ReportedError) Unwrap() error { return e.Err }

// receiver is one push on its way in.
type receiver struct {
	*Server
	session  *Session
	push     *Push
	in       io.Reader
	sideband *sidebandWriter
	shallow  bool                  // the client's history is cut off
	head     func() (fs.FS, error) // the tree of the default branch before the push
	policy   Policy                // by the settings in that
	refs     []Ref                 // of the repository, when the push was authorised
}

// maxDrain bounds the bytes that are read of a request to no purpose.
const maxDrain = 1 << 30

// run carries the push through and returns the report's unpack status. After
// an error every update is refused.
func (r *receiver) run(ctx context.Context) (unpack string, err error) {
	alive, stop := context.WithCancel(ctx)
	defer stop()
	received := sync.OnceFunc(func() { r.sideband.stayAlive(alive, r.config.KeepAlive) })
	unread := wantsPack(r.push.Updates)
	defer func() {
		if err == nil {
			return
		}
		r.push.refuseAll(faultReason(err))
		if unread {
			r.drain(ctx, r.session, r.in)
		}
	}()
	q, err := r.config.Storage.Quarantine(ctx, r.push.Repository)
	if err != nil {
		return "ok", err
	}
	defer func() {
		// By now the push may be committed: what is left behind is not its fault.
		if err := q.Close(); err != nil {
			r.config.Log.Warn("quarantine not removed", "repository", r.push.Repository.Path(), "err", err)
		}
	}()
	if err := r.authorize(ctx, q); err != nil {
		return "ok", err
	}
	if unread {
		warnings, err := q.IndexPack(ctx, r.in, r.limits(), received)
		unread = errors.As(err, new(*packscan.Error))
		for _, line := range warnings {
			fmt.Fprintf(r.sideband, "warning: %s\n", line)
		}
		if err != nil {
			unpack, refused := r.unpackError(err)
			r.push.refuseAll(refused)
			return unpack, err
		}
	}
	received() // nothing more is to come
	failpoint.Hit("push-pack-indexed")
	if err := r.check(ctx, q); err != nil {
		return "ok", err
	}
	failpoint.Hit("push-connected")
	r.push.settle()
	contributions, err := r.contribute(ctx, q)
	if err != nil {
		return "ok", err
	}
	r.push.settle()
	if r.session.OnReceived != nil {
		if err := r.session.OnReceived(ctx, r.push, q, r.sideband); err != nil {
			return "ok", err
		}
	}
	head, err := r.head()
	if err != nil {
		return "ok", err
	}
	enqueue, err := r.config.Hooks.PreReceive(ctx, r.push, head, q, r.sideband)
	if err != nil {
		return "ok", fmt.Errorf("judge the push: %w", err)
	}
	r.sideband.finish()
	failpoint.Hit("push-judged")
	r.push.settle()
	return "ok", r.commit(ctx, q, both(contributions, enqueue))
}

// commit moves the refs. A client that goes away now is too late: what it sent
// is complete, and the outcome shall not depend on the moment.
func (r *receiver) commit(ctx context.Context, q Quarantine, enqueue Enqueue) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Minute)
	defer cancel()
	r.push.Verdict = r.sideband.said
	if err := r.config.Storage.Commit(ctx, r.push, q, enqueue); err != nil {
		return fmt.Errorf("commit the push: %w", err)
	}
	if slices.ContainsFunc(r.push.Updates, func(u *RefUpdate) bool { return u.Refused == "" }) {
		r.config.Hooks.PostReceive(ctx, r.push, r.sideband)
		r.sideband.finish()
	}
	return nil
}

// drain reads the rest of a request that is refused before its end: a client reads
// the report when it has sent everything. One whose connection stays open (SSH) ends
// by falling silent.
func (s *Server) drain(ctx context.Context, session *Session, in io.Reader) {
	in = io.LimitReader(in, maxDrain)
	if session.Stateless {
		io.Copy(io.Discard, in) // what cannot be read is not missed
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	pieces := make(chan struct{})
	go func() {
		defer close(pieces)
		for b := make([]byte, 32<<10); ; {
			if _, err := in.Read(b); err != nil {
				return
			}
			select {
			case pieces <- struct{}{}:
			case <-ctx.Done():
				return
			}
		}
	}()
	for {
		select {
		case _, more := <-pieces:
			if !more {
				return
			}
		case <-time.After(patience):
			return
		case <-ctx.Done():
			return
		}
	}
}
