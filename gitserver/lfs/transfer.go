package lfs

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/blobstore"
)

// download answers GET objects/OID, also a part of it (RFC 9110 section 14).
func (s *Server) download(c *call) error {
	r, err := s.Objects.Open(c.r.Context(), c.repo.ID, OID(c.id))
	if errors.Is(err, ErrNoObject) {
		return refuse(http.StatusNotFound, "the object is not here: whoever has it pushes it by git lfs push --all")
	}
	if err != nil {
		return err
	}
	defer r.Close()
	h := c.w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("ETag", `"`+c.id+`"`)
	http.ServeContent(&patient{c.w, http.NewResponseController(c.w), s.Idle}, c.r, "", time.Time{}, r)
	return nil
}

// patient gives the client the idle time for each piece of an answer.
type patient struct {
	http.ResponseWriter
	control *http.ResponseController
	idle    time.Duration
}

// Write implements [io.Writer].
func (p *patient) Write(b []byte) (int, error) {
	// Deadlines that this connection does not know are no reason to fail.
	_ = p.control.SetWriteDeadline(time.Now().Add(p.idle))
	return p.ResponseWriter.Write(b)
}

// upload answers PUT objects/OID.
func (s *Server) upload(c *call) error {
	size := c.r.ContentLength
	switch coding := c.r.Header.Get("Content-Encoding"); {
	case size < 0:
		return refuse(http.StatusLengthRequired, "say how long the object is: send Content-Length")
	case c.ticket != nil && c.ticket.OID != "" && c.ticket.Size != size:
		return refuse(http.StatusUnprocessableEntity, fmt.Sprintf("the object has %d bytes, not %d", c.ticket.Size, size))
	case coding != "" && coding != "identity":
		return refuse(http.StatusUnsupportedMediaType, "the body must not be compressed")
	}
	in := &waiting{c.r.Body, http.NewResponseController(c.w), s.Idle}
	err := s.Objects.Put(c.r.Context(), c.repo.ID, OID(c.id), size, in)
	in.end()
	switch {
	case errors.Is(err, ErrMismatch):
		return refuse(http.StatusUnprocessableEntity, err.Error())
	case errors.Is(err, ErrQuota):
		return refuse(http.StatusInsufficientStorage, err.Error())
	case errors.Is(err, os.ErrDeadlineExceeded):
		return refuse(http.StatusRequestTimeout, "the object stopped arriving: try again")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return refuse(http.StatusBadRequest, "the object ended before its end: try again")
	case err != nil:
		return err
	}
	c.w.WriteHeader(http.StatusOK)
	return nil
}

// waiting reads a body with a deadline for each piece in place of one for the
// whole.
type waiting struct {
	r       io.Reader
	control *http.ResponseController
	idle    time.Duration
}

// Read implements [io.Reader].
func (w *waiting) Read(p []byte) (int, error) {
	_ = w.control.SetReadDeadline(time.Now().Add(w.idle))
	return w.r.Read(p)
}

// end takes the deadline away: net/http goes on reading, to notice a client that
// leaves, and would take it for one.
func (w *waiting) end() { _ = w.control.SetReadDeadline(time.Time{}) }

// verify answers POST objects/OID/verify: whether the object is here, whole
// (basic transfers, "Verification").
func (s *Server) verify(c *call) error {
	var o object
	if err := c.read(&o); err != nil {
		return err
	}
	size, err := s.Objects.Size(c.r.Context(), c.repo.ID, OID(c.id))
	switch {
	case errors.Is(err, ErrNoObject):
		return refuse(http.StatusNotFound, "the object has not arrived: push again")
	case err != nil:
		return err
	case o.OID != blobstore.Digest(c.id) || o.Size != size:
		return refuse(http.StatusUnprocessableEntity, fmt.Sprintf("object %s has %d bytes", c.id, size))
	}
	c.w.WriteHeader(http.StatusOK)
	return nil
}
