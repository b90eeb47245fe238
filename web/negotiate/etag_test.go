package negotiate

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestParseETagList(t *testing.T) {
	tests := []struct {
		values []string
		want   string // the tags, joined by spaces; "*" for any, "-" for malformed
	}{
		{[]string{`"a"`}, `"a"`},
		{[]string{`"a", W/"b" ,"c"`}, `"a" W/"b" "c"`},
		{[]string{`"a"`, `"b"`}, `"a" "b"`},
		{[]string{`,, "a",,`}, `"a"`},
		{[]string{`"a,b"`}, `"a,b"`},
		{[]string{`""`}, `""`},
		{[]string{"\"\xe4\""}, "\"\xe4\""},
		{[]string{"*"}, "*"},
		{[]string{" * "}, "*"},
		{[]string{`*, "a"`}, "-"},
		{[]string{"a"}, "-"},
		{[]string{`"a`}, "-"},
		{[]string{`"a" "b"`}, "-"},
		{[]string{`"a b"`}, "-"},
		{[]string{`w/"a"`}, "-"},
		{[]string{`W/a`}, "-"},
		{[]string{""}, "-"},
		{[]string{","}, "-"},
	}
	for _, tt := range tests {
		list, ok := ParseETagList(tt.values)
		got := "-"
		if list.Any {
			got = "*"
		} else if ok {
			got = joinTags(list.Tags, " ")
		}
		if got != tt.want {
			t.Errorf("ParseETagList(%q) = %s, want %s", tt.values, got, tt.want)
		}
	}
}

func joinTags(tags []ETag, separator string) string {
	var s []string
	for _, tag := range tags {
		s = append(s, tag.String())
	}
	return strings.Join(s, separator)
}

// TestComparison is the table of 8.8.3.2.
func TestComparison(t *testing.T) {
	for _, tt := range []struct {
		a, b         string
		strong, weak bool
	}{
		{`W/"1"`, `W/"1"`, false, true},
		{`W/"1"`, `W/"2"`, false, false},
		{`W/"1"`, `"1"`, false, true},
		{`"1"`, `"1"`, true, true},
	} {
		a, okA := ParseETag(tt.a)
		b, okB := ParseETag(tt.b)
		if !okA || !okB || a.StrongMatch(b) != tt.strong || a.WeakMatch(b) != tt.weak {
			t.Errorf("%s and %s: strong %v, weak %v", a, b, a.StrongMatch(b), a.WeakMatch(b))
		}
		list := ETagList{Tags: []ETag{{Opaque: `"x"`}, b}}
		if list.StrongMatch(a) != tt.strong || list.WeakMatch(a) != tt.weak {
			t.Errorf("list with %s and %s: strong %v, weak %v", b, a, list.StrongMatch(a), list.WeakMatch(a))
		}
	}
}

// FuzzETagList compares with the grammar of 13.1.1 as a regular expression.
func FuzzETagList(f *testing.F) {
	for _, s := range []string{`"a"`, `W/"a", "b"`, "*", `"a`, `,"a",,`, "\"\x7f\"", "\"\xff\"", `"a""b"`} {
		f.Add(s)
	}
	const tag = `(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"`
	grammar := regexp.MustCompile(`^[ \t,]*` + tag + `(?:[ \t]*,[ \t,]*` + tag + `)*[ \t,]*$`)
	f.Fuzz(func(t *testing.T, field string) {
		list, ok := ParseETagList([]string{field})
		latin := make([]rune, len(field)) // the expression reads bytes as characters
		for i := range len(field) {
			latin[i] = rune(field[i])
		}
		want := grammar.MatchString(string(latin)) || strings.Trim(field, " \t") == "*"
		if ok != want {
			t.Fatalf("%q: %v, the grammar says %v", field, ok, want)
		}
		if ok && !list.Any {
			again, ok := ParseETagList([]string{joinTags(list.Tags, ", ")})
			if !ok || !slices.Equal(list.Tags, again.Tags) {
				t.Fatalf("%q: %v became %v", field, list, again)
			}
		}
	})
}
