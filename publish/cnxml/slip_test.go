package cnxml

import (
	"os"
	"regexp"
	"testing"
)

// slipKinds are the slips of a hand that writes markup.
var slipKinds = []struct {
	name    string
	where   *regexp.Regexp
	mistake func(found string) string
}{
	{"an end tag is missing", anEnd, func(string) string { return "" }},
	{"an end tag stands twice", anEnd, func(s string) string { return s + s }},
	{"an end tag is misspelled", anEnd, func(s string) string { return "</q" + s[3:] }},
	{"a slash is missing", anEnd, func(s string) string { return "<" + s[2:] }},
	{"an end tag is not closed", anEnd, func(s string) string { return s[:len(s)-1] }},
	{"an end tag has no beginning", anEnd, func(s string) string { return s[1:] }},
	{"a start tag is missing", aStart, func(string) string { return "" }},
	{"a start tag stands twice", aStart, func(s string) string { return s + s }},
	{"a start tag is not closed", aStart, func(s string) string { return s[:len(s)-1] }},
	{"the first quote is missing", aValue, func(s string) string { return "=" + s[2:] }},
	{"the last quote is missing", aValue, func(s string) string { return s[:len(s)-1] }},
	{"an equals sign is missing", aValue, func(s string) string { return s[1:] }},
}

var (
	anEnd  = regexp.MustCompile(`</[a-z:]+>`)
	aStart = regexp.MustCompile(`<[a-z:]+(?: [^<>]*[^/<>])?>`)
	aValue = regexp.MustCompile(`="[^"]*"`)
)

// TestSlips makes each slip at each place of a module where it can happen. It is
// told, and as one fault.
func TestSlips(t *testing.T) {
	data, err := os.ReadFile("testdata/waves.cnxml")
	if err != nil {
		t.Fatal(err)
	}
	if root, faults := Parse(data, Limits{}); root == nil || len(Check(root)) > 0 {
		t.Fatal(faults, Check(root))
	}
	source := string(data)
	for _, kind := range slipKinds {
		t.Run(kind.name, func(t *testing.T) {
			places := kind.where.FindAllStringIndex(source, -1)
			several := 0
			for _, at := range places {
				broken := source[:at[0]] + kind.mistake(source[at[0]:at[1]]) + source[at[1]:]
				_, faults := Parse([]byte(broken), Limits{})
				if len(faults) == 0 {
					t.Errorf("%s is taken: %s", kind.name, source[at[0]:at[1]])
				}
				if len(faults) > 1 {
					several++
					t.Logf("%s: %v", source[at[0]:at[1]], faults)
				}
			}
			if several > 1 { // without the root's start tag, its children are roots, and no prefix is declared
				t.Errorf("%d of %d slips are told as several faults", several, len(places))
			}
		})
	}
}
