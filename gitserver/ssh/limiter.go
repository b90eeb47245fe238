package ssh

import (
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// door counts the connections. When too many have not authenticated, the one
// that has been at it for longest has to go: who floods the door with silent
// connections drives out his own, while honest clients need a fraction of a
// second.
type door struct {
	limits Limits

	mu     sync.Mutex
	closed bool
	guests map[*conn]bool
	from   map[netip.Prefix]int // connections by address
	queue  []*conn              // not authenticated yet, longest waiting first
}

func newDoor(limits Limits) *door {
	return &door{limits: limits, guests: map[*conn]bool{}, from: map[netip.Prefix]int{}}
}

// conn is one connection. Until it has authenticated, none of its deadlines
// lies after that of the handshake.
type conn struct {
	net.Conn
	door    *door
	address netip.Prefix

	mu     sync.Mutex
	before time.Time       // end of the handshake; zero once authenticated
	key    gossh.PublicKey // proven, by the last signature that was right

	sessions atomic.Int64 // open on it
	once     sync.Once
}

// admit lets a connection in, or returns nil.
func (d *door) admit(nc net.Conn, now time.Time) *conn {
	c := &conn{Conn: nc, door: d, address: addressOf(nc.RemoteAddr()), before: now.Add(d.limits.Handshake)}
	c.Conn.SetDeadline(c.before)
	d.mu.Lock()
	leave, ok := d.makeRoom(c.address)
	if ok {
		d.guests[c] = true
		d.from[c.address]++
		d.queue = append(d.queue, c)
	}
	d.mu.Unlock()
	for _, other := range leave {
		other.Close()
	}
	if !ok {
		return nil
	}
	return c
}

// makeRoom says who has to leave for one more from an address; ok is false
// where nobody can be asked to. Who leaves is no longer in the queue.
func (d *door) makeRoom(address netip.Prefix) (leave []*conn, ok bool) {
	if d.closed {
		return nil, false
	}
	if d.from[address] >= d.limits.PerAddress {
		oldest := d.oldest(func(c *conn) bool { return c.address == address })
		if oldest == nil {
			return nil, false
		}
		leave = append(leave, oldest)
	}
	if len(d.queue) >= d.limits.Unauthenticated {
		leave = append(leave, d.oldest(func(*conn) bool { return true }))
	}
	return leave, true
}

// oldest takes the connection that waits for longest out of the queue.
func (d *door) oldest(of func(*conn) bool) *conn {
	for i, c := range d.queue {
		if of(c) {
			d.queue = append(d.queue[:i:i], d.queue[i+1:]...)
			return c
		}
	}
	return nil
}

// shut lets nobody in any more and closes what has not authenticated.
func (d *door) shut() {
	d.mu.Lock()
	d.closed = true
	leave := d.queue
	d.queue = nil
	d.mu.Unlock()
	for _, c := range leave {
		c.Close()
	}
}

// empty closes all connections.
func (d *door) empty() {
	d.mu.Lock()
	var leave []*conn
	for c := range d.guests {
		leave = append(leave, c)
	}
	d.mu.Unlock()
	for _, c := range leave {
		c.Close()
	}
}

// authenticated notes the key that the client has proved to hold.
func (c *conn) authenticated(key gossh.PublicKey) {
	c.mu.Lock()
	c.before, c.key = time.Time{}, key
	c.mu.Unlock()
	c.door.mu.Lock()
	defer c.door.mu.Unlock()
	c.door.oldest(func(other *conn) bool { return other == c })
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
	c.once.Do(func() { c.door.leave(c) })
	return c.Conn.Close()
}

func (d *door) leave(c *conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.oldest(func(other *conn) bool { return other == c })
	delete(d.guests, c)
	if d.from[c.address]--; d.from[c.address] <= 0 {
		delete(d.from, c.address)
	}
}

// addressOf is what counts as one client: an IPv4 address, or the network of
// 64 bits that one IPv6 host has to itself. All others count as one.
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
