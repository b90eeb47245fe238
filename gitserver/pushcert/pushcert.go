// Package pushcert reads and verifies push certificates: the signed statement of
// who pushes which ref updates where (see "Push Certificate" in
// gitprotocol-pack(5), and --signed in git-push(1)).
package pushcert

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// Certificate is a push certificate as it was sent.
type Certificate struct {
	Pusher   string   // who signs, by their own word, and when
	Pushee   string   // where to, by the client's word; may be empty
	Nonce    string   // what the server asked to be signed; may be empty
	Options  []string // push options
	Commands []string // OLD SP NEW SP NAME, at least one

	payload   []byte // what is signed
	signature []byte // armored
}

const version = "certificate version 0.1"

// Parse reads a certificate: its header, an empty line, commands, and the
// signature to the end. All lines end in a line feed.
func Parse(text []byte) (*Certificate, error) {
	begin := bytes.Index(text, []byte("\n-----BEGIN ")) + 1
	if begin == 0 {
		return nil, errors.New("push certificate: there is no signature")
	}
	c := &Certificate{payload: text[:begin], signature: text[begin:]}
	if bytes.IndexByte(text, 0) >= 0 {
		return nil, errors.New("push certificate: a NUL in it")
	}
	header, commands, ok := strings.Cut(string(c.payload), "\n\n")
	if !ok {
		return nil, errors.New("push certificate: no empty line before the ref updates")
	}
	if err := c.readHeader(strings.Split(header, "\n")); err != nil {
		return nil, fmt.Errorf("push certificate: %w", err)
	}
	c.Commands = strings.Split(strings.TrimSuffix(commands, "\n"), "\n")
	for _, line := range c.Commands {
		if line == "" {
			return nil, errors.New("push certificate: an empty line among the ref updates")
		}
	}
	return c, nil
}

// readHeader reads the lines in the order in which git writes them.
func (c *Certificate) readHeader(lines []string) error {
	if lines[0] != version {
		return fmt.Errorf("it begins with %.60q, want %q", lines[0], version)
	}
	lines = lines[1:]
	take := func(key string) (string, bool) {
		if len(lines) == 0 {
			return "", false
		}
		value, ok := strings.CutPrefix(lines[0], key+" ")
		if !ok {
			return "", false
		}
		lines = lines[1:]
		return value, true
	}
	var ok bool
	if c.Pusher, ok = take("pusher"); !ok {
		return errors.New("it does not say who pushes")
	}
	c.Pushee, _ = take("pushee")
	c.Nonce, _ = take("nonce")
	for option, ok := take("push-option"); ok; option, ok = take("push-option") {
		c.Options = append(c.Options, option)
	}
	if len(lines) > 0 {
		return fmt.Errorf("a line that is not understood: %.60q", lines[0])
	}
	return nil
}

// Text is the certificate as it was sent.
func (c *Certificate) Text() string { return string(c.payload) + string(c.signature) }
