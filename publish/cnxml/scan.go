package cnxml

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// firstInvalid is the offset of the first byte that no XML 1.0 text may hold
// (section 2.2, Char), and what is wrong with it; -1 if there is none.
func firstInvalid(data []byte) (int, string) {
	for i := 0; i < len(data); {
		if b := data[i]; b < utf8.RuneSelf {
			if b < ' ' && b != '\t' && b != '\n' && b != '\r' {
				return i, "control character U+" + hex4(rune(b)) + " is not allowed in XML; remove it"
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i, "byte 0x" + strconv.FormatInt(int64(data[i]), 16) + " is not UTF-8; save the file as UTF-8"
		}
		if !isChar(r) {
			return i, "character U+" + hex4(r) + " is not allowed in XML; remove it"
		}
		i += size
	}
	return -1, ""
}

func isChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' ||
		r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= 0x10FFFF
}

func hex4(r rune) string {
	s := strconv.FormatInt(int64(r), 16)
	for len(s) < 4 {
		s = "0" + s
	}
	return s
}

// span is the place of one attribute in the source: name[start:equals] and the
// value between its quotes.
type span struct {
	name       int
	value, end int
}

// scanAttributes finds the attributes of the start tag at the offset. It stops
// without complaint where the tag is not well-formed: the decoder reports that
// better. glued is the offset of an attribute that no white space divides from
// the value before it, or -1. No more than most+1 spans are returned.
func scanAttributes(data []byte, offset, most int, spans []span) (found []span, glued int) {
	i, glued := offset+1, -1
	for i < len(data) && !isSpace(data[i]) && data[i] != '>' && data[i] != '/' {
		i++
	}
	for len(spans) <= most {
		before := i
		for i < len(data) && isSpace(data[i]) {
			i++
		}
		if i >= len(data) || data[i] == '>' || data[i] == '/' || data[i] == '<' {
			break
		}
		if before == i && glued < 0 {
			glued = i
		}
		name := i
		equals := bytes.IndexAny(data[i:], "=<>")
		if equals < 0 || data[i+equals] != '=' {
			break
		}
		i += equals + 1
		for i < len(data) && isSpace(data[i]) {
			i++
		}
		if i >= len(data) || data[i] != '"' && data[i] != '\'' {
			break
		}
		length := bytes.IndexByte(data[i+1:], data[i])
		if length < 0 {
			break
		}
		spans = append(spans, span{name: name, value: i + 1, end: i + 1 + length})
		i += length + 2
	}
	return spans, glued
}

func isSpace(b byte) bool { return b == ' ' || b == '\t' || b == '\n' || b == '\r' }

// badReference is the offset in raw of the first numeric character reference
// to something that is not a character, or -1. The decoder replaces surrogates
// without a word.
func badReference(raw []byte) int {
	for i := 0; ; {
		at := bytes.Index(raw[i:], []byte("&#"))
		if at < 0 {
			return -1
		}
		i += at
		length := bytes.IndexByte(raw[i:], ';')
		if length < 0 {
			return -1
		}
		digits, radix := raw[i+2:i+length], 10
		if len(digits) > 0 && digits[0] == 'x' {
			digits, radix = digits[1:], 16
		}
		n, err := strconv.ParseInt(string(digits), radix, 32)
		if err != nil || !isChar(rune(n)) {
			return i
		}
		i += length
	}
}
