// Package cite writes how a book is cited: as the styles of APA, MLA and
// Chicago have it, for people, and as BibTeX, RIS and CSL-JSON, for programs
// that keep references.
package cite

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Work describes the cited book. Every field but the title may be empty.
type Work struct {
	Key       string // the name of the entry in BibTeX and CSL-JSON
	Title     string
	Authors   []string // as people write them, "Barbara Illowsky" or "Illowsky, Barbara"; an organisation may stand in braces
	Edition   string   // "2", "Second edition"
	Publisher string
	Year      int    // 0: not known
	Version   string // the number of a release
	Language  string // BCP 47
	URL       string
}

// Part is a piece of a citation; the title of a work is set apart from the rest.
type Part struct {
	Text  string
	Title bool
}

// Text is a citation as it is read.
type Text []Part

// String is the citation without markup.
func (t Text) String() string {
	var b strings.Builder
	for _, p := range t {
		b.WriteString(p.Text)
	}
	return b.String()
}

func (t Text) add(s string) Text {
	if s == "" {
		return t
	}
	return append(t, Part{Text: s})
}

func (t Text) title(s string) Text { return append(t, Part{Text: s, Title: true}) }

// APA is the form of the American Psychological Association, seventh edition:
// every author by initials, the year in parentheses.
func APA(w Work) Text {
	all := names(w.Authors)
	list := make([]string, len(all))
	for i, n := range all {
		list[i] = n.familyFirst(n.initials())
	}
	switch n := len(list); {
	case n > 20:
		list = append(append(list[:19:19], "…"), list[n-1])
	case n > 1:
		list[n-1] = "& " + list[n-1]
	}
	year := "(n.d.)."
	if w.Year != 0 {
		year = "(" + strconv.Itoa(w.Year) + ")."
	}
	authors := strings.ReplaceAll(strings.Join(list, ", "), "…, ", "… ")
	var details []string
	for _, d := range []string{edition(w.Edition), version(w.Version)} {
		if d != "" {
			details = append(details, d)
		}
	}
	after := ""
	if len(details) > 0 {
		after = " (" + strings.Join(details, "; ") + ")"
	}
	var t Text
	if authors == "" { // the title takes their place
		t = t.title(w.Title).add(after).add(". " + year)
	} else {
		t = t.add(stopped(authors) + " " + year + " ").title(w.Title).add(after + ".")
	}
	if w.Publisher != "" {
		t = t.add(" " + stopped(w.Publisher))
	}
	return t.add(before(" ", w.URL))
}

// MLA is the form of the Modern Language Association, ninth edition: the first
// author by family name, "et al." from three authors on.
func MLA(w Work) Text {
	var t Text
	if authors := inverted(names(w.Authors), 2); authors != "" {
		t = t.add(stopped(authors) + " ")
	}
	t = t.title(w.Title).add(".")
	return t.add(details(w, ", "))
}

// Chicago is the form of the Chicago Manual of Style, notes and bibliography,
// eighteenth edition: the first author by family name, "et al." for the last
// of more than six.
func Chicago(w Work) Text {
	var t Text
	if authors := inverted(names(w.Authors), 6); authors != "" {
		t = t.add(stopped(authors) + " ")
	}
	t = t.title(w.Title).add(".")
	return t.add(details(w, ". "))
}

// details are edition, version, publisher and year, and the address.
func details(w Work, between string) string {
	var parts []string
	for _, d := range []string{edition(w.Edition), version(w.Version)} {
		if d != "" {
			parts = append(parts, strings.TrimSuffix(upperFirst(d), "."))
		}
	}
	published := w.Publisher
	if w.Year != 0 {
		published = strings.TrimPrefix(published+", "+strconv.Itoa(w.Year), ", ")
	}
	for _, d := range []string{published, strings.TrimPrefix(strings.TrimPrefix(w.URL, "https://"), "http://")} {
		if d != "" {
			parts = append(parts, d)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return " " + stopped(strings.Join(parts, between))
}

// inverted lists names with the first one family name first; of more than most
// only the first.
func inverted(all []name, most int) string {
	switch {
	case len(all) == 0:
		return ""
	case len(all) == 1:
		return all[0].familyFirst(all[0].given)
	case len(all) > most:
		return all[0].familyFirst(all[0].given) + ", et al."
	}
	list := []string{all[0].familyFirst(all[0].given)}
	for _, n := range all[1 : len(all)-1] {
		list = append(list, n.full())
	}
	return strings.Join(list, ", ") + ", and " + all[len(all)-1].full()
}

// edition is an edition in words; one that is a mere number becomes "2nd ed.".
func edition(s string) string {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return s
	}
	suffix := "th"
	switch {
	case n%100 >= 11 && n%100 <= 13:
	case n%10 == 1:
		suffix = "st"
	case n%10 == 2:
		suffix = "nd"
	case n%10 == 3:
		suffix = "rd"
	}
	return strconv.Itoa(n) + suffix + " ed."
}

func version(s string) string { return before("version ", s) }

// before is the text with a prefix, or nothing if there is no text.
func before(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

// stopped is the text with a full stop at its end.
func stopped(s string) string {
	if strings.HasSuffix(s, ".") {
		return s
	}
	return s + "."
}

func upperFirst(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError {
		return s
	}
	return string(unicode.ToUpper(r)) + s[size:]
}
