// Package po reads the translations of gettext, in files called LANGUAGE.po (GNU
// gettext manual, "The Format of PO Files"). It reads them from the repositories
// of authors, which libraries for programs' own translations do not expect: with
// the places of messages, their flags, and within limits.
package po

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Message is a text and its translation.
type Message struct {
	ID          string // the text
	Context     string // empty if there is none
	Translation string // empty if there is none; of a plural the first form
	Fuzzy       bool   // whether somebody has yet to look at the translation
	Line        int    // of the text in the file, from 1
}

// SyntaxError is an error in a file.
type SyntaxError struct {
	Line    int // from 1
	Message string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Message) }

// longest is the length in bytes of a message; longer ones are left out.
const longest = 64 << 10

// Parse returns the messages of a file in their order, without its head and the
// obsolete ones. An error is a [*SyntaxError], and the messages are those before it.
func Parse(data []byte) ([]Message, error) {
	p := &parser{}
	for raw := range bytes.Lines(data) {
		p.line++
		if err := p.read(string(bytes.TrimSpace(raw))); err != nil {
			return p.messages, &SyntaxError{p.line, err.Error()}
		}
	}
	p.finish()
	return p.messages, nil
}

type parser struct {
	line     int
	messages []Message
	current  Message
	keyword  string // that the last string belongs to; empty before the first
	fuzzy    bool   // of the next message
	skip     bool   // the message is left out
}

// read reads a line.
func (p *parser) read(line string) error {
	switch {
	case line == "":
		return nil
	case strings.HasPrefix(line, "#~"):
		p.finish()
		return nil
	case line[0] == '#':
		if p.keyword == "msgstr" {
			p.finish()
		}
		if flags, ok := strings.CutPrefix(line, "#,"); ok {
			for flag := range strings.SplitSeq(flags, ",") {
				p.fuzzy = p.fuzzy || strings.TrimSpace(flag) == "fuzzy"
			}
		}
		return nil
	case line[0] == '"':
		if p.keyword == "" {
			return fmt.Errorf("a string stands here without msgid or msgstr before it")
		}
		return p.add(line)
	}
	keyword, rest, _ := strings.Cut(line, "\"")
	keyword = strings.TrimSpace(keyword)
	switch keyword {
	case "msgctxt", "msgid":
		if p.keyword == "msgstr" || p.keyword == "other" || keyword == p.keyword {
			p.finish()
		}
		if keyword == "msgid" {
			p.current.Line = p.line
		}
		p.keyword = keyword
	case "msgstr", "msgstr[0]":
		p.keyword = "msgstr"
	default:
		if keyword != "msgid_plural" && !(strings.HasPrefix(keyword, "msgstr[") && strings.HasSuffix(keyword, "]")) {
			return fmt.Errorf("the line begins with none of msgctxt, msgid, msgstr, a quotation mark and #")
		}
		p.keyword = "other"
	}
	if !strings.Contains(line, "\"") {
		return fmt.Errorf("%s has no string behind it", keyword)
	}
	return p.add("\"" + rest)
}

// add appends the strings of a line to the message.
func (p *parser) add(line string) error {
	for line != "" {
		text, rest, err := unquote(line)
		if err != nil {
			return err
		}
		var to *string
		switch p.keyword {
		case "msgctxt":
			to = &p.current.Context
		case "msgid":
			to = &p.current.ID
		case "msgstr":
			to = &p.current.Translation
		default:
			to = new(string)
		}
		if len(*to)+len(text) > longest {
			p.skip = true
		} else {
			*to += text
		}
		line = strings.TrimLeft(rest, " \t")
	}
	return nil
}

// finish ends a message.
func (p *parser) finish() {
	if p.keyword == "msgstr" || p.keyword == "other" {
		p.current.Fuzzy = p.fuzzy
		if p.current.ID != "" && !p.skip {
			p.messages = append(p.messages, p.current)
		}
		p.fuzzy = false
	}
	p.current, p.keyword, p.skip = Message{}, "", false
}

// unquote reads a string with the escapes of C at the beginning of a line.
func unquote(line string) (text, rest string, err error) {
	if line[0] != '"' {
		return "", "", fmt.Errorf("there is something behind the string")
	}
	end := 1
	for end < len(line) && line[end] != '"' {
		if line[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(line) {
		return "", "", fmt.Errorf("the string has no quotation mark at its end")
	}
	text, err = strconv.Unquote(line[:end+1])
	if err != nil || !utf8.ValidString(text) {
		return "", "", fmt.Errorf("the string has an escape that is not known, or is not UTF-8")
	}
	return text, line[end+1:], nil
}
