package render

import (
	"runtime"
	"strings"
	"time"

	"github.com/alecthomas/chroma/v2"
	"golang.org/x/sys/unix"
)

// The lexers give up a match after 250 ms of the clock and take another rule
// without a word, so a busy machine would change what they find. A token for which
// that may have happened counts for nothing: if it took that long because it is
// work, the code is not highlighted; if the machine was busy, the code is divided
// again.
const (
	tokenClock = 250 * time.Millisecond // of the clock, for one token, that no match was given up in
	tokenWork  = 100 * time.Millisecond // of processor time, for one token
	tokenTries = 100                    // on a busy machine
)

// lexed is how dividing a text into tokens ended.
type lexed int

const (
	lexedWell      lexed = iota
	lexedWrong           // the lexer failed
	lexedTooMuch         // it took too much work
	lexedDisturbed       // the clock may have changed the result
)

// tokenise divides the text into tokens, which together are the text again, with
// at most that much work: processor time, which does not depend on what else the
// machine does. It also returns the work that it was. The first time a lexer is
// used it is compiled, which is work that does not count; so only what is too much
// twice is too much.
func tokenise(lexer chroma.Lexer, text string, most time.Duration) (tokens []chroma.Token, work time.Duration, end lexed) {
	tooMuch := 0
	for try := range tokenTries {
		switch tokens, work, end = tokensOf(lexer, text, most); end {
		case lexedWell, lexedWrong:
			return tokens, work, end
		case lexedTooMuch:
			if tooMuch++; tooMuch == 2 {
				return nil, work, end
			}
		case lexedDisturbed:
			time.Sleep(min(time.Duration(try)*10*time.Millisecond, time.Second))
		}
	}
	return nil, work, lexedTooMuch
}

// tokensOf is one try of tokenise. Lexers want a line end behind the last line,
// which is taken away again.
func tokensOf(lexer chroma.Lexer, text string, most time.Duration) (tokens []chroma.Token, work time.Duration, end lexed) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer func() {
		if recover() != nil { // a lexer meets a state that it does not know
			tokens, end = nil, lexedWrong
		}
	}()
	rest := text + "\n"
	next, err := lexer.Tokenise(nil, rest)
	if err != nil {
		return nil, 0, lexedWrong
	}
	start := threadTime()
	clock, before := time.Now(), start
	for {
		t := next()
		now, done := time.Now(), threadTime()
		work = done - start
		switch {
		case done-before > tokenWork, work > most:
			return nil, work, lexedTooMuch
		case now.Sub(clock) >= tokenClock:
			return nil, work, lexedDisturbed
		}
		clock, before = now, done
		if t == chroma.EOF {
			break
		}
		var matches bool
		if rest, matches = strings.CutPrefix(rest, t.Value); !matches {
			return nil, work, lexedWrong
		}
		if n := len(tokens); n > 0 && tokenClass(tokens[n-1].Type) == tokenClass(t.Type) {
			tokens[n-1].Value += t.Value
			continue
		}
		tokens = append(tokens, t)
	}
	if rest != "" {
		return nil, work, lexedWrong
	}
	if n := len(tokens); n > 0 {
		tokens[n-1].Value = strings.TrimSuffix(tokens[n-1].Value, "\n")
	}
	return tokens, work, lexedWell
}

// threadTime is the processor time of this thread.
func threadTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		panic(err) // every system has this clock
	}
	return time.Duration(t.Nano())
}
