package decision

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
)

// sendParts sends a 206: one part as it is, or several as multipart/byteranges
// (14.6, 15.3.7).
func (e *exchange) sendParts(chosen *Representation) error {
	source, err := e.open(chosen)
	if err != nil {
		return err
	}
	defer source.close()
	first := e.parts.ranges[0]
	if source.file != nil { // so that a failure can still become a 500
		if _, err := source.file.Seek(first.start, io.SeekStart); err != nil {
			return fmt.Errorf("seek in content: %w", err)
		}
	}
	e.setValidators(http.StatusPartialContent, chosen)
	e.setContentFields(chosen)
	h := e.w.Header()
	if e.parts.boundary == "" {
		h.Set("Content-Range", first.of(chosen.Length))
		h.Set("Content-Length", strconv.FormatInt(first.length, 10))
		e.w.WriteHeader(http.StatusPartialContent)
		return e.copy(&source, first)
	}
	h.Set("Content-Type", "multipart/byteranges; boundary="+e.parts.boundary)
	h.Set("Content-Length", strconv.FormatInt(e.multipartLength(chosen), 10))
	e.w.WriteHeader(http.StatusPartialContent)
	for i, part := range e.parts.ranges {
		if _, err := io.WriteString(&e.w, e.partHead(i, chosen)); err != nil {
			return fmt.Errorf("send part: %w", err)
		}
		if err := e.copy(&source, part); err != nil {
			return err
		}
	}
	if _, err := io.WriteString(&e.w, e.multipartEnd()); err != nil {
		return fmt.Errorf("send end of parts: %w", err)
	}
	return nil
}

// partHead returns the delimiter and the fields of a part (RFC 2046 section
// 5.1).
func (e *exchange) partHead(i int, chosen *Representation) string {
	delimiter := "--"
	if i > 0 {
		delimiter = "\r\n--"
	}
	return delimiter + e.parts.boundary + "\r\nContent-Type: " + contentType(chosen) +
		"\r\nContent-Range: " + e.parts.ranges[i].of(chosen.Length) + "\r\n\r\n"
}

func (e *exchange) multipartEnd() string { return "\r\n--" + e.parts.boundary + "--\r\n" }

func (e *exchange) multipartLength(chosen *Representation) int64 {
	length := int64(len(e.multipartEnd()))
	for i, part := range e.parts.ranges {
		length += int64(len(e.partHead(i, chosen))) + part.length
	}
	return length
}
