package cnxml

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// encoding checks that the file is UTF-8 with characters that XML allows, and
// skips its byte order mark and XML declaration. It returns false if reading on
// makes no sense.
func (p *parser) encoding() bool {
	p.data = bytes.TrimPrefix(p.data, []byte("\ufeff"))
	p.cursor = NewCursor(p.data)
	head := p.data[:min(4, len(p.data))]
	if bytes.HasPrefix(head, []byte("\xFE\xFF")) || bytes.HasPrefix(head, []byte("\xFF\xFE")) || bytes.IndexByte(head, 0) >= 0 {
		p.fault("xml-encoding", 0, 0, "the file is UTF-16 or UTF-32; save it as UTF-8")
		return false
	}
	declared := p.xmlDeclaration()
	return p.checkCharacters(declared) && !p.stopped
}

// xmlDecl is an XML declaration (XML 1.0, production 23), in its parts.
var xmlDecl = regexp.MustCompile(`^<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:"1\.[0-9]+"|'1\.[0-9]+')` +
	`(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*("[A-Za-z][-A-Za-z0-9._]*"|'[A-Za-z][-A-Za-z0-9._]*'))?` +
	`(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\r\n]*\?>`)

// xmlDeclaration skips the XML declaration. It reports whether the file is
// declared to be UTF-8, or nothing else.
func (p *parser) xmlDeclaration() bool {
	if !has(p.data, "<?xml") || len(p.data) > 5 && !isSpace(p.data[5]) {
		return true
	}
	end := bytes.Index(p.data, []byte("?>")) + len("?>")
	m := xmlDecl.FindSubmatchIndex(p.data[:min(1000, len(p.data))])
	if m == nil {
		p.replace("xml-malformed", 0, max(end, len("<?xml")), `<?xml version="1.0" encoding="UTF-8"?>`,
			`the XML declaration is not well-formed; write <?xml version="1.0" encoding="UTF-8"?>`)
		p.at = max(end, len("<?xml"))
		return true
	}
	p.at = m[1]
	if m[2] < 0 {
		return true
	}
	name := string(p.data[m[2]+1 : m[3]-1])
	if strings.EqualFold(name, "UTF-8") {
		return true
	}
	p.replace("xml-encoding", m[2], m[3], `"UTF-8"`, "the file declares the encoding %s; save it as UTF-8 and declare that", Quote(name))
	return false
}

// checkCharacters reports what no XML 1.0 text may hold (section 2.2, Char).
// Bytes that are not UTF-8 have one cause and are reported once, and not at all
// if another encoding is declared: that is the cause.
func (p *parser) checkCharacters(declared bool) bool {
	for i := 0; i < len(p.data) && !p.stopped; {
		b := p.data[i]
		if b >= ' ' && b < utf8.RuneSelf || b == '\n' || b == '\t' || b == '\r' {
			i++
			continue
		}
		r, size := utf8.DecodeRune(p.data[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			if declared {
				p.fault("xml-encoding", i, i+1, "byte 0x%02x is not UTF-8; save the file as UTF-8", b)
			}
			declared = false
			if p.at == 0 && !bytes.HasPrefix(bytes.TrimLeft(p.data, " \t\r\n"), []byte("<")) {
				return false // EBCDIC, or no XML at all
			}
		case !isChar(r):
			p.fault("xml-character", i, i+size, "the character U+%04X is not allowed in XML; remove it", r)
		}
		i += size
	}
	return true
}

func isChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' ||
		r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= 0x10FFFF
}

func isSpace(b byte) bool { return b == ' ' || b == '\t' || b == '\n' || b == '\r' }

// reference is r as a character reference, or as it is if it prints.
func reference(s string) string {
	r, _ := utf8.DecodeRuneInString(s)
	if isPrinting(r) {
		return s
	}
	return fmt.Sprintf("&#x%X;", r)
}
