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
		"fix/łódź":                    `content: "Wersja robocza gałęzi “fix/łódź”. Może się zmienić w każdej chwili.";`,
		"\"; } * { display:none } \\": `“\22 ; } * { display:none } \5c ”`,
		"a\n\x00</style>":             `“a\a \0 \3c /style\3e ”`,
		"\xff":                        "“\ufffd”",
	} {
		if s := string(look.EditionStyle(book, branch)); !strings.Contains(s, want) || strings.Count(s, `"`) != 2 {
			t.Errorf("%q: got %s, want %s", branch, s, want)
		}
	}
}
