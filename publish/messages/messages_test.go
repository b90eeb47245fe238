package messages

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

// TestFiles checks that every file has all keys, and no other ones.
func TestFiles(t *testing.T) {
	all, err := read(files)
	if err != nil {
		t.Error(err)
	}
	for _, language := range []string{"en", "es", "pl"} {
		if all[language] == nil {
			t.Errorf("there is no file for %s", language)
		}
	}
}

// TestFaults reads files in which something is missing or too much.
func TestFaults(t *testing.T) {
	english := fileOf(t, "en.toml")
	tests := []struct{ name, from, to, want string }{
		{"missing", "next =", "# next =", "site.next is missing"},
		{"empty", `hint = "Hint"`, `hint = ""`, "page.hint is missing"},
		{"unknown key", "hint =", "hints = \"\"\nhint =", "hints"},
		{"unknown table", "[labels]", "[other]\na = \"b\"\n[labels]", "other"},
		{"no nominative", `table = { nominative =`, `table = { genitive =`, "labels.table has no nominative"},
		{"unknown class of notes", "[notes]", "[notes]\nnowhere = \"x\"", "notes.nowhere is not in en.toml"},
		{"unknown class of sections", "[sections]", "[sections]\nnowhere = \"x\"", "sections.nowhere is not in en.toml"},
		{"not TOML", "[notes]", "[notes", "xx.toml"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if !strings.Contains(english, test.from) {
				t.Fatalf("en.toml does not have %q", test.from)
			}
			changed := strings.Replace(english, test.from, test.to, 1)
			_, err := read(fstest.MapFS{"en.toml": {Data: []byte(english)}, "xx.toml": {Data: []byte(changed)}})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// TestAddedLanguage adds one by nothing but a file.
func TestAddedLanguage(t *testing.T) {
	english := fileOf(t, "en.toml")
	all, err := read(fstest.MapFS{"en.toml": {Data: []byte(english)},
		"de.toml": {Data: []byte(strings.Replace(english, `hint = "Hint"`, `hint = "Hinweis"`, 1))}})
	if err != nil {
		t.Fatal(err)
	}
	if got := all["de"].Page.Hint; got != "Hinweis" {
		t.Errorf("got %q", got)
	}
}

func TestFor(t *testing.T) {
	for tag, want := range map[string]string{"es": "Figura", "ES-mx": "Figura", "pl-PL": "Ilustracja", "en": "Figure", "tlh": "Figure", "": "Figure"} {
		if got := For(tag).Labels["figure"].In(""); got != want {
			t.Errorf("%q: got %q, want %q", tag, got, want)
		}
	}
	polish := For("pl").Labels["figure"]
	for in, want := range map[string]string{"": "Ilustracja", "nominative": "Ilustracja", "accusative": "Ilustrację", "vocative": "Ilustracja"} {
		if got := polish.In(in); got != want {
			t.Errorf("in the %q: got %q, want %q", in, got, want)
		}
	}
}

func TestWithNotes(t *testing.T) {
	own := For("en").WithNotes(map[string]string{"tip": "Hint", "own": "Our Note"})
	if own.Notes["tip"] != "Hint" || own.Notes["own"] != "Our Note" || own.Notes["lab"] != "Lab" || For("en").Notes["tip"] != "Tip" {
		t.Errorf("got %v", own.Notes)
	}
}

func fileOf(t *testing.T, name string) string {
	t.Helper()
	data, err := fs.ReadFile(files, name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
