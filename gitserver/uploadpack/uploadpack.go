// Package uploadpack reads what a client asks for when it fetches, strictly and
// within bounds, and writes it again in one normal form: what two clients mean
// alike is the same bytes.
//
// Protocol version 2 has commands (gitprotocol-v2(5)), see [ReadCommand].
// Versions 0 and 1 have one request (gitprotocol-pack(5), "Packfile
// Negotiation"), see [ReadWants] and [ReadNegotiation].
package uploadpack

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver/pktline"
)

// Bounds of one request.
const (
	MaxBytes = 10 << 20 // git-http-backend(1) reads as much, see GIT_HTTP_MAX_REQUEST_BUFFER

	maxLines    = 250_000
	maxPrefixes = 65_536 // as in git
	maxNot      = 64     // refs whose history is to be left out
)

// ErrRequest says that the client asks for something that it cannot have, or
// does not speak the protocol. The text is for its user.
var ErrRequest = errors.New("upload-pack")

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrRequest, fmt.Sprintf(format, args...))
}

// Selection describes the objects that a fetch asks for, in the terms that all
// versions of the protocol share.
type Selection struct {
	Wants    []plumbing.Hash
	Shallows []plumbing.Hash // where the history of the client ends
	Deepen   int64           // commits from each tip; zero: all
	Since    int64           // seconds since 1970; zero: no bound
	Not      []string        // names of refs whose history is left out
	Filter   string          // see gitprotocol-v2(5), "filter"; empty: none
}

// filters that are served, alone or several together. sparse:oid reads what a blob of
// the client's choice says: work for no book.
var filters = regexp.MustCompile(`^(blob:none|blob:limit=[0-9]{1,15}[kmg]?|tree:[0-9]{1,9})$`)

// maxFilters bounds the filters in one.
const maxFilters = 16

// parseFilter returns a filter in its normal form: of several that are combined
// (git-rev-list(1), "--filter=combine:") each once and in order, none of which can
// contain a character that would have to be escaped.
func parseFilter(text string) (string, error) {
	parts := []string{text}
	if list, ok := strings.CutPrefix(text, "combine:"); ok {
		parts = strings.SplitN(list, "+", maxFilters+1)
	}
	for i, part := range parts {
		plain, err := url.PathUnescape(part)
		if err != nil || len(parts) > maxFilters || !filters.MatchString(plain) {
			return "", refuse("filter %.100q is not served here: use blob:none, blob:limit=N or tree:N", text)
		}
		parts[i] = plain
	}
	slices.Sort(parts)
	if parts = slices.Compact(parts); len(parts) == 1 {
		return parts[0], nil
	}
	return "combine:" + strings.Join(parts, "+"), nil
}

// line takes one line of a request, if it is one of the selection's.
func (s *Selection) line(text []byte) (known bool, err error) {
	name, value, _ := bytes.Cut(text, []byte{' '})
	switch string(name) {
	case "want":
		err = appendID(&s.Wants, value)
	case "shallow":
		err = appendID(&s.Shallows, value)
	case "deepen":
		err = number(&s.Deepen, 1<<31-1, text, value)
	case "deepen-since":
		err = number(&s.Since, 1<<62, text, value)
	case "deepen-not":
		if len(s.Not) == maxNot {
			return true, refuse("more than %d lines of deepen-not", maxNot)
		}
		s.Not = append(s.Not, string(value))
	case "filter":
		if s.Filter != "" {
			return true, refuse("more than one filter")
		}
		s.Filter, err = parseFilter(string(value))
	default:
		return false, nil
	}
	return true, err
}

// check says what is wrong with the selection as a whole.
func (s *Selection) check() error {
	if s.Deepen > 0 && (s.Since > 0 || len(s.Not) > 0) {
		return refuse("deepen and deepen-since (or deepen-not) cannot be used together")
	}
	return nil
}

// appendLimits writes all but the wants.
func (s *Selection) appendLimits(b []byte) []byte {
	b = appendIDs(b, "shallow ", sorted(s.Shallows))
	if s.Deepen > 0 {
		b = pktline.Append(b, "deepen ", strconv.FormatInt(s.Deepen, 10))
	}
	if s.Since > 0 {
		b = pktline.Append(b, "deepen-since ", strconv.FormatInt(s.Since, 10))
	}
	for _, ref := range s.Not {
		b = pktline.Append(b, "deepen-not ", ref)
	}
	if s.Filter != "" {
		b = pktline.Append(b, "filter ", s.Filter)
	}
	return b
}

func appendIDs(b []byte, before string, ids []plumbing.Hash) []byte {
	for _, id := range ids {
		b = pktline.Append(b, before, id.String())
	}
	return b
}

// sorted is a copy of the ids in order, without repetitions.
func sorted(ids []plumbing.Hash) []plumbing.Hash {
	ids = slices.Clone(ids)
	slices.SortFunc(ids, func(a, b plumbing.Hash) int { return bytes.Compare(a[:], b[:]) })
	return slices.Compact(ids)
}

func parseID(text []byte) (id plumbing.Hash, ok bool) {
	if len(text) != hex.EncodedLen(len(id)) {
		return id, false
	}
	_, err := hex.Decode(id[:], text)
	return id, err == nil
}

func appendID(ids *[]plumbing.Hash, text []byte) error {
	id, ok := parseID(text)
	if !ok {
		return refuse("expected an object id, got %.100q", text)
	}
	*ids = append(*ids, id)
	return nil
}

func number(to *int64, most int64, line, value []byte) error {
	n, err := strconv.ParseInt(string(value), 10, 64)
	if err != nil || n <= 0 || n > most || value[0] == '+' {
		return refuse("invalid %.100q", line)
	}
	*to = n
	return nil
}

// lines hands the text of each packet up to the next that is not data to f. It
// returns what kind that was.
func lines(r *pktline.Reader, budget *int, f func(text []byte) error) (pktline.Kind, error) {
	for {
		kind, text, err := r.Next()
		if err != nil {
			return kind, fault(err)
		}
		if kind != pktline.Data {
			return kind, nil
		}
		if *budget--; *budget < 0 {
			return kind, refuse("more than %d lines in one request", maxLines)
		}
		if err := f(bytes.TrimSuffix(text, []byte{'\n'})); err != nil {
			return kind, err
		}
	}
}

// fault makes an error of what is no request; errors of reading stay.
func fault(err error) error {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return refuse("the request ended early")
	case errors.Is(err, pktline.ErrFormat):
		return refuse("%v", err)
	case errors.Is(err, pktline.ErrTooLarge):
		return refuse("a request of more than %d bytes", MaxBytes)
	}
	return err
}
