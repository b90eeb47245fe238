package decision

import (
	"errors"
	"fmt"
	"io"
	"net/http"
)

// process calls Process of the resource, once.
func (e *exchange) process() {
	if e.processed {
		return
	}
	e.processed, e.lent = true, true
	if e.content.Duplex {
		// A server that cannot do both at once, as for HTTP/1.0, has clients that
		// send first and then read.
		_ = http.NewResponseController(e.w.ResponseWriter).EnableFullDuplex()
	}
	s := &stream{e: e, status: http.StatusOK}
	e.outcome, e.err = e.resource.Process(s, e.r)
	switch outcome, failed := e.contentFailure(); {
	case e.w.Begun() && e.err == nil && e.outcome.Result != Done:
		e.err = errors.New("the resource came to another result than the one that it had begun to send")
	case e.w.Begun():
	case e.err != nil && failed:
		e.outcome, e.err = outcome, nil
	}
}

// is reports whether the method ended with the result.
func (e *exchange) is(result Result) bool {
	e.process()
	return e.outcome.Result == result
}

func (e *exchange) contentInTime() bool   { return !e.is(TimedOut) }
func (e *exchange) contentEnded() bool    { return !e.is(TooLarge) }
func (e *exchange) contentParsed() bool   { return !e.is(Malformed) }
func (e *exchange) processable() bool     { return !e.is(Unprocessable) }
func (e *exchange) conflict() bool        { return e.is(Conflict) }
func (e *exchange) tooMany() bool         { return e.is(TooMany) }
func (e *exchange) room() bool            { return !e.is(NoRoom) }
func (e *exchange) upstreamRight() bool   { return !e.is(UpstreamWrong) }
func (e *exchange) upstreamInTime() bool  { return !e.is(UpstreamTooLate) }
func (e *exchange) done() bool            { return e.is(Done) || e.is(Reset) }
func (e *exchange) queued() bool          { return e.is(Queued) }
func (e *exchange) resultElsewhere() bool { return e.is(Elsewhere) }
func (e *exchange) created() bool         { return e.is(Created) }
func (e *exchange) reset() bool           { return e.is(Reset) }

func (e *exchange) isDelete() bool { return e.r.Method == http.MethodDelete }

func (e *exchange) answerHasContent() bool { return e.w.Begun() || e.outcome.Content != nil }

// stream is the response writer of a resource that streams. Until its first
// byte another response can be sent.
type stream struct {
	e      *exchange
	status int
}

// Header implements [http.ResponseWriter].
func (s *stream) Header() http.Header { return s.e.w.Header() }

// WriteHeader begins the response with the status that the decisions have led
// to, or sends an informational one. Any other status is a mistake of the
// resource and panics.
func (s *stream) WriteHeader(status int) {
	if status >= 200 && status != s.status {
		panic(fmt.Sprintf("the resource wrote the status %d: results are what Process returns", status))
	}
	if !s.e.w.Begun() {
		s.e.w.WriteHeader(status)
	}
}

// Write implements [http.ResponseWriter].
func (s *stream) Write(p []byte) (int, error) {
	if !s.e.w.Begun() {
		s.WriteHeader(s.status)
	}
	if s.e.r.Method == http.MethodHead {
		return len(p), nil
	}
	s.e.w.ExtendDeadline()
	return s.e.w.Write(p)
}

// ReadFrom implements [io.ReaderFrom]: the kernel sends a file.
func (s *stream) ReadFrom(r io.Reader) (int64, error) {
	if !s.e.w.Begun() {
		s.WriteHeader(s.status)
	}
	if s.e.r.Method == http.MethodHead {
		return io.Copy(io.Discard, r)
	}
	return s.e.w.ReadFrom(r)
}

// Unwrap gives [http.ResponseController] access to the writer of the server.
func (s *stream) Unwrap() http.ResponseWriter { return s.e.w.ResponseWriter }

// FlushError implements flushing for [http.ResponseController].
func (s *stream) FlushError() error {
	if !s.e.w.Begun() {
		s.WriteHeader(s.status)
	}
	return s.e.w.Flush()
}
