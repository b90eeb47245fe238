package uploadpack

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver/pktline"
)

// Wants is the first part of a request of protocol version 0 or 1.
type Wants struct {
	Selection
	Capabilities []string // those of [Capabilities] that the client asked for, sorted
}

// Capabilities are the capabilities of versions 0 and 1 that a client may request, beside
// filter, object-format and its own name.
var Capabilities = []string{
	"multi_ack", "thin-pack", "side-band", "side-band-64k", "ofs-delta", "no-progress", "include-tag",
	"multi_ack_detailed", "deepen-relative", "no-done", "filter",
}

// ReadWants reads up to the first flush and nothing behind it. It is nil when
// the client wants nothing. Errors are as those of [ReadCommand].
func ReadWants(r *pktline.Reader) (*Wants, error) {
	w := &Wants{}
	budget := maxLines
	first := true
	kind, err := lines(r, &budget, func(text []byte) error {
		if first {
			first = false
			var err error
			if text, err = w.capabilities(text); err != nil {
				return err
			}
		}
		known, err := w.line(text)
		if !known && err == nil {
			err = refuse("unexpected line %.100q", text)
		}
		return err
	})
	if errors.Is(err, io.EOF) && !first {
		err = fault(io.ErrUnexpectedEOF)
	}
	switch {
	case err != nil:
		return nil, err
	case kind != pktline.Flush:
		return nil, refuse("expected a flush after the wants")
	case first:
		return nil, nil
	case len(w.Wants) == 0:
		return nil, refuse("nothing is wanted")
	case w.Filter != "" && !slices.Contains(w.Capabilities, "filter"):
		return nil, refuse("a filter without the capability")
	}
	return w, w.check()
}

// capabilities cuts them off the first line, "want ID CAPABILITIES".
func (w *Wants) capabilities(text []byte) ([]byte, error) {
	const id = len("want ") + 40
	if !bytes.HasPrefix(text, []byte("want ")) {
		return nil, refuse("expected a want first, got %.100q", text)
	}
	if len(text) <= id || text[id] != ' ' {
		return text, nil
	}
	for _, c := range strings.Fields(string(text[id:])) {
		format, ok := strings.CutPrefix(c, "object-format=")
		switch {
		case ok:
			if err := checkFormat(format); err != nil {
				return nil, err
			}
		case slices.Contains(Capabilities, c):
			w.Capabilities = append(w.Capabilities, c)
		}
		// Others are no business of ours: git ignores them too.
	}
	slices.Sort(w.Capabilities)
	w.Capabilities = slices.Compact(w.Capabilities)
	return text[:id], nil
}

// Append adds the request in its normal form, see [Command].
func (w *Wants) Append(b []byte) []byte {
	for i, id := range sorted(w.Wants) {
		if i == 0 && len(w.Capabilities) > 0 {
			b = pktline.Append(b, "want ", id.String(), " ", strings.Join(w.Capabilities, " "), "\n")
			continue
		}
		b = pktline.Append(b, "want ", id.String(), "\n")
	}
	b = w.appendLimits(b)
	return pktline.AppendSpecial(b, pktline.Flush)
}

// Negotiation is the part of a request over HTTP that follows the wants.
type Negotiation struct {
	Haves [][]plumbing.Hash // in groups with a flush between them
	Done  bool
}

// ReadNegotiation reads the haves, up to "done" or the end.
func ReadNegotiation(r *pktline.Reader) (*Negotiation, error) {
	n := &Negotiation{}
	budget := maxLines
	for {
		var group []plumbing.Hash
		done := errors.New("done")
		kind, err := lines(r, &budget, func(text []byte) error {
			if string(text) == "done" {
				return done
			}
			id, ok := bytes.CutPrefix(text, []byte("have "))
			if !ok {
				return refuse("expected a have, got %.100q", text)
			}
			return appendID(&group, id)
		})
		if budget--; budget < 0 {
			return nil, refuse("more than %d lines in one request", maxLines)
		}
		n.Haves = append(n.Haves, group)
		switch {
		case errors.Is(err, done):
			n.Done = true
			return n, nil
		case errors.Is(err, io.EOF):
			return n, nil
		case err != nil:
			return nil, err
		case kind != pktline.Flush:
			return nil, refuse("expected a flush after the haves")
		}
	}
}

// Append adds the negotiation as it was read.
func (n *Negotiation) Append(b []byte) []byte {
	for i, group := range n.Haves {
		if i > 0 {
			b = pktline.AppendSpecial(b, pktline.Flush)
		}
		for _, id := range group {
			b = pktline.Append(b, "have ", id.String(), "\n")
		}
	}
	if n.Done {
		b = pktline.Append(b, "done\n")
	}
	return b
}
