package gitserver

import "strings"

// maxRefName bounds a ref's name in bytes; it has to fit a pkt-line beside two
// object ids, and files that others make of it.
const maxRefName = 1024

// CheckRefName says what is wrong with the name of a ref, or nothing. The rules
// are git-check-ref-format(1)'s, for a name of at least two levels below refs/.
// Bytes from 0x80 up are allowed as they are.
func CheckRefName(name string) string {
	switch {
	case !strings.HasPrefix(name, "refs/"):
		return "a ref must begin with refs/"
	case len(name) > maxRefName:
		return "name too long"
	case strings.Contains(name, ".."), strings.Contains(name, "@{"),
		strings.HasSuffix(name, "."), strings.ContainsFunc(name, forbidden):
		return "funny refname"
	case strings.HasPrefix(name, "refs/rhaptos/"):
		return "refs/rhaptos/ is the server's own"
	}
	parts := strings.Split(name, "/")
	for _, part := range parts {
		if part == "" || part[0] == '.' || strings.HasSuffix(part, ".lock") {
			return "funny refname"
		}
	}
	if len(parts) < 3 {
		return "funny refname"
	}
	return ""
}

func forbidden(r rune) bool {
	return r < 0x20 || r == 0x7f || strings.ContainsRune(" ~^:?*[\\", r)
}
