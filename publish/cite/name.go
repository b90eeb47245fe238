package cite

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// name is an author's name. An organisation has a family name alone, and is
// never turned around.
type name struct {
	family, given string
	organisation  bool
}

// maxAuthors bounds how many authors are read.
const maxAuthors = 200

func names(authors []string) []name {
	var out []name
	for _, a := range authors[:min(len(authors), maxAuthors)] {
		if n := nameOf(a); n.family != "" {
			out = append(out, n)
		}
	}
	return out
}

// nameOf takes a name apart. With a comma, what stands before it is the family
// name; else that is the last word, with the particles before it ("van der").
// What stands in braces, or holds words that no person's name has, is an
// organisation; a single word is left as it is, like one.
func nameOf(s string) name {
	words := strings.Fields(s)
	s = strings.Join(words, " ")
	if inner, ok := strings.CutPrefix(s, "{"); ok {
		return name{family: strings.TrimSpace(strings.TrimSuffix(inner, "}")), organisation: true}
	}
	if family, given, ok := strings.Cut(s, ","); ok {
		return name{family: strings.TrimSpace(family), given: strings.TrimSpace(given)}
	}
	if len(words) < 2 || len(words) > 6 || slices.ContainsFunc(words, impersonal) {
		return name{family: s, organisation: true}
	}
	at := len(words) - 1
	if suffixes[strings.TrimSuffix(words[at], ".")] && at > 1 { // it stays with the family name
		at--
	}
	for at > 1 && startsLower(words[at-1]) {
		at--
	}
	return name{family: strings.Join(words[at:], " "), given: strings.Join(words[:at], " ")}
}

// IsOrganisation reports whether an author is surely no person: the name stands
// in braces, or has words that only names of organisations have.
func IsOrganisation(author string) bool {
	words := strings.Fields(author)
	return len(words) > 0 && strings.HasPrefix(words[0], "{") ||
		!strings.Contains(author, ",") && slices.ContainsFunc(words, impersonal)
}

// Plain are the authors without the braces that tell organisations from people,
// as readers see them.
func Plain(authors []string) []string {
	plain := slices.Clone(authors)
	for i, a := range plain {
		if inner, ok := strings.CutPrefix(strings.TrimSpace(a), "{"); ok {
			plain[i] = strings.TrimSpace(strings.TrimSuffix(inner, "}"))
		}
	}
	return plain
}

var suffixes = map[string]bool{"Jr": true, "Sr": true, "II": true, "III": true, "IV": true}

// impersonal reports whether the word stands in names of organisations only.
func impersonal(word string) bool {
	switch strings.ToLower(word) {
	case "the", "of", "from", "for", "and", "&", "by", "university", "community", "contributors", "team", "project",
		"foundation", "press", "institute", "authors", "others":
		return true
	}
	return false
}

func startsLower(word string) bool {
	r, _ := utf8.DecodeRuneInString(word)
	return unicode.IsLower(r)
}

func (n name) full() string {
	if n.given == "" {
		return n.family
	}
	return n.given + " " + n.family
}

// familyFirst is the name turned around, with the given names in a form.
func (n name) familyFirst(given string) string {
	if given == "" {
		return n.family
	}
	return n.family + ", " + given
}

// initials are those of the given names: "J. K.", "J.-P.".
func (n name) initials() string {
	var list []string
	for word := range strings.FieldsSeq(n.given) {
		var parts []string
		for part := range strings.SplitSeq(word, "-") {
			if r, size := utf8.DecodeRuneInString(part); size > 0 {
				parts = append(parts, strings.ToUpper(string(r))+".")
			}
		}
		list = append(list, strings.Join(parts, "-"))
	}
	return strings.Join(list, " ")
}
