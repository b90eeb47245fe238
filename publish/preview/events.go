package preview

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rhaptos/rhaptos/publish/edition"
	"github.com/rhaptos/rhaptos/publish/site"
)

// state is sent to browsers after a build.
type state struct {
	Build    string   `json:"build"` // START.COUNT: of the process, and of the build in it
	All      bool     `json:"all"`   // every page may look different
	Pages    []string `json:"pages"` // that do, by path
	Errors   int      `json:"errors"`
	Said     string   `json:"said,omitempty"`     // in a few words
	Problems string   `json:"problems,omitempty"` // line by line
	Changes  string   `json:"changes,omitempty"`  // address of what has changed since the base
	Since    string   `json:"since,omitempty"`

	changed int // pages
}

// maxSaid bounds what of the problems a page shows, in bytes.
const maxSaid = 8 << 10

// report says what is wrong with the books: errors and warnings in full, and how
// many notes there are.
func (s *state) report(proof *edition.Proof, verdict string) error {
	counts := countsOf(proof)
	s.Errors = counts.Errors
	if counts.Errors+counts.Warnings == 0 && len(proof.Manifests) > 0 {
		return nil
	}
	s.Said = cmp.Or(counts.String(), verdict)
	var text bytes.Buffer
	if err := site.WriteProblems(&text, notes(proof.Problems, false)); err != nil {
		return err
	}
	s.Problems = text.String()
	if len(s.Problems) > maxSaid {
		s.Problems = strings.ToValidUTF8(s.Problems[:maxSaid], "") + "...\n"
	}
	if counts.Errors > 0 || len(proof.Manifests) == 0 {
		s.Problems += verdict + "\n"
	}
	return nil
}

// live sends states to browsers as server-sent events (WHATWG HTML, section 9.2).
type live struct {
	mu      sync.Mutex
	start   string
	count   int
	last    []byte
	waiting map[chan []byte]bool
}

func newLive() *live {
	return &live{start: strconv.FormatInt(time.Now().UnixNano(), 36), waiting: map[chan []byte]bool{}}
}

func (l *live) send(s *state) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count++
	s.Build = l.start + "." + strconv.Itoa(l.count)
	data, err := json.Marshal(s)
	if err != nil {
		panic(err) // it holds nothing that cannot be written
	}
	l.last = data
	for c := range l.waiting {
		select {
		case c <- data:
		default: // a browser that is far behind will see that it has missed one
		}
	}
}

func (l *live) serve(w http.ResponseWriter, r *http.Request) {
	c := make(chan []byte, 16)
	l.mu.Lock()
	l.waiting[c] = true
	if l.last != nil {
		c <- l.last
	}
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.waiting, c)
	}()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	flush := http.NewResponseController(w)
	for {
		select {
		case <-r.Context().Done():
			return
		case data := <-c:
			if _, err := fmt.Fprintf(w, "data: %s\n\n", data); err != nil {
				return
			}
			if err := flush.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
				return
			}
		}
	}
}
