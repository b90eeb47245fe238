package probe

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Agent is the User-Agent of the requests.
const Agent = "rhaptos-probe/1 (+https://github.com/rhaptos/rhaptos)"

// Request is a request of HTTP/1.1, or what is none.
type Request struct {
	Method string
	URL    *url.URL
	Fields []string // lines "Name: value", and such as no client writes
	Body   string

	Line       string   // request line in place of the right one; may be empty
	Hosts      []string // lines in place of the right Host; nil: that one
	Chunked    bool     // the content is sent in chunks, without its length
	Unfinished bool     // the empty line behind the fields is not sent
	Starved    bool     // the content is announced and not sent
	Ends       bool     // it matters whether the server ends the connection
}

// target is the request target: in origin form, with the query.
func (r *Request) target() string { return r.URL.RequestURI() }

// with is a copy with further fields, in place of those that have their names.
func (r Request) with(fields ...string) Request {
	added := Request{Fields: fields}
	r.Fields = slices.DeleteFunc(slices.Clone(r.Fields), func(f string) bool {
		name, _, _ := strings.Cut(f, ":")
		return added.has(name)
	})
	r.Fields = append(r.Fields, fields...)
	return r
}

// bytes is the request as it goes over the wire.
func (r *Request) bytes() string {
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
		line = r.Method + " " + r.target() + " HTTP/1.1"
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

// Curl is a command for a shell that sends the request once more and prints
// the answer. What curl does not send by itself goes through its telnet.
func (r *Request) Curl() string {
	if r.raw() {
		return r.telnet()
	}
	args := []string{"curl", "-si", "--path-as-is", "--http1.1", "-A", quote(Agent)}
	switch {
	case r.Method == "HEAD":
		args = append(args, "-I")
	case r.Method != "GET" || r.Body != "":
		args = append(args, "-X", r.Method)
	}
	fields := r.Fields
	if !r.has("Accept") {
		fields = append([]string{"Accept:"}, fields...) // curl's own
	}
	if r.Body != "" && !r.has("Content-Type") {
		fields = append(fields, "Content-Type:")
	}
	if r.Chunked {
		fields = append(fields, "Transfer-Encoding: chunked")
	}
	for _, f := range fields {
		args = append(args, "-H", quote(f))
	}
	if r.Body != "" {
		args = append(args, "--data-binary", quote(r.Body))
	}
	return strings.Join(append(args, quote(r.URL.String())), " ")
}

// raw reports whether the request is one that curl does not send.
func (r *Request) raw() bool {
	if r.Line != "" || r.Hosts != nil || r.Unfinished || r.Starved || r.has("Content-Length") || r.has("Transfer-Encoding") || r.has("Expect") {
		return true
	}
	for _, f := range r.Fields {
		name, value, colon := strings.Cut(f, ":")
		if !colon || strings.TrimSpace(name) != name || strings.ContainsFunc(value, func(c rune) bool { return c < ' ' }) {
			return true
		}
	}
	return len(r.Body) > 64<<10 || len(r.head()) > 64<<10 // more than a command line takes
}

// telnet keeps the connection open for as long as an answer may take.
func (r *Request) telnet() string {
	to := "curl -s telnet://" + address(r.URL)
	if r.URL.Scheme == "https" {
		to = "openssl s_client -quiet -connect " + address(r.URL)
	}
	return "(printf " + quotePrintf(r.bytes()) + "; sleep 15) | " + to
}

// address is HOST:PORT.
func address(u *url.URL) string {
	if u.Port() != "" {
		return u.Host
	}
	if u.Scheme == "https" {
		return u.Host + ":443"
	}
	return u.Host + ":80"
}

// quote is s as one word of a shell.
func quote(s string) string { return runs("'" + strings.ReplaceAll(s, "'", `'\''`) + "'") }

// quotePrintf is s as one word of a shell from which printf makes s.
func quotePrintf(s string) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c == '\r':
			b.WriteString(`\r`)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\\':
			b.WriteString(`\\`)
		case c == '%':
			b.WriteString("%%")
		case c == '\'':
			b.WriteString(`'\''`)
		case c < ' ' || c > '~':
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	return runs("'" + b.String() + "'")
}

// longRun is how many x in a row are sent because of their length alone.
const longRun = 400

// runs lets the shell make the long runs.
func runs(quoted string) string {
	var b strings.Builder
	for quoted != "" {
		start := max(strings.Index(quoted, strings.Repeat("x", longRun)), 0)
		end := start
		for end < len(quoted) && quoted[end] == 'x' {
			end++
		}
		if end-start < longRun {
			break
		}
		fmt.Fprintf(&b, `%s'"$(head -c %d /dev/zero | tr '\0' x)"'`, quoted[:start], end-start)
		quoted = quoted[end:]
	}
	return b.String() + quoted
}
