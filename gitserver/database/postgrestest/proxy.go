package postgrestest

import (
	"bytes"
	"io"
	"net"
	"sync"
	"sync/atomic"
)

// Cut says at which point of the next commit a proxy cuts the connection.
type Cut int

// The points.
const (
	Never        Cut = iota
	BeforeCommit     // the server does not get the COMMIT
	AfterCommit      // the server has committed, and its answer is lost
	ForGood          // as AfterCommit, and nothing passes any more
)

// Proxy passes connections on to a server.
type Proxy struct {
	listener net.Listener
	target   string

	mu      sync.Mutex
	cut     Cut
	cuts    int
	refuses bool
	conns   map[net.Conn]bool
}

// NewProxy listens on 127.0.0.1, for a server at the address. The caller closes it.
func NewProxy(target string) (*Proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{listener: l, target: target, conns: map[net.Conn]bool{}}
	go p.accept()
	return p, nil
}

// Address is where the proxy listens.
func (p *Proxy) Address() string { return p.listener.Addr().String() }

// Next has the connection cut that commits next; all others go on.
func (p *Proxy) Next(c Cut) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = c
}

// Cuts is how many connections were cut at a commit.
func (p *Proxy) Cuts() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cuts
}

// Close ends the proxy and all connections through it.
func (p *Proxy) Close() {
	p.listener.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.Close()
	}
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.target)
		if err != nil {
			client.Close()
			continue
		}
		p.mu.Lock()
		p.conns[client], p.conns[server] = true, true
		p.mu.Unlock()
		go p.serve(client, server)
	}
}

// take is the cut to make at this commit.
func (p *Proxy) take() Cut {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.cut
	if c != Never {
		p.cut = Never
		p.cuts++
	}
	p.refuses = c == ForGood
	return c
}

func (p *Proxy) refusing() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.refuses
}

// commit is the message that pgx sends to commit: a simple query.
var commit = []byte("Q\x00\x00\x00\x0bcommit\x00")

func (p *Proxy) serve(client, server net.Conn) {
	defer func() {
		client.Close()
		server.Close()
		p.mu.Lock()
		delete(p.conns, client)
		delete(p.conns, server)
		p.mu.Unlock()
	}()
	var silent atomic.Bool // no answer goes through any more
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		defer client.Close()
		_, _ = io.Copy(&muted{client, &silent}, server)
	}()
	b := make([]byte, 32<<10)
	for {
		n, err := client.Read(b)
		if err != nil {
			return
		}
		if bytes.Contains(b[:n], commit) {
			switch p.take() {
			case BeforeCommit:
				return
			case AfterCommit, ForGood:
				silent.Store(true)
				_, _ = server.Write(append(b[:n:n], terminate...))
				<-answered
				if p.refusing() {
					p.Close()
				}
				return
			}
		}
		if _, err := server.Write(b[:n]); err != nil {
			return
		}
	}
}

// terminate is the message that ends a session: the server closes the connection when
// it has done all that came before.
var terminate = []byte("X\x00\x00\x00\x04")

// muted drops what it is given once it is silent.
type muted struct {
	io.Writer
	silent *atomic.Bool
}

// Write implements io.Writer.
func (m *muted) Write(b []byte) (int, error) {
	if m.silent.Load() {
		return len(b), nil
	}
	return m.Writer.Write(b)
}
