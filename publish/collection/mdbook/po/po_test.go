package po

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

const sample = `# A comment
msgid ""
msgstr ""
"Language: da\n"

#: src/one.md:1
msgid "One"
msgstr "Et"

#, fuzzy, c-format
#| msgid "Old"
msgctxt "where"
msgid ""
"a \"b\"\n"
"c\\d"
msgstr "x" "y"
#: src/two.md:1
msgid "Two"
msgstr ""
msgid "cow"
msgid_plural "cows"
msgstr[0] "ko"
msgstr[1] "køer"

#~ msgid "Gone"
#~ msgstr "Væk"
`

func TestParse(t *testing.T) {
	messages, err := Parse([]byte(strings.ReplaceAll(sample, "\n", "\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, m := range messages {
		got += fmt.Sprintf("%d %q %q %q %t\n", m.Line, m.Context, m.ID, m.Translation, m.Fuzzy)
	}
	if want := `7 "" "One" "Et" false
13 "where" "a \"b\"\nc\\d" "xy" true
18 "" "Two" "" false
20 "" "cow" "ko" false
`; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestParseErrors(t *testing.T) {
	for text, line := range map[string]int{
		"msgid \"a\"\nmsgstr \"b\nmsgid \"c\"": 2,
		"\"a\"":                                1,
		"msgid \"a\" b":                        1,
		"msgid \"a\\q\"":                       1,
		"msgid":                                1,
		"\n\nhello":                            3,
		"msgid \"a\"\nmsgstr \"b\"\n\nmsgid \"\\xff\"": 4,
	} {
		messages, err := Parse([]byte(text))
		if at := (*SyntaxError)(nil); !errors.As(err, &at) || at.Line != line {
			t.Errorf("%q: %v, %v; want line %d", text, messages, err, line)
		}
	}
	long := "msgid \"" + strings.Repeat("x", longest+1) + "\"\nmsgstr \"y\"\n\nmsgid \"a\"\nmsgstr \"b\"\n"
	if messages, err := Parse([]byte(long)); err != nil || len(messages) != 1 || messages[0].ID != "a" {
		t.Errorf("%d messages, %v", len(messages), err)
	}
}

// FuzzParse reads anything: what is read and written again is the same.
func FuzzParse(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte("msgid \"a\\t\\101\"\nmsgstr[0] \"\\x41\""))
	f.Fuzz(func(t *testing.T, data []byte) {
		messages, err := Parse(data)
		if at := (*SyntaxError)(nil); err != nil && (!errors.As(err, &at) || at.Line < 1) {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, m := range messages {
			if m.Fuzzy {
				b.WriteString("#, fuzzy\n")
			}
			fmt.Fprintf(&b, "msgctxt %q\nmsgid %q\nmsgstr %q\n\n", m.Context, m.ID, m.Translation)
		}
		again, err := Parse([]byte(b.String()))
		if err != nil || len(again) != len(messages) {
			t.Fatalf("%d messages, then %d, %v", len(messages), len(again), err)
		}
		for i, m := range again {
			if m.ID != messages[i].ID || m.Translation != messages[i].Translation || m.Fuzzy != messages[i].Fuzzy || m.Context != messages[i].Context {
				t.Fatalf("%+v became %+v", messages[i], m)
			}
		}
	})
}
