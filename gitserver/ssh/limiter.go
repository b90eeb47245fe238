package ssh

import (
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// preAuthLimiter counts connections. When too many have not authenticated yet, the
// oldest of them is closed: a client that floods the server with silent connections
// loses its own, while honest clients authenticate in a fraction of a second.
type preAuthLimiter struct {
	limits Limits

	mu     sync.Mutex
	closed bool
	conns  map[*conn]bool
	from   map[netip.Prefix]int // connections by address
	queue  []*conn              // not authenticated yet, longest waiting first
}

func newPreAuthLimiter(limits Limits) *preAuthLimiter {
	return &preAuthLimiter{limits: limits, conns: map[*conn]bool{}, from: map[netip.Prefix]int{}}
}

// conn is one connection. Until it has authenticated, none of its deadlines
// lies after that of the handshake.
type conn struct {
	net.Conn
	limiter *preAuthLimiter
	address netip.Prefix

	mu     sync.Mutex
	before time.Time       // end of the handshake; zero once authenticated
	key    gossh.PublicKey // proven, by the last signature that was right

	sessions atomic.Int64 // open on it
	once     sync.Once
}

// admit lets a connection in, or returns nil.
func (l *preAuthLimiter) admit(nc net.Conn, now time.Time) *conn {
	c := &conn{Conn: nc, limiter: l, address: addressOf(nc.RemoteAddr()), before: now.Add(l.limits.Handshake)}
	c.Conn.SetDeadline(c.before)
	l.mu.Lock()
	leave, ok := l.makeRoom(c.address)
	if ok {
		l.conns[c] = true
		l.from[c.address]++
		l.queue = append(l.queue, c)
	}
	l.mu.Unlock()
	for _, other := range leave {
		other.Close()
	}
	if !ok {
		return nil
	}
	return c
}

// makeRoom returns the connections to close so that one more from the address fits,
// and takes them out of the queue; ok is false if none can be closed.
func (l *preAuthLimiter) makeRoom(address netip.Prefix) (leave []*conn, ok bool) {
	if l.closed {
		return nil, false
	}
	if l.from[address] >= l.limits.PerAddress {
		oldest := l.oldest(func(c *conn) bool { return c.address == address })
		if oldest == nil {
			return nil, false
		}
		leave = append(leave, oldest)
	}
	if len(l.queue) >= l.limits.Unauthenticated {
		leave = append(leave, l.oldest(func(*conn) bool { return true }))
	}
	return leave, true
}

// oldest takes the connection that waits for longest out of the queue.
func (l *preAuthLimiter) oldest(of func(*conn) bool) *conn {
	for i, c := range l.queue {
		if of(c) {
			l.queue = append(l.queue[:i:i], l.queue[i+1:]...)
			return c
		}
	}
	return nil
}

// shut lets nobody in any more and closes what has not authenticated.
func (l *preAuthLimiter) shut() {
	l.mu.Lock()
	l.closed = true
	leave := l.queue
	l.queue = nil
	l.mu.Unlock()
	for _, c := range leave {
		c.Close()
	}
}

// empty closes all connections.
func (l *preAuthLimiter) empty() {
	l.mu.Lock()
	var leave []*conn
	for c := range l.conns {
		leave = append(leave, c)
	}
	l.mu.Unlock()
	for _, c := range leave {
		c.Close()
	}
}

// authenticated notes the key that the client has proved to hold.
func (c *conn) authenticated(key gossh.PublicKey) {
	c.mu.Lock()
	c.before, c.key = time.Time{}, key
	c.mu.Unlock()
	c.limiter.mu.Lock()
	defer c.limiter.mu.Unlock()
	c.limiter.oldest(func(other *conn) bool { return other == c })
}

// provenKey is the key that the client has proved to hold, nil before that.
func (c *conn) provenKey() gossh.PublicKey {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.key
}

// SetDeadline implements [net.Conn]; the library moves the deadline with each
// byte. The lock is held so that the last word is that of the newest state.
func (c *conn) SetDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.before.IsZero() && (t.IsZero() || t.After(c.before)) {
		t = c.before
	}
	return c.Conn.SetDeadline(t)
}

// Close implements [net.Conn]; it may be called more than once.
func (c *conn) Close() error {
	c.once.Do(func() { c.limiter.leave(c) })
	return c.Conn.Close()
}

func (l *preAuthLimiter) leave(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.oldest(func(other *conn) bool { return other == c })
	delete(l.conns, c)
	if l.from[c.address]--; l.from[c.address] <= 0 {
		delete(l.from, c.address)
	}
}

// addressOf returns the network that counts as one client: an IPv4 address, or the
// /64 of an IPv6 address. All other addresses count as one client.
func addressOf(a net.Addr) netip.Prefix {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.Prefix{}
	}
	ip := tcp.AddrPort().Addr().Unmap().WithZone("")
	bits := 32
	if ip.Is6() {
		bits = 64
	}
	prefix, err := ip.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return prefix
}
