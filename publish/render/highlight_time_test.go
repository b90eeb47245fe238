package render

import (
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alecthomas/chroma/v2"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/outline"
)

// Code behind the end of a page's work is written plain, and that is told once.
func TestHighlightWork(t *testing.T) {
	r := (&Book{rules: newRules()}).renderer(&outline.Page{})
	r.highlitFor = highlightWork - 1
	for range 2 {
		code := []*cnxml.Node{{Space: cnxml.Text, Data: strings.Repeat("let x = 5;\n", 100)}}
		if r.highlighted(&cnxml.Node{Pos: cnxml.Pos{Line: 3, Column: 1}}, "rust", code) {
			t.Error("it has been highlighted")
		}
	}
	if len(r.problems) != 1 || r.problems[0].Rule != "code-plain" || r.problems[0].Line != 3 {
		t.Errorf("got %+v", r.problems)
	}
}

// slow is a lexer for which something takes time before each token of a few tries.
type slow struct {
	chroma.Lexer
	tries *int
	until int
	wait  func()
}

func (s slow) Tokenise(o *chroma.TokeniseOptions, text string) (chroma.Iterator, error) {
	next, err := s.Lexer.Tokenise(o, text)
	*s.tries++
	waits := *s.tries <= s.until
	return func() chroma.Token {
		if waits {
			s.wait()
		}
		return next()
	}, err
}

// TestBusyMachine: what a busy machine does to the clock changes nothing; what the
// code costs in processor time does.
func TestBusyMachine(t *testing.T) {
	const text = "let x = 5;"
	lexer := lexerOf("rust")
	want, _, end := tokenise(lexer, text, highlightWork)
	if end != lexedWell || len(want) < 4 {
		t.Fatalf("%d, %v", end, want)
	}
	for _, tt := range []struct {
		name        string
		wait        func()
		until       int
		end         lexed
		tries       int
		most, least time.Duration
	}{
		{"at once", func() {}, 1 << 20, lexedWell, 1, highlightWork, 0},
		{"no processor for a moment", func() { time.Sleep(40 * time.Millisecond) }, 1 << 20, lexedWell, 1, highlightWork, 0},
		{"no processor for long, three times", func() { time.Sleep(300 * time.Millisecond) }, 3, lexedWell, 4, highlightWork, 0},
		{"compiled at first", func() { burn(150 * time.Millisecond) }, 1, lexedWell, 2, highlightWork, 0},
		{"a token that is too much work", func() { burn(150 * time.Millisecond) }, 1 << 20, lexedTooMuch, 2, highlightWork, 100 * time.Millisecond},
		{"a page that is too much work", func() { burn(20 * time.Millisecond) }, 1 << 20, lexedTooMuch, 2, 50 * time.Millisecond, 50 * time.Millisecond},
	} {
		tries := 0
		got, work, end := tokenise(slow{lexer, &tries, tt.until, tt.wait}, text, tt.most)
		if end != tt.end || tries != tt.tries || end == lexedWell && len(got) != len(want) || work < tt.least {
			t.Errorf("%s: %d after %d tries, %v of work, %d tokens; want %d after %d", tt.name, end, tries, work, len(got), tt.end, tt.tries)
		}
	}
}

// TestHighlightUnderLoad: with many more threads than processors code is
// highlighted as on a quiet machine.
func TestHighlightUnderLoad(t *testing.T) {
	text := strings.Repeat("fn main() { let x: Vec<u8> = vec![1, 2, 3]; } // a comment\n", 20)
	want, _, end := tokenise(lexerOf("rust"), text, highlightWork)
	if end != lexedWell {
		t.Fatal(end)
	}
	var stop atomic.Bool
	defer stop.Store(true)
	for range 4 * runtime.GOMAXPROCS(0) {
		go func() {
			for !stop.Load() {
				burn(5 * time.Millisecond)
			}
		}()
	}
	for range 2 {
		got, _, end := tokenise(lexerOf("rust"), text, highlightWork)
		if end != lexedWell || len(got) != len(want) {
			t.Fatalf("%d, %d tokens, want %d", end, len(got), len(want))
		}
	}
}

// burn uses that much processor time.
func burn(d time.Duration) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for start := threadTime(); threadTime()-start < d; {
	}
}
