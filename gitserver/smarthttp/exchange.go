package smarthttp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/rhaptos/rhaptos/gitserver"
)

// Advertise writes the refs that the repository has for the verb. The
// "# service" header goes before them except in protocol version 2, which only
// fetches speak.
func (q *Request) Advertise(ctx context.Context, w io.Writer) error {
	if q.verb == receivePack || q.protocol != "version=2" {
		// One pkt-line and a flush (gitprotocol-http(5), "Smart Server Response").
		line := "# service=" + q.verb + "\n"
		if _, err := fmt.Fprintf(w, "%04x%s0000", len(line)+4, line); err != nil {
			return err
		}
	}
	if q.verb == receivePack {
		return q.clientError(q.server.Packs.AdvertiseReceive(ctx, q.repo, w))
	}
	return q.clientError(q.server.Packs.AdvertiseUpload(ctx, q.repo, q.protocol, w))
}

// Exchange reads the request's content and writes the answer, each piece as soon
// as there is one. Once the first byte is out, an error can no longer be reported:
// git was told inside, which is none, or sees that the answer is incomplete.
func (q *Request) Exchange(w http.ResponseWriter, r *http.Request) error {
	in, out := q.decode(r), &answer{w: w, control: http.NewResponseController(w)}
	var err error
	switch q.verb {
	case receivePack:
		err = q.server.Packs.ReceivePack(r.Context(), q.session(), in, out)
	case uploadArchive:
		err = q.server.Packs.UploadArchive(r.Context(), q.fetch(), in, out)
	default:
		err = q.server.Packs.UploadPack(r.Context(), q.fetch(), in, out)
	}
	switch {
	case err == nil:
		return out.flush() // there may be nothing to answer
	case out.begun && (errors.Is(err, gitserver.ErrRefused) || q.verb == uploadArchive && errors.As(err, new(*gitserver.BusyError))):
		q.server.Log.Info("git over HTTP: refused", "repository", q.repo.Path(), "verb", q.verb, "account", q.principal.Name(), "err", err)
		return nil
	case out.begun && errors.As(err, new(*gitserver.ReportedError)):
		return nil // the answer is complete
	case !out.begun && in.failed() != nil:
		err = in.failed()
	}
	return q.clientError(err)
}

// answer sends each piece of an answer at once, so that progress is seen when
// it happens.
type answer struct {
	w       http.ResponseWriter
	control *http.ResponseController
	begun   bool
}

// Write implements [io.Writer].
func (a *answer) Write(p []byte) (int, error) {
	a.begun = true
	n, err := a.w.Write(p)
	if err == nil {
		err = a.flush()
	}
	return n, err
}

// flush sends what has been written, and the head of the answer if nothing has.
func (a *answer) flush() error {
	if err := a.control.Flush(); !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}

// WriteWhole implements [gitserver.WholeWriter]: the client learns how much is
// to come, and the kernel copies a file.
func (a *answer) WriteWhole(r io.Reader, size int64) error {
	if !a.begun {
		a.w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
	}
	a.begun = true
	n, err := io.Copy(a.w, &io.LimitedReader{R: r, N: size})
	if err == nil && n < size {
		err = fmt.Errorf("the answer has %d bytes in place of %d", n, size)
	}
	return err
}

// Bundle opens the bundle of the name; private says whether those who keep it
// must keep it for themselves. Its size is in bytes, its tag is strong.
func (q *Request) Bundle(ctx context.Context, name string) (b io.ReadSeekCloser, size int64, tag string, private bool, err error) {
	if q.server.Bundles == nil {
		return nil, 0, "", false, q.clientError(gitserver.ErrNoBundle)
	}
	found, err := q.server.Bundles.Bundle(ctx, q.fetch(), name)
	if err != nil {
		return nil, 0, "", false, q.clientError(err)
	}
	if size, err = found.Seek(0, io.SeekEnd); err != nil {
		return nil, 0, "", false, errors.Join(fmt.Errorf("size of bundle %s: %w", name, err), found.Close())
	}
	return found, size, found.ETag, q.repo.Private, nil
}
