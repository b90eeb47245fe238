package theme_test

import (
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/theme"
)

func TestEditionStyle(t *testing.T) {
	look, err := theme.New()
	if err != nil {
		t.Fatal(err)
	}
	book := &collection.Book{Language: "pl"}
	if s := look.EditionStyle(book, ""); len(s) != 0 {
		t.Errorf("the style of a release: %s", s)
	}
	for branch, want := range map[string]string{
		"fix/łódź":                    `content: "Wersja robocza gałęzi “fix/łódź”. Może się zmienić w każdej chwili. ";`,
		"\"; } * { display:none } \\": `“\22 ; } * { display:none } \5c ”`,
		"a\n\x00</style>":             `“a\a \0 \3c /style\3e ”`,
		"\xff":                        "“\ufffd”",
	} {
		if s := string(look.EditionStyle(book, branch)); !strings.Contains(s, want) || strings.Count(s, `"`) != 2 {
			t.Errorf("%q: got %s, want %s", branch, s, want)
		}
	}
}

// The link to the latest release, which all pages have, is shown where there is a newer
// one.
func TestStyleOf(t *testing.T) {
	for _, c := range []struct {
		e           theme.Edition
		text, shown bool
	}{
		{theme.Edition{Number: "1.4"}, false, false},
		{theme.Edition{Number: "1.3", Newest: true}, true, true},
		{theme.Edition{Draft: "fix"}, true, false},
		{theme.Edition{Draft: "fix", Newest: true}, true, true},
	} {
		s := string(theme.StyleOf(c.e))
		if got := strings.Contains(s, "content:"); got != c.text {
			t.Errorf("%+v: a text: %v", c.e, got)
		}
		if got := strings.Contains(s, ".newest { display: block"); got != c.shown {
			t.Errorf("%+v: the link is shown: %v", c.e, got)
		}
	}
}
