package collection

import (
	"fmt"
	"strings"
)

// Limits of a TOML file. The decoder keeps the whole path of every key, so that long
// and deep paths cost memory with the square of the size of the file, and calls
// itself for nested values.
const (
	maxTOMLDepth = 32   // tables and arrays inside each other
	maxTOMLPath  = 1000 // bytes of the path of a key
)

// TOMLError says where a TOML file exceeds its limits.
type TOMLError struct {
	Line    int // from 1
	Message string
}

func (e *TOMLError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Message) }

// LimitTOML returns a [*TOMLError] if the paths of the keys in a TOML file are too
// deep or too long, or its values are nested too deeply. It must be called before a
// decoder sees the text. It takes time in proportion to the size of the text. What
// follows a syntax error is not looked at, nor is it by a decoder.
func LimitTOML(text string) error {
	s := &tomlScanner{text: strings.TrimPrefix(text, "\ufeff")}
	var header level
	for s.space(true); s.at < len(s.text) && s.ok(); s.space(true) {
		if s.peek() == '[' {
			s.at++
			if s.peek() == '[' {
				s.at++
			}
			header = s.path(level{})
			s.skip("]")
			s.skip("]")
			continue
		}
		key := s.path(header)
		if s.skip("=") {
			s.value(key)
		}
	}
	return s.err()
}

// level is how deep a value is, and how long the path of its key.
type level struct{ depth, bytes int }

type tomlScanner struct {
	text  string
	at    int
	fault *TOMLError
	end   bool // at a syntax error
}

func (s *tomlScanner) ok() bool { return s.fault == nil && !s.end }

func (s *tomlScanner) err() error {
	if s.fault == nil {
		return nil
	}
	return s.fault
}

func (s *tomlScanner) peek() byte {
	if s.at < len(s.text) {
		return s.text[s.at]
	}
	return 0
}

// skip goes over a token, with blanks before it. There is a syntax error if it is
// not there, but for "]", which may come once or twice.
func (s *tomlScanner) skip(token string) bool {
	s.space(false)
	if strings.HasPrefix(s.text[s.at:], token) {
		s.at += len(token)
		return true
	}
	if token != "]" {
		s.end = true
	}
	return false
}

// space goes over blanks, and if lines is set also over ends of lines and comments.
func (s *tomlScanner) space(lines bool) {
	for s.at < len(s.text) {
		switch c := s.text[s.at]; {
		case c == ' ' || c == '\t':
			s.at++
		case lines && (c == '\n' || c == '\r'):
			s.at++
		case lines && c == '#':
			s.until("\n")
		default:
			return
		}
	}
}

// until goes to the first of the characters.
func (s *tomlScanner) until(characters string) {
	if i := strings.IndexAny(s.text[s.at:], characters); i >= 0 {
		s.at += i
		return
	}
	s.at = len(s.text)
}

// deeper adds to a level, within the limits.
func (s *tomlScanner) deeper(l level, bytes int) level {
	l.depth++
	l.bytes += bytes
	message := ""
	switch {
	case l.depth > maxTOMLDepth:
		message = fmt.Sprintf("values are nested more than %d deep; make the file simpler", maxTOMLDepth)
	case l.bytes > maxTOMLPath:
		message = fmt.Sprintf("the path of a key is longer than %d bytes; shorten it", maxTOMLPath)
	}
	if message != "" && s.fault == nil {
		s.fault = &TOMLError{Line: 1 + strings.Count(s.text[:min(s.at, len(s.text))], "\n"), Message: message}
	}
	return l
}

// path goes over the dotted parts of a key.
func (s *tomlScanner) path(l level) level {
	for s.ok() {
		s.space(false)
		from := s.at
		if c := s.peek(); c == '"' || c == '\'' {
			s.quoted(c)
		} else {
			s.until(" \t\r\n.=[]{},#\"'")
		}
		if s.at == from {
			s.end = true
			return l
		}
		l = s.deeper(l, s.at-from)
		s.space(false)
		if s.peek() != '.' {
			return l
		}
		s.at++
	}
	return l
}

// value goes over a value. It calls itself at most maxTOMLDepth times.
func (s *tomlScanner) value(l level) {
	s.space(false)
	switch c := s.peek(); c {
	case '"', '\'':
		if long := strings.Repeat(string(c), 3); strings.HasPrefix(s.text[s.at:], long) {
			s.lines(long)
		} else {
			s.quoted(c)
		}
	case '[', '{':
		s.at++
		s.list(c == '{', s.deeper(l, 0))
	default:
		from := s.at
		s.until(",]}#\n")
		s.end = s.end || s.at == from
	}
}

// list goes over the rest of an array or inline table.
func (s *tomlScanner) list(table bool, l level) {
	for s.ok() {
		s.space(true)
		switch s.peek() {
		case 0:
			s.end = true
		case ']', '}':
			s.at++
			return
		case ',':
			s.at++
		default:
			in := l
			if table {
				if in = s.path(l); !s.skip("=") {
					return
				}
			}
			s.value(in)
		}
	}
}

// quoted goes over a string on one line.
func (s *tomlScanner) quoted(quote byte) {
	for s.at++; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; {
		case c == quote:
			s.at++
			return
		case c == '\n':
			s.end = true
			return
		case c == '\\' && quote == '"':
			s.at++
		}
	}
	s.end = true
}

// lines goes over a string of several lines. Up to two quotes may precede the three
// at its end.
func (s *tomlScanner) lines(quotes string) {
	for s.at += 3; s.at < len(s.text); s.at++ {
		switch {
		case s.text[s.at] == '\\' && quotes[0] == '"':
			s.at++
		case strings.HasPrefix(s.text[s.at:], quotes):
			s.at += 3
			for range 2 {
				if s.peek() == quotes[0] {
					s.at++
				}
			}
			return
		}
	}
	s.end = true
}
