package wire

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/http/httpguts"
)

// FuzzHead compares with net/http: what passes here it takes too, and sees the
// same request in it.
func FuzzHead(f *testing.F) {
	for _, s := range []string{
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "POST /a%20b?c HTTP/1.1\r\nhost: x\r\nContent-Length: 0\r\n\r\n",
		"PUT http://x:80/ HTTP/1.0\r\n\r\n", "CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost:\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\nTrailer: X\r\n\r\n", "GET //x/ HTTP/1.9\r\nHost: [::1]:1\r\nExpect: 100-continue\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\n X: y\r\n\r\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		end := bytes.Index(b, []byte("\r\n\r\n"))
		if end < 0 {
			return
		}
		b = b[:end+4]
		h, fault := parse(b, 8<<10)
		if fault != none {
			if fault.Kind > UnknownExpectation || fault.Kind == NoFault {
				t.Fatalf("fault %v", fault)
			}
			return
		}
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(b)))
		if err != nil {
			t.Fatalf("%q passes, net/http says %v", b, err)
		}
		if r.Method != h.method || r.ProtoMajor != 1 || r.RequestURI != h.target {
			t.Fatalf("%q: %+v", b, h)
		}
		if chunked := len(r.TransferEncoding) > 0; chunked != h.chunked || !chunked && r.ContentLength != h.length {
			t.Fatalf("%q: %v %d, net/http has %v %d", b, h.chunked, h.length, r.TransferEncoding, r.ContentLength)
		}
		for name, values := range r.Header { // what its server refuses later
			for _, value := range values {
				if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
					t.Fatalf("%q passes with %q: %q", b, name, value)
				}
			}
		}
		if e := r.Header.Get("Expect"); e != "" && !strings.EqualFold(e, "100-continue") {
			t.Fatalf("%q passes with %q", b, e)
		}
	})
}

// FuzzChunks compares with net/http: where that reads content to its end, so
// does this, and both end at the same byte.
func FuzzChunks(f *testing.F) {
	for _, s := range []string{
		"0\r\n\r\n", "3\r\nabc\r\n0\r\n\r\nGET /", "a;x=\"y\"\r\n0123456789\r\n0\r\nT: v\r\n\r\n", "3\nabc\r\n0\r\n\r\n", "fffffffffffffffff\r\n", "1 \r\na\r\n0\r\n\r\n",
	} {
		f.Add([]byte(s), 3)
	}
	f.Fuzz(func(t *testing.T, b []byte, cut int) {
		whole := new(chunks)
		end := whole.scan(b)
		parts := new(chunks)
		cut = min(max(cut, 0), len(b))
		if n := parts.scan(b[:cut]); n == cut && parts.state != chunksEnded && parts.state != chunksBroken {
			n += parts.scan(b[cut:])
			if n != end || parts.state != whole.state {
				t.Fatalf("%q cut at %d: %d %v, whole %d %v", b, cut, n, parts.state, end, whole.state)
			}
		}
		if whole.state != chunksEnded {
			return
		}
		r := bufio.NewReader(io.MultiReader(strings.NewReader("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"), bytes.NewReader(b)))
		request, err := http.ReadRequest(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, request.Body); err != nil {
			return // it is stricter about trailers, say; then it hangs up
		}
		rest, err := io.ReadAll(r)
		if err != nil || len(b)-len(rest) != end {
			t.Fatalf("%q ends at %d, for net/http at %d (%v)", b, end, len(b)-len(rest), err)
		}
	})
}
