package wire

import (
	"cmp"
	"time"
)

// The limits where nothing else is said.
const (
	DefaultTarget      = 8 << 10 // recommended by RFC 9112 section 3
	DefaultHeader      = 16 << 10
	DefaultHeadTimeout = 10 * time.Second
)

// Limits bound the head of a request. A limit of zero is the default.
type Limits struct {
	Target      int           // the longest request target, in bytes
	Header      int           // the largest header section, in bytes; with Target less than [http.Server.MaxHeaderBytes]
	HeadTimeout time.Duration // from the first byte of a head to its last; ReadHeaderTimeout of the server counts until the first
}

// withDefaults fills in the limits that are zero.
func (l Limits) withDefaults() Limits {
	return Limits{
		Target:      cmp.Or(l.Target, DefaultTarget),
		Header:      cmp.Or(l.Header, DefaultHeader),
		HeadTimeout: cmp.Or(l.HeadTimeout, DefaultHeadTimeout),
	}
}
