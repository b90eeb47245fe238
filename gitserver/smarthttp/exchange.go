package smarthttp

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/rhaptos/rhaptos/gitserver"
)

// advertise answers GET info/refs.
func (h *handler) advertise(w http.ResponseWriter, r *http.Request, c *call) {
	out := newAnswer(w, h.Idle, "application/x-"+c.verb+"-advertisement")
	var advert bytes.Buffer
	err := h.writeAdvert(&advert, r, c)
	if err == nil {
		err = out.WriteWhole(&advert, int64(advert.Len()))
	}
	h.finish(w, r, c, out, err)
}

// writeAdvert writes the advertised refs. The "# service" header goes before
// them except in protocol version 2, which only fetches speak.
func (h *handler) writeAdvert(w io.Writer, r *http.Request, c *call) error {
	if c.verb == receivePack {
		if err := writeAdvertHeader(w, c.verb); err != nil {
			return err
		}
		return h.Packs.AdvertiseReceive(r.Context(), c.repo, w)
	}
	if c.protocol != "version=2" {
		if err := writeAdvertHeader(w, c.verb); err != nil {
			return err
		}
	}
	return h.Packs.AdvertiseUpload(r.Context(), c.repo, c.protocol, w)
}

// writeAdvertHeader writes one pkt-line and a flush (gitprotocol-http(5),
// "Smart Server Response").
func writeAdvertHeader(w io.Writer, verb string) error {
	line := "# service=" + verb + "\n"
	_, err := fmt.Fprintf(w, "%04x%s0000", len(line)+4, line)
	return err
}

// exchange answers a POST: the request's body and the answer's are the two
// directions of the pack protocol.
func (h *handler) exchange(w http.ResponseWriter, r *http.Request, c *call) {
	// Where the server cannot read and write at once (HTTP/1.0, a recorder in
	// a test) the exchange works all the same: clients send, then read.
	_ = http.NewResponseController(w).EnableFullDuplex()
	in := newBody(w, r.Body, h.Idle)
	out := newAnswer(w, h.Idle, "application/x-"+c.verb+"-result")
	defer func() {
		if err := in.Close(); err != nil && out.begun {
			panic(http.ErrAbortHandler) // net/http's word for hanging up
		}
	}()
	body, err := h.decode(r, c, in)
	if err == nil {
		err = h.run(r, c, body, out)
	}
	if refused := in.refusal(err); refused != nil && !out.begun {
		refused.write(w, r)
		return
	}
	h.finish(w, r, c, out, err)
}

// decode is the body without its content coding. That of a fetch is bounded; a
// push is not, because the pack in it has limits of its own.
func (h *handler) decode(r *http.Request, c *call, in *body) (io.Reader, error) {
	var plain io.Reader = in
	if compressed, _ := gzipped(r.Header); compressed {
		z, err := gzip.NewReader(in)
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, in.fail(err)
		}
		plain = z
	}
	limit := h.MaxFetchRequest
	if c.verb == receivePack {
		limit = -1
	}
	return &decoded{body: in, plain: plain, left: limit}, nil
}

func (h *handler) run(r *http.Request, c *call, in io.Reader, out io.Writer) error {
	if c.verb == receivePack {
		return h.Packs.ReceivePack(r.Context(), h.session(c), in, out)
	}
	return h.Packs.UploadPack(r.Context(), c.fetch(), in, out)
}

// finish ends an answer. Once its first byte is out, an error can no longer be
// told by a status: git was told inside, or sees that the answer is incomplete.
func (h *handler) finish(w http.ResponseWriter, r *http.Request, c *call, out *answer, err error) {
	if err == nil {
		out.begin()
		return
	}
	log := h.Log.With("repository", c.repo.Path(), "verb", c.verb, "account", c.principal.Name(), "err", err)
	switch {
	case r.Context().Err() != nil, errors.Is(err, errClientGone):
		log.Info("git over HTTP: the client went away")
	case errors.Is(err, gitserver.ErrRefused), errors.As(err, new(*gitserver.BusyError)):
		log.Info("git over HTTP: refused")
	case out.begun:
		log.Warn("git over HTTP ended early")
	default:
		log.Error("git over HTTP")
	}
	if !out.begun {
		refusedWork(err).write(w, r)
	}
}
