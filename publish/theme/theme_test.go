package theme_test

import (
	"bytes"
	"flag"
	"io/fs"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/edition"
	"github.com/rhaptos/rhaptos/publish/theme"
	"github.com/rhaptos/rhaptos/publish/theme/themetest"
)

var update = flag.Bool("update", false, "write the golden files anew")

const evil = `"><script>alert(1)</script>`

func pageView(language string) *edition.PageView {
	return &edition.PageView{
		Book: &collection.Book{Title: "Statistics " + evil, Language: language, Authors: []string{"A. Author", evil},
			License: collection.License{Name: "CC BY 4.0", URL: "https://creativecommons.org/licenses/by/4.0/"}},
		Number: "1.2", Title: "On <em>x</em>", PlainTitle: "On x", Slug: "1-2-on-x",
		Above: []edition.PageLink{{Title: "Unit"}, {Slug: "1-introduction", Number: "1", Title: "Chapter <em>One</em>"}},
		Near: &edition.Section{Top: &edition.PageLink{Slug: "1-introduction", Number: "1", Title: "Chapter <em>One</em>"},
			Pages: []edition.PageLink{{Slug: "1-introduction", Title: "Introduction"}, {Slug: "1-2-on-x", Number: "1.2", Title: "On <em>x</em>"}}},
		Body:     `<p id="p">Text.</p><section id="s" class="x"><h2>On <math><mi>x</mi></math></h2><section id="t"><h3>Below &amp; "so"</h3></section></section>`,
		Previous: &edition.PageLink{Slug: "1-1-łódź", Number: "1.1", Title: "Łódź"},
		Next:     &edition.PageLink{Slug: "1-3-next", Number: "1.3", Title: "Next <em>y</em>"},
	}
}

// pages are inputs by the names of their golden files.
var pages = map[string]*edition.PageView{
	"page":    pageView("en"),
	"page-pl": pageView("pl"),
	"page-bare": {
		Book: &collection.Book{Title: "B", Language: "ar", License: collection.License{URL: "javascript:alert(1)"}}, Title: "T", PlainTitle: "T",
	},
}

func TestPage(t *testing.T) {
	th, err := theme.New()
	if err != nil {
		t.Fatal(err)
	}
	for name, view := range pages {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := th.Page(&b, view); err != nil {
				t.Fatal(err)
			}
			themetest.CheckDocument(t, th.Assets(), b.String())
			golden := "testdata/" + name + ".html"
			if *update {
				if err := os.WriteFile(golden, b.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if b.String() != string(want) {
				t.Errorf("%s differs; got\n%s", golden, b.String())
			}
		})
	}
}

// TestStyle checks that the style sheet loads nothing, and the contrast of its
// colours in light and dark (WCAG 2.2, success criterion 1.4.3: 4.5 to 1).
func TestStyle(t *testing.T) {
	th, err := theme.New()
	if err != nil {
		t.Fatal(err)
	}
	data, err := fs.ReadFile(th.Assets(), "style.css")
	if err != nil {
		t.Fatal(err)
	}
	css := string(data)
	if strings.Contains(css, "url(") || strings.Contains(css, "@import") {
		t.Error("the style sheet loads something")
	}
	blocks := regexp.MustCompile(`(?s):root \{(.*?)\n?\s*\}`).FindAllStringSubmatch(css, -1)
	if len(blocks) < 2 {
		t.Fatalf("%d blocks of colours, want 2", len(blocks))
	}
	pairs := map[string][]string{
		"paper":   {"ink", "soft", "link", "visited", "accent", "bad"},
		"shade":   {"ink", "soft", "link"},
		"code":    {"ink", "link", "soft", "tok-comment", "tok-keyword", "tok-string", "tok-number", "tok-name", "tok-type", "tok-meta", "tok-bad"},
		"note":    {"ink", "soft", "link", "visited", "accent"},
		"example": {"ink", "soft", "link", "visited", "accent"},
		"alert":   {"alert-ink"},
	}
	for i, mode := range []string{"light", "dark"} {
		colours := map[string]float64{}
		for _, m := range regexp.MustCompile(`--([a-z-]+): #([0-9a-f]{6});`).FindAllStringSubmatch(blocks[i][1], -1) {
			colours[m[1]] = luminance(t, m[2])
		}
		for ground, inks := range pairs {
			for _, ink := range inks {
				if c := contrast(colours[ground], colours[ink]); c < 4.5 {
					t.Errorf("%s: %s on %s has a contrast of %.2f", mode, ink, ground, c)
				}
			}
		}
		if c := contrast(colours["paper"], colours["focus"]); c < 3 {
			t.Errorf("%s: the focus ring has a contrast of %.2f", mode, c)
		}
	}
}

// luminance is the relative luminance of a colour as WCAG defines it.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	v, err := strconv.ParseUint(hex, 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	channel := func(shift int) float64 {
		c := float64(v>>shift&0xFF) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(16) + 0.7152*channel(8) + 0.0722*channel(0)
}

func contrast(a, b float64) float64 { return (max(a, b) + 0.05) / (min(a, b) + 0.05) }
