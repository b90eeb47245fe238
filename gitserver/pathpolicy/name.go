package pathpolicy

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// CheckName returns the problem with the name of a file or folder; empty if there is
// none.
func CheckName(name string) string {
	switch {
	case len(name) > MaxName:
		return fmt.Sprintf("has a name of %d bytes, and a file system takes %d: shorten it", len(name), MaxName)
	case strings.HasPrefix(name, "-"):
		return "begins with a hyphen, so that commands take it for an option: rename it"
	}
	return CheckPortable(name)
}

// CheckPortable returns why a file of the name cannot be created on each of the
// systems that authors use, or would not be shown as what it is; empty if neither is
// so. Its length is not checked.
func CheckPortable(name string) string {
	switch {
	case !utf8.ValidString(name):
		return "is not UTF-8: rename it"
	case strings.ContainsFunc(name, unicode.IsControl):
		return "has a control character in its name: rename it"
	case strings.ContainsFunc(name, misleads):
		return "has a character in its name that changes how it is shown (writing direction, end of line): rename it"
	case strings.ContainsAny(name, `\`):
		return "has a backslash in its name, which divides folders on Windows: rename it"
	case strings.ContainsAny(name, `<>:"|?*`):
		return `has one of < > : " | ? * in its name, which Windows cannot hold: rename it`
	case strings.HasSuffix(name, "."), strings.HasSuffix(name, " "):
		return "ends in a dot or a space, which Windows drops: rename it"
	case device(name):
		return "is a device's name on Windows, which cannot hold such a file: rename it"
	case !norm.NFC.IsNormalString(name):
		return "is not in Unicode's normal form C: rename it (on a Mac: git config core.precomposeunicode true)"
	}
	return ""
}

// misleads reports whether a character changes how others are shown.
func misleads(r rune) bool {
	return r >= 0x80 && (unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029')
}

// device reports whether Windows takes the name for a device, with or without
// an extension (Microsoft, "Naming Files, Paths, and Namespaces").
func device(name string) bool {
	stem, _, _ := strings.Cut(name, ".")
	stem = strings.ToUpper(strings.TrimRight(stem, " "))
	switch stem {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	port, ok := strings.CutPrefix(stem, "COM")
	if !ok {
		port, ok = strings.CutPrefix(stem, "LPT")
	}
	return ok && utf8.RuneCountInString(port) == 1 && strings.Contains("0123456789¹²³", port)
}

// Folder finds the form of a name in which file systems compare it. It is not safe
// for concurrent use.
type Folder struct{ fold cases.Caser }

// NewFolder returns a folder.
func NewFolder() Folder { return Folder{cases.Fold()} }

// Key is the same for two names that some file system takes for one: without
// regard to case and normal form. Names may be paths.
func (f Folder) Key(name string) string {
	if isASCII(name) {
		return strings.ToLower(name)
	}
	return norm.NFD.String(f.fold.String(norm.NFD.String(name)))
}

// seen is a name without the characters that are not seen, which some file
// systems leave out when they compare.
func seen(name string) string {
	if isASCII(name) {
		return name
	}
	return strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point) {
			return -1
		}
		return r
	}, name)
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
