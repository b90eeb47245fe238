package decision

import (
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// head is the head of a request of HTTP/1.1, as far as it must be understood to
// know where the request ends and whether it is one (RFC 9112).
type head struct {
	method, target, host string
	minor                byte // of the version, as a digit
	length               int64
	chunked, upgrade     bool

	hosts, lengths int // how many fields of the name there are
	codings        []string
	expectation    string
}

// verdict is the decision that a head fails, and why; noFailure if none.
type verdict struct {
	at  Way
	why string
}

var fits = verdict{at: noFailure}

// judge reads a head, from the request line to the empty line with which it
// ends, and finds the first decision that it fails. It takes less than net/http
// does, never more: net/http has nothing left to refuse by itself.
func judge(b []byte, maxTarget int) (head, verdict) {
	line, fields, _ := strings.Cut(string(b), "\r\n")
	var h head
	version, v := h.readLine(line, maxTarget)
	if v != fits {
		return h, v
	}
	syntax := h.readFields(fields)
	switch {
	case version[0] != '1':
		return h, verdict{W2, ""}
	case !validTarget(h.method, h.target):
		return h, verdict{W1, "The request target is not a valid one."}
	case syntax != fits:
		return h, syntax
	case h.hosts > 1:
		return h, verdict{W5, "There is more than one Host."}
	case h.hosts == 0 && h.minor > '0':
		return h, verdict{W5, "There is no Host."}
	case h.host != "" && !httpguts.ValidHostHeader(h.host):
		return h, verdict{W5, "The Host is not one."}
	}
	if v := h.frame(); v != fits {
		return h, v
	}
	if h.expectation != "" && !strings.EqualFold(h.expectation, "100-continue") {
		return h, verdict{S4, ""}
	}
	return h, fits
}

// readLine reads the request line (RFC 9112 section 3) and returns the
// version, as two digits.
func (h *head) readLine(line string, maxTarget int) (version string, v verdict) {
	method, rest, _ := strings.Cut(line, " ")
	target, protocol, ok := strings.Cut(rest, " ")
	h.method, h.target = method, target
	if len(target) > maxTarget {
		h.target = target[:maxTarget]
		return "", verdict{W3, ""}
	}
	major, minor, dot := strings.Cut(strings.TrimPrefix(protocol, "HTTP/"), ".")
	if !ok || !httpguts.ValidHeaderFieldName(method) || !strings.HasPrefix(protocol, "HTTP/") || !dot || !digit(major) || !digit(minor) {
		return "", verdict{W1, "The request line is not METHOD TARGET HTTP/VERSION."}
	}
	h.minor = minor[0]
	return major + minor, fits
}

func digit(s string) bool { return len(s) == 1 && s[0] >= '0' && s[0] <= '9' }

// validTarget reports whether the target is of one of the four forms of RFC 9112
// section 3.2.
func validTarget(method, target string) bool {
	for i := range len(target) {
		if target[i] <= ' ' || target[i] == 0x7f {
			return false
		}
	}
	switch {
	case target == "*":
		return method == "OPTIONS"
	case method == "CONNECT":
		target = "http://" + target
	case strings.HasPrefix(target, "/") && !strings.Contains(target, "%"):
		return true
	}
	u, err := url.ParseRequestURI(target)
	return err == nil && (target[0] == '/' || u.Host != "")
}

// readFields reads the field lines (RFC 9112 section 5). A line that begins with
// white space, which once meant that a value goes on, is refused.
func (h *head) readFields(lines string) verdict {
	for lines != "" {
		var line string
		line, lines, _ = strings.Cut(lines, "\r\n")
		if line == "" {
			break
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || !httpguts.ValidHeaderFieldName(name) {
			return verdict{W1, "A line of the header section is not NAME: VALUE."}
		}
		if !httpguts.ValidHeaderFieldValue(value) {
			return verdict{W1, "A field has control characters in it."}
		}
		if v := h.field(name, strings.Trim(value, " \t")); v != fits {
			return v
		}
	}
	return fits
}

// field notes what is needed of a field. The length of the name tells most of
// them apart from those that are of no interest.
func (h *head) field(name, value string) verdict {
	switch {
	case len(name) == 4 && strings.EqualFold(name, "Host"):
		h.hosts++
		h.host = value
	case len(name) == 6 && strings.EqualFold(name, "Expect"):
		h.expectation = strings.TrimPrefix(h.expectation+","+value, ",")
	case len(name) == 7 && strings.EqualFold(name, "Upgrade"):
		h.upgrade = true
	case len(name) == 7 && strings.EqualFold(name, "Trailer"):
		for key := range strings.SplitSeq(value, ",") {
			switch strings.ToLower(strings.TrimSpace(key)) {
			case "transfer-encoding", "content-length", "trailer":
				return verdict{W1, "A field that says where the content ends cannot come behind it."}
			}
		}
	case len(name) == 14 && strings.EqualFold(name, "Content-Length"):
		h.lengths++
		h.length = parseLength(value)
	case len(name) == 17 && strings.EqualFold(name, "Transfer-Encoding"):
		h.codings = append(h.codings, strings.ToLower(value))
	}
	return fits
}

// parseLength is the value of Content-Length, or -1 if it is none.
func parseLength(value string) int64 {
	if strings.TrimLeft(value, "0123456789") != "" {
		return -1 // ParseInt takes a sign
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// frame finds out where the content ends (RFC 9112 sections 6.1 to 6.3).
// Whatever two readers could understand differently is refused.
func (h *head) frame() verdict {
	switch {
	case h.lengths > 1:
		return verdict{W6, "There is more than one Content-Length."}
	case h.length < 0:
		return verdict{W6, "The Content-Length is not a number."}
	case len(h.codings) == 0:
		return fits
	case h.lengths > 0:
		return verdict{W6, "There are both a Content-Length and a Transfer-Encoding."}
	case h.minor == '0':
		return verdict{W6, "HTTP/1.0 has no Transfer-Encoding."}
	case len(h.codings) == 1 && h.codings[0] == "chunked":
		h.chunked = true
		return fits
	}
	for coding := range strings.SplitSeq(strings.Join(h.codings, ","), ",") {
		if strings.TrimSpace(coding) != "chunked" {
			return verdict{W7, "The only Transfer-Encoding that is understood is chunked."}
		}
	}
	return verdict{W6, "The Transfer-Encoding is chunked more than once."}
}
