package lfs

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
)

// mediaType is that of all requests and answers but the objects themselves.
const mediaType = "application/vnd.git-lfs+json"

// refusal is an answer that is an error (batch API, "Response Errors"). The
// client shows its message.
type refusal struct {
	status  int
	message string
	allow   string // the Allow field
}

func refuse(status int, message string) *refusal { return &refusal{status: status, message: message} }

func unauthenticated(message string) *refusal { return refuse(http.StatusUnauthorized, message) }

func (f *refusal) Error() string { return f.message }

func (f *refusal) write(w http.ResponseWriter, r *http.Request) {
	if f.status == http.StatusUnauthorized {
		const challenge = `Basic realm="Rhaptos", charset="UTF-8"`
		w.Header().Set("WWW-Authenticate", challenge)
		w.Header().Set("LFS-Authenticate", challenge)
	}
	if f.allow != "" {
		w.Header().Set("Allow", f.allow)
	}
	if r.ContentLength != 0 {
		// Else the rest of a body that nobody wants would be read first.
		w.Header().Set("Connection", "close")
	}
	answer(w, f.status, struct {
		Message string `json:"message"`
	}{f.message})
}

// answer sends JSON. What cannot be sent is the client's loss, and nobody else's.
func answer(w http.ResponseWriter, status int, body any) {
	b, err := json.Marshal(body)
	if err != nil { // strings, numbers, times: always encode
		status, b = http.StatusInternalServerError, []byte(`{"message":"the answer could not be written"}`)
	}
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n'))
}

// maxRequest bounds the JSON of a request: a thousand objects take a tenth.
const maxRequest = 1 << 20

// read decodes a request's JSON into v.
func (c *call) read(v any) error {
	if err := c.accepts(); err != nil {
		return err
	}
	if t, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type")); err != nil || t != mediaType {
		return refuse(http.StatusUnsupportedMediaType, "the Content-Type must be "+mediaType)
	}
	if coding := c.r.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return refuse(http.StatusUnsupportedMediaType, "the body must not be compressed")
	}
	d := json.NewDecoder(http.MaxBytesReader(c.w, c.r.Body, maxRequest))
	err := d.Decode(v)
	if err == nil {
		if _, end := d.Token(); !errors.Is(end, io.EOF) {
			err = errors.New("there is more behind it")
		}
	}
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return refuse(http.StatusRequestEntityTooLarge, fmt.Sprintf("the request is larger than %d bytes: ask for fewer objects at a time", maxRequest))
	}
	if err != nil {
		return refuse(http.StatusBadRequest, "the body is not the JSON that belongs here: "+err.Error())
	}
	return nil
}

// accepts refuses clients that would not understand the answer.
func (c *call) accepts() error {
	all := strings.Join(c.r.Header.Values("Accept"), ",")
	if all == "" {
		return nil
	}
	for field := range strings.SplitSeq(all, ",") {
		switch t, _, _ := mime.ParseMediaType(field); t {
		case mediaType, "application/*", "*/*":
			return nil
		}
	}
	return refuse(http.StatusNotAcceptable, "the Accept field must have "+mediaType)
}
