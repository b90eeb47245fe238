package decision

import (
	"strconv"
	"strings"

	"github.com/rhaptos/rhaptos/web/negotiate"
)

// longest limits the bytes of a value that a fact shows.
const longest = 120

// fact describes for a person what a decision compared: the fields of the
// request, and what is known of the resource.
func (e *exchange) fact(d *Decision) string {
	var parts []string
	for field := range strings.FieldsSeq(d.Fields) {
		if value, ok := e.asked(field); ok {
			parts = append(parts, field+": "+shorten(value))
		}
	}
	if known := e.known(); known != "" {
		parts = append(parts, shorten(known))
	}
	return strings.Join(parts, "; ")
}

// asked returns the value of a field or pseudo-field of the request; false if
// there is none. Those who may read traces may not read passwords.
func (e *exchange) asked(field string) (string, bool) {
	switch field {
	case ":method":
		return e.r.Method, true
	case ":path":
		return e.r.RequestURI, e.r.RequestURI != ""
	case ":authority", "Host":
		return e.r.Host, e.r.Host != ""
	case "Content-Length":
		return strconv.FormatInt(e.r.ContentLength, 10), e.r.ContentLength > 0
	case "Transfer-Encoding":
		return strings.Join(e.r.TransferEncoding, ", "), len(e.r.TransferEncoding) > 0
	case "Authorization":
		return "(not shown)", len(e.r.Header[field]) > 0
	}
	values := e.r.Header[field]
	return strings.Join(values, ", "), len(values) > 0
}

// known describes what the current decision compared the request with; empty if
// nothing.
func (e *exchange) known() string {
	chosen := e.selection.chosen
	switch e.at {
	case M2:
		return "allowed: " + strings.Join(e.allowed(), ", ")
	case M3, M4, M5, M6, M7:
		return e.complaint
	case X2a, X2c, X2d:
		return "location: " + e.state.Location
	case X3, X4:
		return e.state.Reason
	case N3:
		return "limit: " + strconv.FormatInt(e.content.Limit, 10)
	case N5:
		return "taken: " + strings.Join(e.content.Types, ", ")
	case C1, C2, C3, C4:
		return "offered: " + strings.Join(e.selection.offers, ", ")
	case P2, P3, P4, P4b, P5, P5b, P5c, D2:
		return e.outcome.Reason
	}
	if chosen == nil {
		return ""
	}
	switch e.at {
	case K3, K7, G3:
		return "current: " + chosen.ETag
	case K4, K5, K9, K10:
		if !chosen.Modified.IsZero() {
			return "current: " + negotiate.FormatDate(chosen.Modified)
		}
	case G4, G5, G6:
		return "bytes: " + strconv.FormatInt(chosen.Length, 10)
	}
	return ""
}

func shorten(s string) string {
	if len(s) <= longest {
		return s
	}
	return strings.ToValidUTF8(s[:longest], "") + "..."
}
