package ssh

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxLine bounds a command line in bytes: what is longer goes through standard
// input.
const maxLine = 8 << 10

// Split splits a command line as a POSIX shell would (Shell Command Language,
// 2.2 Quoting), and refuses a line in which a shell would do anything else than
// split: no expansion, no operator, no comment, no control character. So what
// it gives is what any shell would give, and no shell ever sees it.
func Split(line string) ([]string, error) {
	switch {
	case len(line) > maxLine:
		return nil, fmt.Errorf("the command line is longer than %d bytes: give keys and secrets on standard input", maxLine)
	case !utf8.ValidString(line) || strings.ContainsFunc(line, func(r rune) bool { return r != '\t' && unicode.IsControl(r) }):
		return nil, errors.New("the command line has control characters, or is not UTF-8")
	}
	s := splitter{rest: line}
	var words []string
	for {
		word, ok, err := s.word()
		if err != nil || !ok {
			return words, err
		}
		words = append(words, word)
	}
}

// splitter takes words from the front of a command line.
type splitter struct{ rest string }

// special are the characters that a shell gives a meaning to when they are not
// quoted; blanks and quotes are dealt with before.
const special = "|&;<>()$`*?[]{}#~!%^="

// word takes the next word; ok is false at the end of the line.
func (s *splitter) word() (word string, ok bool, err error) {
	s.rest = strings.TrimLeft(s.rest, " \t")
	var b strings.Builder
	for s.rest != "" {
		c := s.rest[0]
		switch {
		case c == ' ' || c == '\t':
			return b.String(), true, nil
		case c == '\'':
			err = s.single(&b)
		case c == '"':
			err = s.double(&b)
		case c == '\\':
			err = s.escaped(&b)
		case strings.IndexByte(special, c) >= 0 && !(harmless(c) && ok):
			return "", false, fmt.Errorf("%q means something to a shell, and there is none here: put it in single quotes", string(c))
		default:
			b.WriteByte(c)
			s.rest = s.rest[1:]
		}
		if err != nil {
			return "", false, err
		}
		ok = true
	}
	return b.String(), ok, nil
}

// harmless reports whether a special character means nothing inside of a word.
func harmless(c byte) bool { return strings.IndexByte("#!%=", c) >= 0 }

var errQuote = errors.New("a quote is opened and not closed")

// single takes text in single quotes, in which nothing is special.
func (s *splitter) single(b *strings.Builder) error {
	text, rest, ok := strings.Cut(s.rest[1:], "'")
	if !ok {
		return errQuote
	}
	b.WriteString(text)
	s.rest = rest
	return nil
}

// double takes text in double quotes, in which a backslash is special before
// some characters, and a dollar sign and a backquote always.
func (s *splitter) double(b *strings.Builder) error {
	for i := 1; i < len(s.rest); i++ {
		switch c := s.rest[i]; {
		case c == '"':
			s.rest = s.rest[i+1:]
			return nil
		case c == '$' || c == '`':
			return fmt.Errorf("%q means something to a shell, and there is none here: put it in single quotes", string(c))
		case c == '\\' && i+1 < len(s.rest) && strings.IndexByte("$`\"\\", s.rest[i+1]) >= 0:
			i++
			b.WriteByte(s.rest[i])
		default:
			b.WriteByte(c)
		}
	}
	return errQuote
}

// escaped takes the character behind a backslash.
func (s *splitter) escaped(b *strings.Builder) error {
	if len(s.rest) < 2 {
		return errors.New("the line ends in a backslash")
	}
	_, n := utf8.DecodeRuneInString(s.rest[1:])
	b.WriteString(s.rest[1 : 1+n])
	s.rest = s.rest[1+n:]
	return nil
}
