package egress

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Patience limits the silence of another server.
const Patience = 2 * time.Minute

var errSilent = fmt.Errorf("the other server was silent for %v", Patience)

// Ask sends a request. It ends with an error when the other server is silent for
// longer than its patience, before the answer or while its content is read; how
// long the reader takes in between is not the server's fault. No error tells the
// address (see [Reason]).
func Ask(client *http.Client, r *http.Request) (*http.Response, error) {
	return ask(client, r, Patience)
}

func ask(client *http.Client, r *http.Request, patience time.Duration) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(r.Context())
	silence := time.AfterFunc(patience, func() { cancel(errSilent) })
	answer, err := client.Do(r.WithContext(ctx))
	silence.Stop()
	if err != nil {
		cancel(nil)
		return nil, Reason(err)
	}
	answer.Body = &patient{answer.Body, silence, patience, cancel}
	return answer, nil
}

// patient is the content of an answer that is waited for with patience.
type patient struct {
	io.ReadCloser
	silence  *time.Timer
	patience time.Duration
	cancel   context.CancelCauseFunc
}

func (p *patient) Read(b []byte) (int, error) {
	p.silence.Reset(p.patience)
	defer p.silence.Stop()
	return p.ReadCloser.Read(b)
}

func (p *patient) Close() error {
	p.cancel(nil)
	return p.ReadCloser.Close()
}
