package gitserver

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/rhaptos/rhaptos/gitserver/pathpolicy"
)

const (
	// maxRefName bounds a ref's name in bytes; it has to fit a pkt-line beside two
	// object ids, and files that others make of it.
	maxRefName = 1024

	// maxRefPart bounds what is between two slashes, in bytes: git locks a ref by a
	// file of its name with ".lock" behind it.
	maxRefPart = pathpolicy.MaxName - len(".lock")
)

// namespaces are where refs may be. What clones keep beside them (refs/remotes,
// refs/stash, refs/original, refs/replace) is a clone's own business.
var namespaces = []string{"refs/heads/", "refs/tags/", "refs/notes/"}

// The names of contributions (see the package contribution).
const (
	// ForPrefix begins the names to which a contribution is pushed:
	// refs/for/BRANCH or refs/for/BRANCH/TOPIC. No ref has such a name.
	ForPrefix = "refs/for/"

	// ContributionPrefix begins the names of the refs of contributions, which only
	// the server moves. Clients see them if they ask for them.
	ContributionPrefix = "refs/contributions/"

	// ReviewRef has the reviews of contributions, as git notes. Only the server
	// moves it.
	ReviewRef = "refs/notes/reviews"
)

// checkRefName returns why a ref name is refused; empty if it is allowed. The rules
// for names are git-check-ref-format(1)'s; bytes from 0x80 up are allowed as
// they are. Beyond git's rules a ref must be in one of our namespaces, and a
// branch or tag must not be called what a command line takes for something else.
func checkRefName(name string) string {
	if len(name) > maxRefName {
		return "name too long"
	}
	if !wellFormed(name) {
		return "funny refname"
	}
	switch {
	case strings.HasPrefix(name, "refs/rhaptos/"):
		return "refs/rhaptos/ is the server's own"
	case strings.HasPrefix(name, ContributionPrefix):
		return "only the server moves refs/contributions/; to propose a change: git push origin HEAD:refs/for/BRANCH"
	case name == ReviewRef:
		return "only the server moves refs/notes/reviews; to review: rhaptos contribution review"
	case strings.HasPrefix(name, ForPrefix):
		return ""
	case strings.HasPrefix(name, "refs/heads/refs/"):
		return "a branch must not be called refs/..."
	}
	for _, space := range namespaces {
		rest, ok := strings.CutPrefix(name, space)
		switch {
		case !ok:
		case strings.HasPrefix(rest, "-"):
			return "a name must not begin with a hyphen"
		case rest == "HEAD" && space == "refs/heads/":
			return "a branch must not be called HEAD"
		default:
			return ""
		}
	}
	return "only refs/heads/, refs/tags/ and refs/notes/ are kept here"
}

// wellFormed reports whether git-check-ref-format(1) allows the name.
func wellFormed(name string) bool {
	if strings.Contains(name, "..") || strings.Contains(name, "@{") || strings.HasSuffix(name, ".") || strings.ContainsFunc(name, forbidden) {
		return false
	}
	parts := strings.Split(name, "/")
	for _, part := range parts {
		if part == "" || part[0] == '.' || strings.HasSuffix(part, ".lock") {
			return false
		}
	}
	return len(parts) >= 2
}

func forbidden(r rune) bool {
	return r < 0x20 || r == 0x7f || strings.ContainsRune(" ~^:?*[\\", r)
}

// checkNewRef returns why a ref of the name is not created, beyond [checkRefName];
// empty if it may be. Clones keep refs in files: one that a clone cannot create makes
// all of its fetches fail. What exists can still be moved and deleted.
func checkNewRef(name string) string {
	for part := range strings.SplitSeq(name, "/") {
		switch {
		case len(part) > maxRefPart:
			return fmt.Sprintf("a part of the name has %d bytes, and git can keep %d in a file: shorten it", len(part), maxRefPart)
		case strings.ContainsFunc(part, invisible):
			return "has a character in its name that is not seen: rename it"
		}
		if why := pathpolicy.CheckPortable(part); why != "" {
			return why
		}
	}
	return ""
}

// invisible reports whether a character has no width, so that two names look the same.
// Those that choose the form of the one before are not such.
func invisible(r rune) bool {
	return r >= 0x80 && r != unicode.ReplacementChar && !unicode.Is(unicode.Variation_Selector, r) &&
		!unicode.Is(unicode.Bidi_Control, r) && unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point)
}
