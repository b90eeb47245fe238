package openstax

import (
	"regexp"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// commons matches the address of a Creative Commons deed: kind, version, and
// the language of a translated one.
var commons = regexp.MustCompile(`^https?://(?:www\.)?creativecommons\.org/(licenses|publicdomain)/([a-z-]+)/([0-9.]+)(?:/[a-z]{2})?/?(?:(?:deed|legalcode)(?:\.([A-Za-z-]+))?/?)?$`)

// deeds are the licences that Creative Commons has published, by kind.
var deeds = map[string]string{
	"licenses/by": "1.0 2.0 2.5 3.0 4.0", "licenses/by-sa": "1.0 2.0 2.5 3.0 4.0", "licenses/by-nd": "1.0 2.0 2.5 3.0 4.0",
	"licenses/by-nc": "1.0 2.0 2.5 3.0 4.0", "licenses/by-nc-sa": "1.0 2.0 2.5 3.0 4.0",
	"licenses/by-nc-nd": "2.0 2.5 3.0 4.0", "licenses/by-nd-nc": "1.0",
	"licenses/sa": "1.0", "licenses/nd": "1.0", "licenses/nc": "1.0", "licenses/nc-sa": "1.0", "licenses/nd-nc": "1.0",
	"publicdomain/zero": "1.0", "publicdomain/mark": "1.0",
}

// readLicense is the book's licence. One of Creative Commons must exist, and
// a translated deed be in the book's language; any other needs its name as the
// element's text, since its address does not say it.
func readLicense(report *collection.Report, metadata *cnxml.Node, language string) collection.License {
	n := metadata.ChildIn(cnxml.MDML, "license")
	l := collection.License{Name: strings.Join(strings.Fields(n.PlainText()), " ")}
	if n != nil {
		l.URL = strings.TrimSpace(n.Attr("url"))
	}
	if l.URL == "" {
		report.Error(placeOf(n, metadata), "metadata-missing", `the book has no license; add <md:license url="..."> to its metadata`)
		return l
	}
	at := collection.PlaceOf(n, "url")
	lower := strings.ToLower(l.URL)
	deed := commons.FindStringSubmatch(l.URL)
	switch {
	case !strings.HasPrefix(lower, "http://") && !strings.HasPrefix(lower, "https://"):
		report.Add(at.Problem(collection.Error, "license-unknown",
			"url=%s is not the address of a license; it begins with https://", cnxml.Quote(l.URL)))
	case deed == nil && !strings.Contains(lower, "creativecommons.org/"):
		if l.Name == "" {
			report.Add(at.Problem(collection.Error, "license-unknown",
				"the license at %s has no name here; write it between <md:license> and </md:license>", cnxml.Quote(l.URL)))
		}
	case deed == nil || !strings.Contains(" "+deeds[deed[1]+"/"+deed[2]]+" ", " "+deed[3]+" "):
		report.Add(at.Problem(collection.Error, "license-unknown",
			"%s is no license of Creative Commons; one is https://creativecommons.org/licenses/by/4.0/", cnxml.Quote(l.URL)))
	case deed[4] != "" && language != "" && !sameLanguage(deed[4], language):
		report.Add(at.Problem(collection.Error, "license-language",
			"the license is in the language %s and the book in %s; take the deed in the book's language", cnxml.Quote(deed[4]), cnxml.Quote(language)))
	}
	return l
}

// sameLanguage compares the first subtags of two language tags (RFC 5646).
func sameLanguage(a, b string) bool {
	a, _, _ = strings.Cut(strings.ToLower(a), "-")
	b, _, _ = strings.Cut(strings.ToLower(b), "-")
	return a == b
}
