package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// raw speaks the protocol without git, so that the client costs little. One raw
// is one connection, which git too keeps for the requests of one command.
type raw struct {
	url  *url.URL
	conn net.Conn
	r    *bufio.Reader
}

func dialRaw(address string) (*raw, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		return nil, err
	}
	return &raw{url: u, conn: conn, r: bufio.NewReaderSize(conn, 64<<10)}, nil
}

func (c *raw) close() { c.conn.Close() }

// request sends a request, of which body is nil for GET, and returns the answer.
func (c *raw) request(path string, body []byte) (io.ReadCloser, error) {
	var b bytes.Buffer
	method := http.MethodGet
	if body != nil {
		method = http.MethodPost
	}
	fmt.Fprintf(&b, "%s %s/%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: git/2.39.5\r\nGit-Protocol: version=2\r\n", method, c.url.Path, path, c.url.Host)
	if body != nil {
		fmt.Fprintf(&b, "Content-Type: application/x-git-upload-pack-request\r\nContent-Length: %d\r\n", len(body))
	}
	b.WriteString("\r\n")
	b.Write(body)
	if _, err := c.conn.Write(b.Bytes()); err != nil {
		return nil, err
	}
	answer, err := http.ReadResponse(c.r, nil)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", path, answer.Status)
	}
	return answer.Body, nil
}

func (c *raw) text(path string, body []byte) (string, error) {
	r, err := c.request(path, body)
	if err != nil {
		return "", err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	return string(b), err
}

func pkt(lines ...string) []byte {
	var b bytes.Buffer
	for _, line := range lines {
		switch line {
		case "0000", "0001":
			b.WriteString(line)
		default:
			fmt.Fprintf(&b, "%04x%s\n", len(line)+5, line)
		}
	}
	return b.Bytes()
}

// lsRemote asks for all refs as git ls-remote does: a second request if the
// server speaks version 2. It returns what the server first said of itself.
func (c *raw) lsRemote(want string) (advertised string, err error) {
	advertised, err = c.text("info/refs?service=git-upload-pack", nil)
	if err != nil {
		return "", err
	}
	refs := advertised
	if strings.Contains(advertised, "version 2") {
		refs, err = c.text("git-upload-pack", pkt("command=ls-refs", "agent=git/2.39.5", "object-format=sha1", "0001", "peel", "symrefs", "0000"))
	}
	if err == nil && !strings.Contains(refs, want+" refs/heads/main") {
		err = fmt.Errorf("the refs lack %s: %.300q", want, refs)
	}
	return advertised, err
}

// fetch takes the whole history of a commit, as a clone does, and returns how
// many bytes that were.
func (c *raw) fetch(want string) (int64, error) {
	advertised, err := c.lsRemote(want)
	if err != nil {
		return 0, err
	}
	body := pkt("command=fetch", "agent=git/2.39.5", "object-format=sha1", "0001", "no-progress", "ofs-delta", "want "+want, "done", "0000")
	if !strings.Contains(advertised, "version 2") {
		capabilities := ""
		for _, name := range []string{"side-band-64k", "ofs-delta", "no-progress"} {
			if strings.Contains(advertised, name) {
				capabilities += " " + name
			}
		}
		body = pkt("want "+want+capabilities, "0000", "done")
	}
	r, err := c.request("git-upload-pack", body)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	beginning, err := io.ReadAll(io.LimitReader(r, 64))
	if err != nil || !bytes.Contains(beginning, []byte("PACK")) {
		return 0, fmt.Errorf("no pack came: %q, %v", beginning, err)
	}
	n, err := io.Copy(io.Discard, r)
	return n + int64(len(beginning)), err
}
