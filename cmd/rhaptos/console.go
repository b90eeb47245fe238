package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/rhaptos/rhaptos/gitserver/plaintext"
)

// console is where a subcommand reads and writes.
type console struct {
	in     io.Reader
	out    io.Writer
	err    io.Writer
	remote bool // of somebody at another machine, whose files are not here
}

// printf and errorf write what a terminal can show: control characters and
// bidirectional overrides, which may be in titles, names and messages, are left out.
func (c console) printf(format string, args ...any) {
	io.WriteString(c.out, plaintext.Text(fmt.Sprintf(format, args...)))
}

func (c console) errorf(format string, args ...any) {
	io.WriteString(c.err, plaintext.Text(fmt.Sprintf(format, args...)))
}

// maxText bounds what is read of a key or a secret.
const maxText = 64 << 10

// text reads a key or a secret from a file, or from standard input for "-". Over
// SSH there is only the latter: a name would be one of a file of the server's.
func (c console) text(file string) (string, error) {
	in := c.in
	switch {
	case file == "-":
	case c.remote:
		return "", errors.New("over SSH, give - as the file and send the text on standard input")
	default:
		f, err := os.Open(file)
		if err != nil {
			return "", err
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, maxText+1))
	if err != nil {
		return "", fmt.Errorf("read %s: %w", file, err)
	}
	if len(data) > maxText {
		return "", fmt.Errorf("read %s: too long for a key: more than %d bytes", file, maxText)
	}
	return strings.TrimSpace(string(data)), nil
}
