package cnxml

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// nameStart is NameStartChar of XML 1.0 (fifth edition), production 4, without
// the colon; nameRest is what NameChar (4a) adds.
var (
	nameStart = &unicode.RangeTable{
		R16: []unicode.Range16{
			{'A', 'Z', 1}, {'_', '_', 1}, {'a', 'z', 1}, {0xC0, 0xD6, 1}, {0xD8, 0xF6, 1}, {0xF8, 0x2FF, 1},
			{0x370, 0x37D, 1}, {0x37F, 0x1FFF, 1}, {0x200C, 0x200D, 1}, {0x2070, 0x218F, 1}, {0x2C00, 0x2FEF, 1},
			{0x3001, 0xD7FF, 1}, {0xF900, 0xFDCF, 1}, {0xFDF0, 0xFFFD, 1},
		},
		R32:         []unicode.Range32{{0x10000, 0xEFFFF, 1}},
		LatinOffset: 5,
	}
	nameRest = &unicode.RangeTable{
		R16: []unicode.Range16{
			{'-', '.', 1}, {'0', '9', 1}, {0xB7, 0xB7, 1}, {0x300, 0x36F, 1}, {0x203F, 0x2040, 1},
		},
		LatinOffset: 3,
	}
)

// asciiName says of each ASCII character whether a name may begin with it (1),
// or only go on with it (2).
var asciiName = func() (kinds [utf8.RuneSelf]uint8) {
	for r := range rune(utf8.RuneSelf) {
		switch {
		case r == ':' || unicode.Is(nameStart, r):
			kinds[r] = 1
		case unicode.Is(nameRest, r):
			kinds[r] = 2
		}
	}
	return kinds
}()

// nameEnd is the offset behind the name (XML 1.0, production 5, colons
// included) that begins at the offset; the offset itself if none does.
func nameEnd(data []byte, at int) int {
	for i := at; i < len(data); {
		if b := data[i]; b < utf8.RuneSelf {
			if kind := asciiName[b]; kind == 0 || kind == 2 && i == at {
				return i
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 || !unicode.Is(nameStart, r) && (i == at || !unicode.Is(nameRest, r)) {
			return i
		}
		i += size
	}
	return max(at, len(data))
}

// isNCName reports whether s is a name without a colon (Namespaces in XML 1.0,
// production 4), as an id must be.
func isNCName(s string) bool {
	return s != "" && !strings.Contains(s, ":") && nameEnd([]byte(s), 0) == len(s)
}

// splitName takes a name apart. It returns false if it is not a QName
// (Namespaces in XML 1.0, production 7).
func splitName(name []byte) (prefix, local []byte, ok bool) {
	colon := -1
	for i, b := range name {
		if b == ':' {
			if colon >= 0 {
				return nil, name, false
			}
			colon = i
		}
	}
	if colon < 0 {
		return nil, name, true
	}
	prefix, local = name[:colon], name[colon+1:]
	if len(prefix) == 0 || nameEnd(local, 0) == 0 {
		return nil, name, false
	}
	return prefix, local, true
}

func isPrinting(r rune) bool { return unicode.IsPrint(r) && r != ' ' }
