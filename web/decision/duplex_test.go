package decision

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// relay streams as git does: it answers each line when it has read it, before
// the next has been sent.
type relay struct{ Defaults }

func (relay) Methods(*http.Request) []string { return []string{"POST"} }

func (relay) Content(*http.Request, string) Content {
	return Content{Types: []string{"application/x-relay-request"}, Limit: -1, Duplex: true}
}

func (relay) Process(w http.ResponseWriter, r *http.Request) (Outcome, error) {
	control := http.NewResponseController(w)
	w.Header().Set("Content-Type", "application/x-relay-result")
	lines := bufio.NewScanner(r.Body)
	for lines.Scan() {
		if lines.Text() == "no" {
			return Outcome{Result: Unprocessable, Reason: "The relay says no."}, nil
		}
		if _, err := fmt.Fprintf(w, "got %s\n", lines.Text()); err != nil {
			return Outcome{}, err
		}
		if err := control.Flush(); err != nil {
			return Outcome{}, err
		}
	}
	return Outcome{}, lines.Err()
}

// TestFullDuplex relays over a real connection, through the listener.
func TestFullDuplex(t *testing.T) {
	engine := &Handler{Find: func(*http.Request) Resource { return relay{} }}
	s := listen(t, engine, engine)
	c, err := net.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	chunk := func(line string) { fmt.Fprintf(c, "%x\r\n%s\n\r\n", len(line)+1, line) }
	const head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-relay-request\r\nTransfer-Encoding: chunked\r\n\r\n"
	io.WriteString(c, head)
	chunk("one")
	in := bufio.NewReader(c)
	answer, err := http.ReadResponse(in, nil)
	if err != nil || answer.StatusCode != 200 || answer.Header.Get("Content-Type") != "application/x-relay-result" {
		t.Fatal(answer, err)
	}
	lines := bufio.NewReader(answer.Body)
	for _, want := range []string{"one", "two", "three"} {
		if got, err := lines.ReadString('\n'); got != "got "+want+"\n" {
			t.Fatalf("%q, %v", got, err)
		}
		if want != "three" {
			chunk(map[string]string{"one": "two", "two": "three"}[want])
		}
	}
	io.WriteString(c, "0\r\n\r\n")
	if rest, err := io.ReadAll(lines); len(rest) > 0 || err != nil {
		t.Errorf("%q, %v", rest, err)
	}
	if trace := <-s.traces; !strings.HasSuffix(trace.String(), "F2+ 200") {
		t.Error(trace)
	}

	io.WriteString(c, head) // on the same connection: nothing has gone out when it is refused
	chunk("no")
	io.WriteString(c, "0\r\n\r\n")
	answer, err = http.ReadResponse(in, nil)
	if err != nil || answer.StatusCode != 422 || answer.Header.Get("Content-Type") != formText {
		t.Fatal(answer, err)
	}
	if trace := <-s.traces; !strings.HasSuffix(trace.String(), "P3- E1+ 422") {
		t.Error(trace)
	}
}
