package s3test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"
)

// Fault is what happens to a request on its way.
type Fault int

// The faults.
const (
	None        Fault = iota
	Busy              // 503 SlowDown, and the store hears nothing of the request
	Broken            // 500 with an empty body
	Reset             // the connection is closed before the store hears of the request
	LostAnswer        // the store carries the request out, and the connection is closed
	WrongAnswer       // the store carries the request out, and the answer is 502
	Slow              // the answer comes later
	CutUpload         // half of the body arrives
	WrongUpload       // one bit of the body changes
	CutAnswer         // half of the answer arrives
	WrongBytes        // one bit of what is read changes
	faults
)

// Proxy stands between a client and a store. Its methods may be called from many
// goroutines.
type Proxy struct {
	Endpoint *url.URL

	to     *url.URL
	client http.Transport

	mu     sync.Mutex
	decide func(*http.Request) Fault
	counts map[Fault]int
}

// NewProxy starts a proxy before the store at an endpoint over plain HTTP. Until Decide
// is called it does nothing to requests.
func NewProxy(t testing.TB, to *url.URL) *Proxy {
	p := &Proxy{to: to, counts: map[Fault]int{}, decide: func(*http.Request) Fault { return None }}
	p.client.DisableCompression = true
	server := httptest.NewServer(p)
	t.Cleanup(func() { server.CloseClientConnections(); server.Close(); p.client.CloseIdleConnections() })
	endpoint, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	p.Endpoint = endpoint
	return p
}

// Decide says what happens to each request from now on.
func (p *Proxy) Decide(f func(*http.Request) Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.decide = f
}

// Random makes so many of a hundred requests fail, in an order that the seed decides.
func (p *Proxy) Random(seed uint64, percent int) {
	r := rand.New(rand.NewPCG(seed, seed))
	p.Decide(func(*http.Request) Fault {
		if r.IntN(100) >= percent {
			return None
		}
		return Fault(1 + r.IntN(int(faults)-1))
	})
}

// Once makes the next request with the method meet the fault, and no other one.
func (p *Proxy) Once(method string, f Fault) {
	done := false
	p.Decide(func(r *http.Request) Fault {
		if done || r.Method != method {
			return None
		}
		done = true
		return f
	})
}

// Counts returns how many requests met each fault.
func (p *Proxy) Counts() map[Fault]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	counts := map[Fault]int{}
	for f, n := range p.counts {
		counts[f] = n
	}
	return counts
}

// Faults returns how many requests met a fault.
func (p *Proxy) Faults() (n int) {
	for f, count := range p.Counts() {
		if f != None {
			n += count
		}
	}
	return n
}

// ServeHTTP implements [http.Handler].
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	f := p.decide(r)
	p.counts[f]++
	p.mu.Unlock()
	switch f {
	case Busy:
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprint(w, `<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>Reduce your request rate</Message></Error>`)
		return
	case Broken:
		w.WriteHeader(http.StatusInternalServerError)
		return
	case Reset:
		panic(http.ErrAbortHandler)
	case Slow:
		time.Sleep(50 * time.Millisecond)
	}
	answer, err := p.forward(r, f)
	if err != nil || f == LostAnswer {
		if err == nil {
			answer.Body.Close()
		}
		panic(http.ErrAbortHandler)
	}
	defer answer.Body.Close()
	if f == WrongAnswer {
		_, _ = io.Copy(io.Discard, answer.Body)
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	p.answer(w, answer, f)
}

// errCut ends a body.
var errCut = errors.New("cut off")

// forward sends the request on.
func (p *Proxy) forward(r *http.Request, f Fault) (*http.Response, error) {
	out := r.Clone(r.Context())
	out.URL.Scheme, out.URL.Host, out.RequestURI = p.to.Scheme, p.to.Host, ""
	switch {
	case r.ContentLength == 0:
		out.Body = nil
	case f == CutUpload:
		out.Body = io.NopCloser(io.MultiReader(io.LimitReader(r.Body, r.ContentLength/2), broken{}))
	case f == WrongUpload:
		out.Body = io.NopCloser(&flip{r: r.Body, at: r.ContentLength / 2})
	}
	return p.client.RoundTrip(out)
}

// answer sends the response on.
func (p *Proxy) answer(w http.ResponseWriter, answer *http.Response, f Fault) {
	for name, values := range answer.Header {
		w.Header()[name] = values
	}
	if answer.ContentLength >= 0 {
		w.Header().Set("Content-Length", strconv.FormatInt(answer.ContentLength, 10))
	}
	w.WriteHeader(answer.StatusCode)
	var body io.Reader = answer.Body
	switch {
	case f == CutAnswer && answer.ContentLength > 0:
		_, _ = io.CopyN(w, body, answer.ContentLength/2)
		panic(http.ErrAbortHandler)
	case f == WrongBytes && answer.ContentLength > 0:
		body = &flip{r: body, at: answer.ContentLength / 2}
	}
	if _, err := io.Copy(w, body); err != nil {
		panic(http.ErrAbortHandler)
	}
}

// broken is a reader that fails.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errCut }

// flip changes a bit of the byte at an offset.
type flip struct {
	r       io.Reader
	at, off int64
}

func (f *flip) Read(b []byte) (int, error) {
	n, err := f.r.Read(b)
	if f.at >= f.off && f.at < f.off+int64(n) {
		b[f.at-f.off] ^= 4
	}
	f.off += int64(n)
	return n, err
}

// String is the fault's name.
func (f Fault) String() string {
	return [...]string{"none", "busy", "broken", "reset", "lost answer", "wrong answer", "slow", "cut upload", "wrong upload", "cut answer", "wrong bytes"}[f]
}
