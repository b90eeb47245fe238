// Package pktline reads and writes the packets of which git's protocol is made:
// gitprotocol-common(5), "pkt-line Format", with the special packets of
// protocol version 2.
package pktline

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
)

// Kind tells data from the packets that only divide.
type Kind int

// The kinds are numbered like the lengths that stand for them on the wire.
const (
	Flush       Kind = 0
	Delim       Kind = 1
	ResponseEnd Kind = 2
	Data        Kind = 4
)

// MaxPayload is the largest payload of one packet, in bytes
// (gitprotocol-common(5)).
const MaxPayload = 65516

// header is the length of a packet's length.
const header = 4

// ErrFormat says that what was read is no packet.
var ErrFormat = errors.New("malformed pkt-line")

// ErrTooLarge says that a message is longer than the reader's limit.
var ErrTooLarge = errors.New("too many bytes of pkt-lines")

// Reader reads packets, never a byte beyond the last one that it returned.
type Reader struct {
	r    io.Reader
	left int64
	buf  []byte
}

// NewReader reads packets of at most limit bytes in all from r.
func NewReader(r io.Reader, limit int64) *Reader { return &Reader{r: r, left: limit} }

// Reset lets the reader read another limit bytes.
func (r *Reader) Reset(limit int64) { r.left = limit }

// Next reads one packet. The payload, nil unless it is data, is valid until the
// next call. At the end between two packets the error is io.EOF, in the middle
// of one io.ErrUnexpectedEOF.
func (r *Reader) Next() (Kind, []byte, error) {
	if len(r.buf) == 0 {
		r.buf = make([]byte, 128) // most are shorter
	}
	if _, err := io.ReadFull(r.r, r.buf[:header]); err != nil {
		return 0, nil, err
	}
	size, err := Length([header]byte(r.buf))
	if err != nil {
		return 0, nil, err
	}
	if r.left -= int64(max(size, header)); r.left < 0 {
		return 0, nil, ErrTooLarge
	}
	if size < header {
		return Kind(size), nil, nil
	}
	if size > len(r.buf) {
		r.buf = make([]byte, header+MaxPayload)
	}
	payload := r.buf[header:size]
	if _, err := io.ReadFull(r.r, payload); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return 0, nil, err
	}
	return Data, payload, nil
}

// Length reads the length with which a packet begins: of all of it, or, less
// than 4, the kind of one that has no data.
func Length(text [header]byte) (int, error) {
	var n [2]byte
	_, err := hex.Decode(n[:], text[:])
	size := int(n[0])<<8 | int(n[1])
	if err != nil || size == 3 || size > header+MaxPayload {
		return 0, fmt.Errorf("%w: length %q", ErrFormat, text[:])
	}
	return size, nil
}

// Append adds a packet with the text to b. A text longer than [MaxPayload] is a
// fault of the caller's, and panics.
func Append(b []byte, text ...string) []byte {
	size := header
	for _, t := range text {
		size += len(t)
	}
	if size > header+MaxPayload {
		panic("pktline: a packet too long")
	}
	b = fmt.Appendf(b, "%04x", size)
	for _, t := range text {
		b = append(b, t...)
	}
	return b
}

// AppendSpecial adds a packet that is not data to b.
func AppendSpecial(b []byte, k Kind) []byte { return fmt.Appendf(b, "%04x", int(k)) }
