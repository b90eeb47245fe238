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
