package diagram

import (
	"regexp"
	"strings"
)

var sectionForm = regexp.MustCompile(`^(?:RFC (\d+))?(?:(?:,? section)? ?(\d+(?:\.\d+)*))?`)

// Section names a row's section: "RFC 9110 section 13.1.2".
func Section(s string) string {
	rfc, number := parseSection(s)
	if number == "" {
		return "RFC " + rfc
	}
	return "RFC " + rfc + " section " + number
}

// SectionURL returns the URL of a row's section.
func SectionURL(s string) string {
	rfc, number := parseSection(s)
	url := "https://www.rfc-editor.org/rfc/rfc" + rfc
	if number != "" {
		url += "#section-" + number
	}
	return url
}

// parseSection splits the forms of the table: "13.1.2", "13.2.2 (3)", "RFC
// 9457", "RFC 6585 3". Where no RFC is named it is 9110.
func parseSection(s string) (rfc, number string) {
	m := sectionForm.FindStringSubmatch(strings.TrimSpace(s))
	if m[1] == "" {
		m[1] = "9110"
	}
	return m[1], m[2]
}
