package rawhttp

import (
	"fmt"
	"net/url"
	"strings"
)

// Curl returns a shell command that sends the request again and prints the
// response. A request that curl cannot make is sent through its telnet.
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

// raw reports whether curl cannot make the request.
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

// telnet keeps the connection open for as long as a response may take.
func (r *Request) telnet() string {
	to := "curl -s telnet://" + address(r.URL)
	if r.URL.Scheme == "https" {
		to = "openssl s_client -quiet -connect " + address(r.URL)
	}
	return "(printf " + quotePrintf(r.Bytes()) + "; sleep 15) | " + to
}

// address returns HOST:PORT.
func address(u *url.URL) string {
	if u.Port() != "" {
		return u.Host
	}
	if u.Scheme == "https" {
		return u.Host + ":443"
	}
	return u.Host + ":80"
}

// quote writes s as one word of a shell.
func quote(s string) string { return runs("'" + strings.ReplaceAll(s, "'", `'\''`) + "'") }

// quotePrintf writes s as one word of a shell from which printf makes s.
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

// longRun is from how many x in a row on the shell makes them.
const longRun = 400

// runs replaces long runs of x by a command that makes them.
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
