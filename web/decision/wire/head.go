package wire

import (
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// head holds what must be known of the head of an HTTP/1.1 request to find the
// end of the request and to check its form (RFC 9112).
type head struct {
	method, target, host string
	minor                byte // of the version, as a digit
	length               int64
	chunked, upgrade     bool

	hosts, lengths int // how many fields of the name there are
	codings        []string
	expectation    string
}

var none Fault

// parse reads a head, from the request line to the empty line that ends it, and
// returns its first fault. It is stricter than net/http and never more lenient,
// so net/http refuses nothing that passes.
func parse(b []byte, maxTarget int) (head, Fault) {
	line, fields, _ := strings.Cut(string(b), "\r\n")
	var h head
	version, fault := h.readLine(line, maxTarget)
	if fault != none {
		return h, fault
	}
	syntax := h.readFields(fields)
	switch {
	case version[0] != '1':
		return h, Fault{BadVersion, ""}
	case !validTarget(h.method, h.target):
		return h, Fault{BadSyntax, "The request target is not a valid one."}
	case syntax != none:
		return h, syntax
	case h.hosts > 1:
		return h, Fault{BadHost, "There is more than one Host."}
	case h.hosts == 0 && h.minor > '0':
		return h, Fault{BadHost, "There is no Host."}
	case h.host != "" && !httpguts.ValidHostHeader(h.host):
		return h, Fault{BadHost, "The Host is not one."}
	}
	if fault := h.frame(); fault != none {
		return h, fault
	}
	if h.expectation != "" && !strings.EqualFold(h.expectation, "100-continue") {
		return h, Fault{UnknownExpectation, ""}
	}
	return h, none
}

// readLine reads the request line (RFC 9112 section 3) and returns the
// version, as two digits.
func (h *head) readLine(line string, maxTarget int) (version string, fault Fault) {
	method, rest, _ := strings.Cut(line, " ")
	target, protocol, ok := strings.Cut(rest, " ")
	h.method, h.target = method, target
	if len(target) > maxTarget {
		h.target = target[:maxTarget]
		return "", Fault{TargetTooLong, ""}
	}
	major, minor, dot := strings.Cut(strings.TrimPrefix(protocol, "HTTP/"), ".")
	if !ok || !httpguts.ValidHeaderFieldName(method) || !strings.HasPrefix(protocol, "HTTP/") || !dot || !digit(major) || !digit(minor) {
		return "", Fault{BadSyntax, "The request line is not METHOD TARGET HTTP/VERSION."}
	}
	h.minor = minor[0]
	return major + minor, none
}

func digit(s string) bool { return len(s) == 1 && s[0] >= '0' && s[0] <= '9' }

// validTarget reports whether the target has one of the four forms of RFC 9112
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
	return err == nil && (target[0] == '/' || u.Host != "" && u.User == nil) // RFC 9110 section 4.2.4
}

// readFields reads the field lines (RFC 9112 section 5). A folded line (section
// 5.2) is refused.
func (h *head) readFields(lines string) Fault {
	for lines != "" {
		var line string
		line, lines, _ = strings.Cut(lines, "\r\n")
		if line == "" {
			break
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || !httpguts.ValidHeaderFieldName(name) {
			return Fault{BadSyntax, "A line of the header section is not NAME: VALUE."}
		}
		if !httpguts.ValidHeaderFieldValue(value) {
			return Fault{BadSyntax, "A field has control characters in it."}
		}
		if fault := h.field(name, strings.Trim(value, " \t")); fault != none {
			return fault
		}
	}
	return none
}

// field takes what is needed from a field. Comparing the length of the name
// first is cheap and rules out most fields.
func (h *head) field(name, value string) Fault {
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
				return Fault{BadSyntax, "A field that says where the content ends cannot come behind it."}
			}
		}
	case len(name) == 14 && strings.EqualFold(name, "Content-Length"):
		h.lengths++
		h.length = parseLength(value)
	case len(name) == 17 && strings.EqualFold(name, "Transfer-Encoding"):
		h.codings = append(h.codings, strings.ToLower(value))
	}
	return none
}

// parseLength returns the value of a Content-Length, or -1 if it is not a number.
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

// frame finds where the content ends (RFC 9112 sections 6.1 to 6.3). It refuses
// every head that another reader could frame differently.
func (h *head) frame() Fault {
	switch {
	case h.lengths > 1:
		return Fault{BadFraming, "There is more than one Content-Length."}
	case h.length < 0:
		return Fault{BadFraming, "The Content-Length is not a number."}
	case len(h.codings) == 0:
		return none
	case h.lengths > 0:
		return Fault{BadFraming, "There are both a Content-Length and a Transfer-Encoding."}
	case h.minor == '0':
		return Fault{BadFraming, "HTTP/1.0 has no Transfer-Encoding."}
	case len(h.codings) == 1 && h.codings[0] == "chunked":
		h.chunked = true
		return none
	}
	for coding := range strings.SplitSeq(strings.Join(h.codings, ","), ",") {
		if strings.TrimSpace(coding) != "chunked" {
			return Fault{UnknownCoding, "The only Transfer-Encoding that is understood is chunked."}
		}
	}
	return Fault{BadFraming, "The Transfer-Encoding is chunked more than once."}
}
