package gitserver

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/fetchcache"
	"github.com/rhaptos/rhaptos/gitserver/gitexec"
	"github.com/rhaptos/rhaptos/gitserver/uploadpack"
)

// uploadConfig is the configuration of git upload-pack. Any object may be wanted,
// because what a client wants is checked before git sees it.
var uploadConfig = []string{
	"-c", "uploadpack.allowAnySHA1InWant=true",
	"-c", "uploadpack.allowFilter=true",
	"-c", "uploadpack.allowSidebandAll=true",
	"-c", "uploadpack.keepAlive=5",
	"-c", "pack.threads=2",
	"-c", "core.packedGitLimit=1g",
}

// fetchWall limits the duration of native git for one fetch.
const fetchWall = 2 * time.Hour

// query is a request that was found to be in order.
type query struct {
	repo     *Repository
	protocol string // as in [Fetch]
	request  []byte // in its normal form
	wanted   []byte // goes before the pack
	framed   bool   // a complete response ends with a flush
	final    bool   // no negotiation: the response is a pack
}

// key is a digest of everything that the response depends on. Whoever may read a
// repository sees all of its refs, so the client is not part of it.
func (s *Server) key(what string, q query) fetchcache.Key {
	h := sha256.New()
	for _, part := range []string{
		what, q.repo.ID, strconv.FormatInt(q.repo.Version, 10), "sha1", q.protocol,
		s.config.Git.Version, strings.Join(uploadConfig, " "), string(q.request), string(q.wanted),
	} {
		var length [8]byte
		binary.BigEndian.PutUint64(length[:], uint64(len(part)))
		h.Write(length[:])
		io.WriteString(h, part)
	}
	return fetchcache.Key(h.Sum(nil))
}

// mayHave checks that everything that is asked for can be reached from the
// refs. Native git is not asked: in version 2 it hands out whatever it has.
func (s *Server) mayHave(ctx context.Context, f *Fetch, repo *Repository, refs []Ref, selection *uploadpack.Selection) error {
	for _, name := range selection.Not {
		if expand(repo, refs, name) != 1 {
			return fmt.Errorf("%w: deepen-not is not a ref: %.300q", ErrRefused, name)
		}
	}
	hidden, err := s.unreachable(ctx, f, repo, refs, selection.Wants)
	if err != nil {
		return err
	}
	for _, id := range selection.Wants {
		if hidden[id] {
			return fmt.Errorf("%w: not our ref %s", ErrRefused, id)
		}
	}
	return nil
}

// expand counts the refs that a short name may mean, by the rules of
// gitrevisions(7).
func expand(repo *Repository, refs []Ref, name string) int {
	n := 0
	if _, born := find(refs, repo.Head); born && name == "HEAD" {
		n++
	}
	for _, rule := range []string{"%s", "refs/%s", "refs/tags/%s", "refs/heads/%s", "refs/remotes/%s", "refs/remotes/%s/HEAD"} {
		if _, ok := find(refs, fmt.Sprintf(rule, name)); ok {
			n++
		}
	}
	return n
}

// admit lets a producer begin when the client has a place.
func (s *Server) admit(f *Fetch) fetchcache.Admission {
	return func(ctx context.Context) (func(), error) { return s.limiter.take(ctx, f.Client) }
}

// respond sends the response of native git to a query, from the cache if it is
// there.
func (s *Server) respond(ctx context.Context, f *Fetch, q query, out io.Writer) error {
	produce := func(ctx context.Context, w io.Writer) error {
		end := &ending{w: w}
		err := s.native(ctx, q.repo, q.protocol, []string{"--stateless-rpc"}, bytes.NewReader(q.request), beforePack(end, q.wanted))
		if err == nil && q.final && q.framed && string(end.last) != "0000" {
			err = errors.New("git upload-pack: the response has no end")
		}
		return err
	}
	straight := func() error {
		free, err := s.limiter.take(ctx, f.Client)
		if err != nil {
			return err
		}
		defer free()
		return produce(ctx, out)
	}
	if s.config.Cache == nil || !q.final || !q.framed {
		return straight()
	}
	a, err := s.config.Cache.Get(ctx, q.repo.ID, s.key("fetch", q), s.admit(f), produce)
	if errors.Is(err, fetchcache.ErrNoRoom) {
		s.config.Log.Warn("a response to a fetch is not cached", "repository", q.repo.Path(), "err", err)
		return straight()
	}
	if err != nil {
		return err
	}
	defer a.Close()
	if w, ok := out.(WholeWriter); ok {
		if file, size, ok := a.Whole(); ok {
			return w.WriteWhole(file, size)
		}
	}
	_, err = a.WriteTo(out)
	return err
}

// native runs git upload-pack over the mirror.
func (s *Server) native(ctx context.Context, repo *Repository, protocol string, options []string, in io.Reader, out io.Writer) error {
	dir, err := s.config.Storage.Mirror(ctx, repo)
	if err != nil {
		return err
	}
	args := append(append([]string{}, uploadConfig...), "upload-pack", "--strict")
	c := gitexec.Command{
		Args: append(append(args, options...), dir), Stdin: in, Stdout: &withoutServerPaths{out: out},
		Limits: gitexec.Limits{Wall: fetchWall},
	}
	if protocol != "" {
		c.Env = []string{"GIT_PROTOCOL=" + protocol}
	}
	err = s.config.Git.Run(ctx, c)
	var failed *gitexec.Error
	if errors.As(err, &failed) && failed.Exit > 0 && ctx.Err() == nil {
		if why := clientsFault.FindString(failed.Stderr); why != "" {
			return fmt.Errorf("%w: %s", ErrRefused, why)
		}
		s.config.Storage.MarkSuspect(repo) // whoever comes next finds what the mirror lacked
	}
	return err
}

// clientsFault matches what git upload-pack says when a request that was found to be in
// order asks for what there is not: it ends without an answer to the client, between
// two packets (shallow.c, upload-pack.c).
var clientsFault = regexp.MustCompile(`no commits selected for shallow requests|invalid shallow object [0-9a-f]+`)

// ending remembers the last four bytes that went through.
type ending struct {
	w    io.Writer
	last []byte
}

// Write implements [io.Writer].
func (e *ending) Write(p []byte) (int, error) {
	n, err := e.w.Write(p)
	e.last = append(e.last, p[max(0, n-4):n]...)
	e.last = e.last[max(0, len(e.last)-4):]
	return n, err
}
