package decision_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"

	"github.com/rhaptos/rhaptos/web/decision"
)

// greeting can be read, in two languages.
type greeting struct{ decision.Defaults }

func (greeting) Representations(*http.Request) ([]decision.Representation, error) {
	english := decision.Bytes("text/plain; charset=utf-8", []byte("Hello.\n"))
	english.Language = "en"
	german := decision.Bytes("text/plain; charset=utf-8", []byte("Guten Tag.\n"))
	german.Language = "de"
	return []decision.Representation{english, german}, nil
}

// A resource that can be read says what it looks like; the rest follows.
func ExampleHandler() {
	h := &decision.Handler{
		Find: func(*http.Request) decision.Resource { return greeting{} },
		Observe: func(_ *http.Request, t *decision.Trace) {
			last := t.Steps[len(t.Steps)-1]
			fmt.Println("decided by", decision.Table()[last.Decision].Name)
		},
	}
	r := httptest.NewRequest("GET", "/greeting", nil)
	r.Header.Set("Accept-Language", "de-CH, fr;q=0.5")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	fmt.Println(w.Code, w.Header().Get("Content-Language"), w.Header().Get("Vary"))
	fmt.Print(w.Body)

	r.Header.Set("If-None-Match", w.Header().Get("ETag"))
	w = httptest.NewRecorder()
	h.ServeHTTP(w, r)
	fmt.Println(w.Code)
	// Output:
	// decided by content
	// 200 de Accept-Language
	// Guten Tag.
	// decided by safe-when-matched
	// 304
}

// note can be written and deleted, but only by who knows what it says now.
type note struct {
	decision.Defaults
	mu   *sync.Mutex
	text *string
}

func (n note) Methods(*http.Request) []string { return []string{"GET", "PUT", "DELETE"} }

func (n note) Content(*http.Request, string) decision.Content {
	return decision.Content{Types: []string{"text/plain"}, Limit: 1000}
}

func (n note) State(*http.Request) (decision.State, error) {
	state := decision.State{Condition: true, MayCreate: true}
	if *n.text == "" {
		state.Existence = decision.Missing
	}
	return state, nil
}

func (n note) Representations(*http.Request) ([]decision.Representation, error) {
	return []decision.Representation{decision.Bytes("text/plain; charset=utf-8", []byte(*n.text))}, nil
}

func (n note) Process(_ http.ResponseWriter, r *http.Request) (decision.Outcome, error) {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return decision.Outcome{}, err
	}
	created := *n.text == ""
	*n.text = string(b)
	if created {
		return decision.Outcome{Result: decision.Created, Location: "/note"}, nil
	}
	return decision.Outcome{}, nil
}

// A resource that can be changed says what content it takes and what came of
// it. Asked for a precondition (Condition), it loses no update.
func ExampleResource() {
	n := note{mu: new(sync.Mutex), text: new(string)}
	h := &decision.Handler{Find: func(*http.Request) decision.Resource { return n }}
	send := func(method, content string, fields ...string) {
		n.mu.Lock() // facts and change are one: a program would have a transaction here
		defer n.mu.Unlock()
		r := httptest.NewRequest(method, "/note", strings.NewReader(content))
		for i := 0; i < len(fields); i += 2 {
			r.Header.Set(fields[i], fields[i+1])
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		fmt.Println(method, w.Code, http.StatusText(w.Code))
	}
	send("PUT", "milk", "Content-Type", "text/plain")
	send("PUT", "milk", "Content-Type", "text/plain", "If-None-Match", "*")
	send("PUT", "bread", "Content-Type", "text/plain", "If-None-Match", "*")
	send("PUT", "bread", "Content-Type", "text/html", "If-Match", `"x"`)
	send("PUT", "bread", "Content-Type", "text/plain", "If-Match", decision.Bytes("text/plain; charset=utf-8", []byte("milk")).ETag)
	// Output:
	// PUT 428 Precondition Required
	// PUT 201 Created
	// PUT 412 Precondition Failed
	// PUT 415 Unsupported Media Type
	// PUT 204 No Content
}

// clock sends as long as it is listened to, here for three ticks.
type clock struct{ decision.Defaults }

func (clock) Representations(*http.Request) ([]decision.Representation, error) {
	return []decision.Representation{{
		Type: "text/plain; charset=utf-8",
		Stream: func(w http.ResponseWriter, r *http.Request) error {
			for tick := range 3 {
				if _, err := fmt.Fprintln(w, "tick", tick); err != nil {
					return err
				}
				if err := http.NewResponseController(w).Flush(); err != nil {
					return err
				}
			}
			return nil
		},
	}}, nil
}

// Content whose length is not known beforehand is streamed.
func ExampleRepresentation() {
	h := &decision.Handler{Find: func(*http.Request) decision.Resource { return clock{} }}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/clock", nil))
	fmt.Print(w.Code, "\n", w.Body)
	// Output:
	// 200
	// tick 0
	// tick 1
	// tick 2
}

// A listener of the handler lets the table decide what net/http would answer
// itself, here a version of HTTP that is not spoken.
func ExampleHandler_Listen() {
	h := &decision.Handler{
		Find:    func(*http.Request) decision.Resource { return greeting{} },
		Observe: func(_ *http.Request, t *decision.Trace) { fmt.Println(t) },
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	server := &http.Server{Handler: h, DisableGeneralOptionsHandler: true}
	go server.Serve(h.Listen(l))
	defer server.Close()

	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	fmt.Fprint(c, "GET /greeting HTTP/2.7\r\nHost: example.org\r\n\r\n")
	response, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	response.Body.Close()
	fmt.Println(response.Status)
	// Output:
	// W10+ W3+ W4+ W1+ W2- E1+ 505
	// 505 HTTP Version Not Supported
}
