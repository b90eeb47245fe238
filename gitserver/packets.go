package gitserver

import (
	"bytes"
	"io"
	"strings"

	"github.com/rhaptos/rhaptos/gitserver/pktline"
)

// firstPackets is a writer for a stream of packets. It hands the first ones to
// edit, whole and with their length, and writes what that makes of each; when
// edit has had enough, the rest goes through as it comes.
type firstPackets struct {
	out  io.Writer
	edit func(packet []byte) (edited []byte, more bool)
	part []byte // of a packet that is not complete
}

// Write implements [io.Writer].
func (f *firstPackets) Write(p []byte) (int, error) {
	if f.edit == nil {
		return f.out.Write(p)
	}
	f.part = append(f.part, p...)
	var edited []byte
	for f.edit != nil && len(f.part) >= 4 {
		size, err := pktline.Length([4]byte(f.part))
		if err != nil {
			return 0, err
		}
		if size = max(size, 4); len(f.part) < size {
			break
		}
		text, more := f.edit(f.part[:size])
		edited = append(edited, text...)
		if f.part = f.part[size:]; !more {
			edited = append(edited, f.part...)
			f.edit, f.part = nil, nil
		}
	}
	if len(edited) > 0 {
		if _, err := f.out.Write(edited); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// withoutServerPaths passes on the response of a native git process, in which messages
// and errors name files by their last name only. It keeps of the stream what it cannot
// tell yet: never more than one packet. What does not look like packets, such as a pack
// without side-band, passes as it is.
type withoutServerPaths struct {
	out  io.Writer
	head []byte // of a packet: its length and what tells its kind, or a whole message
	left int    // bytes of a packet that pass as they are
	wait int    // how long head must be to go on
	raw  bool   // no packets follow
}

// told is how much of a packet tells whether it is a message: its length and "ERR ".
const told = 8

// Write implements [io.Writer].
func (w *withoutServerPaths) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		if w.raw {
			if _, err := w.out.Write(rest); err != nil {
				return 0, err
			}
			break
		}
		if w.left > 0 {
			n := min(w.left, len(rest))
			if _, err := w.out.Write(rest[:n]); err != nil {
				return 0, err
			}
			w.left, rest = w.left-n, rest[n:]
			continue
		}
		n := min(max(w.wait, 4)-len(w.head), len(rest))
		w.head, rest = append(w.head, rest[:n]...), rest[n:]
		if err := w.advance(); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// advance decides about the packet whose beginning is in head.
func (w *withoutServerPaths) advance() error {
	if len(w.head) < max(w.wait, 4) {
		return nil
	}
	size, err := pktline.Length([4]byte(w.head))
	if err != nil {
		w.raw = true
		_, err = w.out.Write(w.head)
		return err
	}
	if size = max(size, 4); len(w.head) < min(size, told) {
		w.wait = min(size, told)
		return nil
	}
	message := size > 4 && (w.head[4] == 2 || w.head[4] == 3) || size > told && string(w.head[4:told]) == "ERR "
	if message && len(w.head) < size {
		w.wait = size
		return nil
	}
	out := w.head
	if message {
		out = pktline.Append(nil, withoutPaths(string(w.head[4:size])))
	}
	w.left = size - len(w.head)
	_, err = w.out.Write(out)
	w.head, w.wait = w.head[:0], 0
	return err
}

const flush = "0000"

// behindFlush passes on what follows the first flush.
func behindFlush(out io.Writer) io.Writer {
	return &firstPackets{out: out, edit: func(packet []byte) ([]byte, bool) { return nil, string(packet) != flush }}
}

// beforePack passes on an answer of protocol version 2 with a section more in
// front of the pack, if there is a pack.
func beforePack(out io.Writer, section []byte) io.Writer {
	if len(section) == 0 {
		return out
	}
	return &firstPackets{out: out, edit: func(packet []byte) ([]byte, bool) {
		if strings.TrimPrefix(string(packet[4:]), "\x01") == "packfile\n" {
			return append(bytes.Clone(section), packet...), false
		}
		return packet, string(packet) != flush
	}}
}
