package ssh

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"runtime/debug"
	"strings"

	gliderssh "github.com/gliderlabs/ssh"
	gossh "golang.org/x/crypto/ssh"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/access"
)

// refusedStatus is the exit status of a command that is refused, git's own
// after "fatal:".
const refusedStatus = 128

// wrongWords is the exit status of an administration command that cannot be read.
const wrongWords = 2

// handle runs the command of one session and sends its exit status.
func (s *Server) handle(sess gliderssh.Session) {
	if !s.begin() {
		say(sess.Stderr(), "the server is shutting down: try again in a moment")
		sess.Exit(refusedStatus)
		return
	}
	defer s.sessions.Done()
	defer func() {
		if p := recover(); p != nil {
			s.config.Log.Error("git over SSH: panic", "panic", p, "stack", string(debug.Stack()))
			sess.Exit(refusedStatus)
		}
	}()
	sess.Exit(s.run(sess.Context(), sess))
}

// say sends the client one sentence.
func say(w io.Writer, sentence string) { fmt.Fprintf(w, "rhaptos: %s\n", sentence) }

// run returns the exit status of a session's command.
func (s *Server) run(ctx context.Context, sess gliderssh.Session) int {
	p, err := s.principal(ctx, sess)
	if err != nil {
		return s.refuse(sess, err, "")
	}
	switch line := sess.RawCommand(); {
	case line == "":
		s.greet(sess, p)
		return 0
	case s.config.AuthenticateLFS != nil && strings.HasPrefix(line, lfsAuthenticate+" "):
		return s.authenticateLFS(ctx, sess, p, line)
	case s.config.Administer != nil && !strings.HasPrefix(line, "git"):
		return s.administer(ctx, sess, p, line)
	}
	verb, owner, name, err := parseCommand(sess.RawCommand())
	if err != nil {
		say(sess.Stderr(), err.Error())
		return refusedStatus
	}
	repo, err := s.open(ctx, p, verb, owner, name)
	if err != nil {
		return s.refuse(sess, err, owner+"/"+name)
	}
	if err := s.serve(ctx, sess, p, repo, verb); err != nil {
		return s.failed(ctx, sess, p, repo, verb, err)
	}
	return 0
}

// administer carries out a command that is not git's.
func (s *Server) administer(ctx context.Context, sess gliderssh.Session, p access.Principal, line string) int {
	words, err := Split(line)
	if err != nil {
		say(sess.Stderr(), err.Error())
		return wrongWords
	}
	return s.config.Administer(ctx, p, words, sess, sess, sess.Stderr())
}

// principal returns the holder of the key that this connection has proved. The
// library remembers offered keys beside proven ones: the two must agree.
func (s *Server) principal(ctx context.Context, sess gliderssh.Session) (access.Principal, error) {
	conn := connOf(sess.Context())
	key := sess.PublicKey()
	if conn == nil || key == nil || !gliderssh.KeysEqual(key, conn.provenKey()) {
		return access.Principal{}, access.ErrUnauthenticated
	}
	return s.config.Access.ByKey(ctx, key)
}

// open returns the repository if p may run the verb on it.
func (s *Server) open(ctx context.Context, p access.Principal, verb, owner, name string) (*gitserver.Repository, error) {
	action := access.Read
	if verb == receivePack {
		action = access.Propose // each ref is asked for later
	}
	return s.config.Access.Find(ctx, p, owner, name, action)
}

func (s *Server) serve(ctx context.Context, sess gliderssh.Session, p access.Principal, repo *gitserver.Repository, verb string) error {
	fetch := &gitserver.Fetch{Repository: repo, Client: "account " + p.Name(), Protocol: protocol(sess.Environ())}
	switch verb {
	case uploadPack:
		return s.config.Packs.UploadPack(ctx, fetch, sess, sess)
	case uploadArchive:
		return s.config.Packs.UploadArchive(ctx, fetch, sess, sess)
	}
	push := &gitserver.Session{
		Repository: repo,
		Actor:      p.Name(),
		Transport:  "ssh",
		MayPush:    s.config.Access.MayPush(p, repo),
		MayPropose: s.config.Access.MayPropose(p, repo),

		MayAdminister: s.config.Access.MayAdminister(p, repo),
	}
	return s.config.Packs.ReceivePack(ctx, push, sess, sess)
}

// protocol is the version that the client asks for. The filter of requests has
// let through only what it may be; the last one counts.
func protocol(environ []string) string {
	const name = "GIT_PROTOCOL="
	version := ""
	for _, v := range environ {
		if len(v) > len(name) && v[:len(name)] == name && protocolVersion.MatchString(v[len(name):]) {
			version = v[len(name):]
		}
	}
	return version
}

// refuse says why a command does not begin. A repository that is not there
// and one that may not be known of get the same answer.
func (s *Server) refuse(sess gliderssh.Session, err error, path string) int {
	switch {
	case errors.Is(err, access.ErrForbidden):
		say(sess.Stderr(), err.Error())
	case errors.Is(err, access.ErrNotFound):
		say(sess.Stderr(), "repository "+path+" not found, or you may not read it")
	case errors.Is(err, access.ErrUnauthenticated):
		say(sess.Stderr(), "your key is no longer accepted: ask the operator of this server")
	default:
		if sess.Context().Err() == nil {
			s.config.Log.Error("git over SSH", "repository", path, "err", err)
		}
		say(sess.Stderr(), "the server failed: try again later; if it stays so, report it to the operator, whose log says more")
	}
	return refusedStatus
}

// failed ends a command that began and could not be carried through, whoever's
// fault it was; git has reported its side of it in its own answer. The exit status
// is that of the git process, where one failed.
func (s *Server) failed(ctx context.Context, sess gliderssh.Session, p access.Principal, repo *gitserver.Repository, verb string, err error) int {
	if ctx.Err() != nil {
		s.config.Log.Info("git over SSH: the client went away", "repository", repo.Path(), "verb", verb, "err", err)
		return refusedStatus
	}
	if errors.Is(err, gitserver.ErrRefused) || errors.As(err, new(*gitserver.BusyError)) {
		s.config.Log.Info("git over SSH: refused", "repository", repo.Path(), "verb", verb, "account", p.Name(), "err", err)
		return refusedStatus // reported in git's own answer
	}
	if errors.As(err, new(*gitserver.ReportedError)) {
		return 0 // as of git receive-pack(1): the report says that nothing was taken, and the log has a line
	}
	s.config.Log.Warn("git over SSH ended early", "repository", repo.Path(), "verb", verb, "account", p.Name(), "err", err)
	say(sess.Stderr(), verb+" ended early: if nothing above says why, ask the operator, whose log does")
	var exit interface{ ExitCode() int }
	if errors.As(err, &exit) && exit.ExitCode() > 0 {
		return exit.ExitCode()
	}
	return refusedStatus
}

// greet answers a plain ssh: who the server takes the client for, and what it may do.
func (s *Server) greet(w io.Writer, p access.Principal) {
	fmt.Fprintf(w, "Hello %s. This is a git server for books: your key is known, but there is no shell.\n", p.Name())
	if p.Account == nil {
		io.WriteString(w, "This key is for one repository: git can fetch with it, and push if the key may write.\n")
		return
	}
	command := Command(s.config.URL)
	if s.config.Administer != nil {
		fmt.Fprintf(w, "\nTo create a repository, and to see yours:\n\n    %s repo create %s/NAME\n    %s repo list\n", command, p.Name(), command)
	}
	if s.config.URL != "" {
		fmt.Fprintf(w, "\nTo push a book into a repository, in the folder of the book:\n\n    git push %s/%s/NAME HEAD\n", s.config.URL, p.Name())
	}
	if s.config.Administer != nil {
		fmt.Fprintf(w, "\nWhat else you may do:\n\n    %s help\n", command)
	}
}

// Command returns how ssh is called to reach the server at a URL such as
// "ssh://git@books.example:2222": "ssh -p 2222 git@books.example". An empty or
// malformed URL gives "ssh git@HOST".
func Command(server string) string {
	u, err := url.Parse(server)
	if err != nil || u.Hostname() == "" {
		return "ssh git@HOST"
	}
	if port := u.Port(); port != "" && port != "22" {
		return "ssh -p " + port + " git@" + u.Hostname()
	}
	return "ssh git@" + u.Hostname()
}

// Fingerprint is the host key as ssh shows it at the first connection: SHA256:...
func (s *Server) Fingerprint() string { return gossh.FingerprintSHA256(s.config.HostKey.PublicKey()) }
