package ssh

import (
	"context"
	"regexp"

	gliderssh "github.com/gliderlabs/ssh"
	gossh "golang.org/x/crypto/ssh"
)

// A git client sends two or three requests on a session.
const maxRequests = 32

var protocolVersion = regexp.MustCompile(`^version=[012]$`)

// session handles a channel of type session (RFC 4254 section 6): the library
// does, behind a filter.
func (s *Server) session(srv *gliderssh.Server, sc *gossh.ServerConn, ch gossh.NewChannel, ctx gliderssh.Context) {
	conn := connOf(ctx)
	if conn == nil || conn.sessions.Add(1) > int64(s.config.Limits.Sessions) {
		if conn != nil {
			conn.sessions.Add(-1)
		}
		ch.Reject(gossh.ResourceShortage, "too many sessions on this connection")
		return
	}
	defer conn.sessions.Add(-1)
	own, cancel := context.WithCancel(ctx)
	defer cancel()
	gliderssh.DefaultSessionHandler(srv, sc, &filtered{ch, cancel}, &sessionContext{ctx, own})
}

// sessionContext ends with its session, where the library's own ends with the
// connection: a client may close one of several sessions.
type sessionContext struct {
	gliderssh.Context
	own context.Context
}

func (c *sessionContext) Done() <-chan struct{} { return c.own.Done() }
func (c *sessionContext) Err() error            { return c.own.Err() }

// filtered is a new channel whose requests are filtered once it is accepted.
type filtered struct {
	gossh.NewChannel
	end context.CancelFunc
}

// Accept implements [gossh.NewChannel].
func (f *filtered) Accept() (gossh.Channel, <-chan *gossh.Request, error) {
	ch, in, err := f.NewChannel.Accept()
	if err != nil {
		return nil, nil, err
	}
	out := make(chan *gossh.Request)
	go func() {
		defer f.end()
		defer close(out)
		filter(ch, in, out)
	}()
	return ch, out, nil
}

// filter passes on what git needs: the command, a shell (which only gets a
// greeting), and the protocol's version. All else is refused: other variables,
// terminals, agents, X11, subsystems. Too many requests close the channel.
func filter(ch gossh.Channel, in <-chan *gossh.Request, out chan<- *gossh.Request) {
	n, commanded := 0, false
	for req := range in {
		if n++; n > maxRequests {
			ch.Close()
			continue // until the channel is closed on both sides
		}
		switch {
		case (req.Type == "exec" || req.Type == "shell") && !commanded:
			commanded = true
			out <- req
		case req.Type == "env" && allowedVariable(req.Payload):
			out <- req
		default:
			req.Reply(false, nil)
		}
	}
}

// allowedVariable reports whether an env request (RFC 4254 section 6.4) sets
// the one variable that git sends, to a value that git has.
func allowedVariable(payload []byte) bool {
	var v struct{ Name, Value string }
	if err := gossh.Unmarshal(payload, &v); err != nil {
		return false
	}
	return v.Name == "GIT_PROTOCOL" && protocolVersion.MatchString(v.Value)
}
