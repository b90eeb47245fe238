package decision

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"github.com/rhaptos/rhaptos/web/negotiate"
)

// sendNothing is 204: the answer to OPTIONS, and to GET where there is nothing.
func (e *exchange) sendNothing() {
	h := e.w.Header()
	if e.options() {
		h.Set("Allow", strings.Join(e.methods, ", "))
	}
	e.w.WriteHeader(http.StatusNoContent)
}

// sendRedirection is 303, 307 or 308.
func (e *exchange) sendRedirection(status int) {
	h := e.w.Header()
	h.Set("Location", e.state.Location)
	h.Set("Cache-Control", "no-cache")
	if e.state.CacheControl != "" {
		h.Set("Cache-Control", e.state.CacheControl)
	}
	h.Set("Content-Length", "0")
	e.w.WriteHeader(status)
}

// sendRepresentation is 200, 206 or 304. An error before anything is written
// leaves the header as it was.
func (e *exchange) sendRepresentation(status int) error {
	chosen := e.selection.chosen
	if chosen == nil { // 304 to If-None-Match: *
		e.w.WriteHeader(status)
		return nil
	}
	start, length := int64(0), chosen.Length
	if status == http.StatusPartialContent {
		start, length = e.part.start, e.part.length
	}
	var content io.ReadSeekCloser
	if status != http.StatusNotModified && e.r.Method == http.MethodGet {
		var err error
		if content, err = open(e.r, chosen, start); err != nil {
			return err
		}
		defer content.Close()
	}
	e.setFields(status, start, length)
	e.w.WriteHeader(status)
	if content == nil {
		return nil
	}
	// The server's own writer may hand the file to the kernel.
	if _, err := io.CopyN(e.w.ResponseWriter, content, length); err != nil {
		return fmt.Errorf("send content: %w", err)
	}
	return nil
}

// open opens the content at start.
func open(r *http.Request, chosen *Representation, start int64) (io.ReadSeekCloser, error) {
	content, err := chosen.Open(r.Context())
	if err != nil {
		return nil, fmt.Errorf("open content: %w", err)
	}
	if start == 0 {
		return content, nil
	}
	if _, err := content.Seek(start, io.SeekStart); err != nil {
		content.Close()
		return nil, fmt.Errorf("seek in content: %w", err)
	}
	return content, nil
}

// setFields sets the fields that tell about the representation. A 304 has those
// of section 15.4.5, and the resource's further ones: a cache takes them over
// into what it holds, so they must not be others than the 200 had.
func (e *exchange) setFields(status int, start, length int64) {
	chosen, h := e.selection.chosen, e.w.Header()
	maps.Copy(h, chosen.Header)
	addVary(h, e.selection.vary...)
	set(h, "ETag", chosen.ETag)
	set(h, "Content-Location", chosen.Location)
	set(h, "Cache-Control", chosen.CacheControl)
	if modified, ok := e.lastModified(); ok && (status != http.StatusNotModified || chosen.ETag == "") {
		h.Set("Last-Modified", negotiate.FormatDate(modified))
	}
	if status == http.StatusNotModified {
		return
	}
	set(h, "Content-Type", chosen.Type)
	set(h, "Content-Language", chosen.Language)
	set(h, "Content-Encoding", chosen.Coding)
	h.Set("Content-Length", strconv.FormatInt(length, 10))
	if !chosen.NoRanges {
		h.Set("Accept-Ranges", negotiate.Bytes)
	}
	if status == http.StatusPartialContent {
		h.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", start, start+length-1, chosen.Length))
	}
}

func set(h http.Header, field, value string) {
	if value != "" {
		h.Set(field, value)
	}
}
