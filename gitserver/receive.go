package gitserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/pktline"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
	"github.com/google/uuid"

	"github.com/rhaptos/rhaptos/gitserver/failpoint"
	"github.com/rhaptos/rhaptos/gitserver/gitexec"
)

// AdvertiseReceive writes the first message of a push: the refs as they are and
// what the server can do (see "Reference Discovery" in gitprotocol-pack(5)).
func (s *Server) AdvertiseReceive(ctx context.Context, repo *Repository, w io.Writer) error {
	_, refs, err := s.storage.Refs(ctx, repo.ID)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	e := pktline.NewEncoder(&b)
	capabilities := "\x00report-status report-status-v2 delete-refs side-band-64k quiet atomic ofs-delta push-options object-format=sha1 agent=" + s.agent
	for _, r := range refs {
		if err := e.Encodef("%s %s%s\n", r.Target, r.Name, capabilities); err != nil {
			return err
		}
		capabilities = ""
	}
	if len(refs) == 0 {
		if err := e.Encodef("%s capabilities^{}%s\n", plumbing.ZeroHash, capabilities); err != nil {
			return err
		}
	}
	if err := e.Flush(); err != nil {
		return err
	}
	_, err = w.Write(b.Bytes())
	return err
}

// ReceivePack takes one push. The pusher is told what became of it in the
// report; an error is returned for the server's own log when the push could
// not be carried through, whoever's fault it was.
func (s *Server) ReceivePack(ctx context.Context, session *Session, in io.Reader, out io.Writer) error {
	if !session.Stateless {
		if err := s.AdvertiseReceive(ctx, session.Repository, out); err != nil {
			return err
		}
	}
	req, err := readCommands(in)
	if err != nil {
		pktline.NewEncoder(out).Encodef("ERR %s\n", printable(err.Error()))
		return err
	}
	if req == nil {
		return nil
	}
	failpoint.Hit("push-commands-read")
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	push := &Push{
		ID: id.String(), Repository: session.Repository, Actor: session.Actor, Transport: session.Transport,
		At: time.Now().UTC().Truncate(time.Microsecond), Updates: updates(req), Atomic: req.Capabilities.Supports(capability.Atomic),
		Quiet: req.Capabilities.Supports(capability.Quiet),
	}
	for _, o := range req.Options {
		push.Options = append(push.Options, o.Key)
	}
	r := &reception{
		Server: s, session: session, push: push, in: in,
		answer: &answer{out: out, banded: req.Capabilities.Supports(capability.Sideband64k)},
	}
	unpack, err := r.run(ctx)
	if err != nil {
		s.log.Warn("push not taken", "repository", push.Repository.Path(), "actor", push.Actor, "push", push.ID, "error", err)
	}
	if rerr := r.report(req, unpack); rerr != nil {
		err = errors.Join(err, fmt.Errorf("report: %w", rerr))
	}
	failpoint.Hit("push-report-written")
	return err
}

// reception is one push on its way in.
type reception struct {
	*Server
	session *Session
	push    *Push
	in      io.Reader
	answer  *answer
	head    func() (fs.FS, error) // the tree of the default branch before the push
}

// run carries the push through and returns the report's unpack status. After
// an error every update is refused.
func (r *reception) run(ctx context.Context) (unpack string, err error) {
	alive, stop := context.WithCancel(ctx)
	defer stop()
	received := sync.OnceFunc(func() { r.answer.stayAlive(alive, r.KeepAlive) })
	defer func() {
		if err != nil {
			r.refuseAll("server error, try again")
		}
	}()
	q, err := r.storage.Quarantine(ctx, r.push.Repository)
	if err != nil {
		return "ok", err
	}
	defer func() {
		// By now the push may be committed: what is left behind is not its fault.
		if err := q.Close(); err != nil {
			r.log.Warn("quarantine not removed", "repository", r.push.Repository.Path(), "error", err)
		}
	}()
	if err := r.authorize(ctx, q); err != nil {
		return "ok", err
	}
	if wantsPack(r.push.Updates) {
		if err := q.IndexPack(ctx, r.in, received); err != nil {
			r.refuseAll("unpacker error")
			return r.unpackError(err), err
		}
	}
	received() // nothing more is to come
	failpoint.Hit("push-pack-indexed")
	if err := r.check(ctx, q); err != nil {
		return "ok", err
	}
	failpoint.Hit("push-connected")
	head, err := r.head()
	if err != nil {
		return "ok", err
	}
	enqueue, err := r.hooks.PreReceive(ctx, r.push, head, q, r.answer)
	if err != nil {
		return "ok", fmt.Errorf("judge the push: %w", err)
	}
	r.answer.finish()
	failpoint.Hit("push-judged")
	if r.push.Atomic && r.anyRefused() {
		r.refuseAll("atomic push failure")
	}
	return "ok", r.commit(ctx, q, enqueue)
}

// commit moves the refs. A client that goes away now is too late: what it sent
// is complete, and the outcome shall not depend on the moment.
func (r *reception) commit(ctx context.Context, q Quarantine, enqueue Enqueue) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Minute)
	defer cancel()
	r.push.Verdict = r.answer.said
	if err := r.storage.Commit(ctx, r.push, q, enqueue); err != nil {
		return fmt.Errorf("commit the push: %w", err)
	}
	if slices.ContainsFunc(r.push.Updates, func(u *RefUpdate) bool { return u.Refused == "" }) {
		r.hooks.PostReceive(ctx, r.push, r.answer)
		r.answer.finish()
	}
	return nil
}

// authorize asks for each update whether the pusher may make it, by the
// settings of the repository as they were before the push.
func (r *reception) authorize(ctx context.Context, q Quarantine) error {
	repo, refs, err := r.storage.Refs(ctx, r.push.Repository.ID)
	if err != nil {
		return err
	}
	r.push.Repository = repo
	adoptHead(r.push, refs)
	r.head = func() (fs.FS, error) { return headTree(repo, refs, q) }
	head, err := r.head()
	if err != nil {
		return err
	}
	published := r.hooks.Published(repo, head)
	for _, u := range r.push.Updates {
		if u.Refused != "" {
			continue
		}
		if err := r.session.MayPush(ctx, published(u.Name)); err != nil {
			u.Refused = printable(err.Error())
		} else if u.Deletes() && u.Name == repo.Head {
			u.Refused = "deletion of the default branch is prohibited"
		}
	}
	return nil
}

// headTree is the tree of the default branch, nil when it has no commit yet.
func headTree(repo *Repository, refs []Ref, q Quarantine) (fs.FS, error) {
	for _, ref := range refs {
		if ref.Name == repo.Head {
			return q.Tree(ref.Target)
		}
	}
	return nil, nil
}

// adoptHead makes the first branch that is ever pushed the default branch.
func adoptHead(push *Push, refs []Ref) {
	for _, ref := range refs {
		if strings.HasPrefix(ref.Name, "refs/heads/") {
			return
		}
	}
	first := ""
	for _, u := range push.Updates {
		switch {
		case u.Branch() == "" || u.Deletes() || u.Refused != "":
		case u.Name == push.Repository.Head:
			return
		case first == "" || u.Branch() == "main" || u.Branch() == "master" && first != "refs/heads/main":
			first = u.Name
		}
	}
	if first != "" {
		push.Repository.Head = first
	}
}

// check sees to it that the new objects are all there and of the right type.
func (r *reception) check(ctx context.Context, q Quarantine) error {
	wanted := r.wanted()
	if len(wanted) == 0 {
		return nil
	}
	if err := q.Connected(ctx, wanted); err != nil {
		if err := r.checkEach(ctx, q); err != nil {
			return err
		}
	}
	for _, u := range r.push.Updates {
		if u.Refused != "" || u.Deletes() || u.Branch() == "" {
			continue
		}
		target, kind, err := q.Peel(u.New)
		if err != nil {
			return err
		}
		if kind != plumbing.CommitObject || target != u.New {
			u.Refused = "a branch must point at a commit"
		}
	}
	return nil
}

// checkEach finds which of the updates lacks objects.
func (r *reception) checkEach(ctx context.Context, q Quarantine) error {
	for _, u := range r.push.Updates {
		if u.Refused != "" || u.Deletes() {
			continue
		}
		err := q.Connected(ctx, []plumbing.Hash{u.New})
		var failed *gitexec.Error
		switch {
		case errors.As(err, &failed) && failed.Exit > 0:
			u.Refused = "missing necessary objects"
		case err != nil:
			return err
		}
	}
	return nil
}

func (r *reception) wanted() []plumbing.Hash {
	var ids []plumbing.Hash
	for _, u := range r.push.Updates {
		if u.Refused == "" && !u.Deletes() {
			ids = append(ids, u.New)
		}
	}
	return ids
}

func (r *reception) anyRefused() bool {
	for _, u := range r.push.Updates {
		if u.Refused != "" {
			return true
		}
	}
	return false
}

func (r *reception) refuseAll(why string) {
	for _, u := range r.push.Updates {
		if u.Refused == "" {
			u.Refused = why
		}
	}
}

// unpackError is the one line that the report has for a pack that cannot be
// read. All that git said of it goes beside the report.
func (r *reception) unpackError(err error) string {
	var failed *gitexec.Error
	if !errors.As(err, &failed) || failed.Stderr == "" {
		return "index-pack failed"
	}
	fmt.Fprintln(r.answer, failed.Stderr)
	lines := strings.Split(failed.Stderr, "\n")
	return printable(strings.TrimPrefix(lines[len(lines)-1], "fatal: "))
}

// report sends ok or ng for each update (see "Report Status" in
// gitprotocol-pack(5); version 2 only adds options that we have no use for).
func (r *reception) report(req *packp.ReferenceUpdateRequest, unpack string) error {
	status := packp.NewReportStatus()
	status.UnpackStatus = unpack
	for _, u := range r.push.Updates {
		line := "ok"
		if u.Refused != "" {
			line = u.Refused
		}
		status.CommandStatuses = append(status.CommandStatuses, &packp.CommandStatus{
			ReferenceName: plumbing.ReferenceName(u.Name), Status: line,
		})
	}
	var b bytes.Buffer
	if req.Capabilities.Supports(capability.ReportStatus) || req.Capabilities.Supports("report-status-v2") {
		if err := status.Encode(&b); err != nil {
			return err
		}
	}
	return r.answer.report(b.Bytes())
}
