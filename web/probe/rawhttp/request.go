package rawhttp

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Agent is the User-Agent of all requests.
const Agent = "rhaptos-probe/1 (+https://github.com/rhaptos/rhaptos)"

// Request is an HTTP/1.1 request, well-formed or not.
type Request struct {
	Method string
	URL    *url.URL
	Fields []string // lines "Name: value", sent as they are
	Body   string

	Line       string   // the request line; the right one if empty
	Hosts      []string // the lines in place of Host; the right one if nil
	Chunked    bool     // send the content in chunks, without its length
	Unfinished bool     // leave out the empty line that ends the head
	Starved    bool     // announce the content and do not send it
	Ends       bool     // find out whether the server closes the connection
}

// Target returns the request target in origin form, with the query.
func (r *Request) Target() string { return r.URL.RequestURI() }

// With returns a copy with further fields, which replace those of the same name.
func (r Request) With(fields ...string) Request {
	added := Request{Fields: fields}
	r.Fields = slices.DeleteFunc(slices.Clone(r.Fields), func(f string) bool {
		name, _, _ := strings.Cut(f, ":")
		return added.has(name)
	})
	r.Fields = append(r.Fields, fields...)
	return r
}

// Bytes returns the request as it goes over the wire.
func (r *Request) Bytes() string {
	var b strings.Builder
	b.WriteString(r.head())
	if r.Starved {
		return b.String()
	}
	if r.Chunked {
		for rest := r.Body; rest != ""; {
			chunk := rest[:min(len(rest), 32<<10)]
			rest = rest[len(chunk):]
			fmt.Fprintf(&b, "%x\r\n%s\r\n", len(chunk), chunk)
		}
		b.WriteString("0\r\n\r\n")
		return b.String()
	}
	b.WriteString(r.Body)
	return b.String()
}

func (r *Request) head() string {
	var b strings.Builder
	line := r.Line
	if line == "" {
		line = r.Method + " " + r.Target() + " HTTP/1.1"
	}
	b.WriteString(line + "\r\n")
	hosts := r.Hosts
	if hosts == nil {
		hosts = []string{"Host: " + r.URL.Host}
	}
	for _, h := range hosts {
		b.WriteString(h + "\r\n")
	}
	b.WriteString("User-Agent: " + Agent + "\r\n")
	for _, f := range r.Fields {
		b.WriteString(f + "\r\n")
	}
	switch {
	case r.Chunked:
		b.WriteString("Transfer-Encoding: chunked\r\n")
	case r.Body != "" && !r.has("Content-Length") && !r.has("Transfer-Encoding"):
		b.WriteString("Content-Length: " + strconv.Itoa(len(r.Body)) + "\r\n")
	}
	if !r.Unfinished {
		b.WriteString("\r\n")
	}
	return b.String()
}

func (r *Request) has(name string) bool {
	for _, f := range r.Fields {
		if n, _, _ := strings.Cut(f, ":"); strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}
