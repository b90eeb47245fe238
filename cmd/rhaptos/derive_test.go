package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/publish/release"
)

// What a license asks of those who derive is read from its address, or else its name.
func TestDuties(t *testing.T) {
	for _, c := range []struct {
		name, url string
		want      []string
	}{
		{"CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/", nil},
		{"Creative Commons", "http://creativecommons.org/licenses/by-sa/3.0/de/", []string{"SA"}},
		{"", "https://creativecommons.org/licenses/by-nc-sa/4.0", []string{"SA", "NC"}},
		{"CC BY-NC-ND 4.0", "", []string{"NC", "ND"}},
		{"CC-BY-SA", "", []string{"SA"}},
		{"MIT", "https://opensource.org/license/mit", nil},
	} {
		lines := duties(&release.Book{Title: "T", License: c.name, LicenseURL: c.url})
		var got []string
		for _, term := range []string{"SA", "NC", "ND"} {
			if slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, "("+term+")") }) {
				got = append(got, term)
			}
		}
		if !slices.Equal(got, c.want) || forbidsDerivatives(c.url, c.name) != slices.Contains(c.want, "ND") {
			t.Errorf("%s %s: %q, want %q", c.name, c.url, got, c.want)
		}
	}
	if lines := duties(&release.Book{Title: "T"}); len(lines) != 1 || !strings.Contains(lines[0], "names no license") {
		t.Errorf("without a license: %q", lines)
	}
}
