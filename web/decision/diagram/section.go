package diagram

import (
	"regexp"
	"strings"
)

var sectionForm = regexp.MustCompile(`^(?:RFC (\d+))?(?:(?:,? section)? ?(\d+(?:\.\d+)*))?`)

// Section is a row's section in words: "RFC 9110 section 13.1.2".
func Section(s string) string {
	rfc, number := parseSection(s)
	if number == "" {
		return "RFC " + rfc
	}
	return "RFC " + rfc + " section " + number
}

// SectionURL is where a row's section can be read.
func SectionURL(s string) string {
	rfc, number := parseSection(s)
	url := "https://www.rfc-editor.org/rfc/rfc" + rfc
	if number != "" {
		url += "#section-" + number
	}
	return url
}

// parseSection reads the forms of the table: "13.1.2", "13.2.2 (3)", "RFC 9457",
// "RFC 6585 3". Where no RFC is named it is 9110.
func parseSection(s string) (rfc, number string) {
	m := sectionForm.FindStringSubmatch(strings.TrimSpace(s))
	if m[1] == "" {
		m[1] = "9110"
	}
	return m[1], m[2]
}
