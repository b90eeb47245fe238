package contribution

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParseCommit(t *testing.T) {
	for _, c := range []struct{ object, title, text, id string }{
		{"tree 1\n\nTitle", "Title", "", ""},
		{"tree 1\n\nTitle\n\nText\nmore\n\nChange-Id: Iabc\nSigned-off-by: a <a>\n", "Title", "Text\nmore", "Iabc"},
		{"tree 1\nchange-id kkmpptqn\n\nTitle\n\nChange-Id: Iabc\n", "Title", "", "kkmpptqn"},
		{"tree 1\n\nTitle\n\nText\n\nChange-Id: in the middle\n\nEnd", "Title", "Text\n\nChange-Id: in the middle\n\nEnd", ""},
		{"tree 1\n\n\x1b[31mRed\x00\u202e", "[31mRed", "", ""},
		{"tree 1", "", "", ""},
		{"", "", "", ""},
	} {
		got := parseCommit([]byte(c.object))
		if got.title != c.title || got.text != c.text || got.changeID != c.id {
			t.Errorf("%q: %+v", c.object, got)
		}
	}
}

func FuzzParseCommit(f *testing.F) {
	f.Add([]byte("tree 1\nchange-id k\n\nTitle\n\nText\n\nChange-Id: Iabc\n more\n"))
	f.Fuzz(func(t *testing.T, object []byte) {
		c := parseCommit(object)
		if len(c.title) > maxTitle || len(c.text) > maxText || strings.ContainsAny(c.title, "\n\x00\x1b") || !utf8.ValidString(c.title+c.text+c.changeID) {
			t.Errorf("%q: %+v", object, c)
		}
	})
}

func FuzzParseReviews(f *testing.F) {
	f.Add([]byte(`{"created":"2026-01-01T00:00:00Z","target":{"source":"refs/contributions/1/v1:a","selector":[{"type":"FragmentSelector","value":"line=1,2"}]}}`))
	f.Fuzz(func(_ *testing.T, note []byte) { parseReviews(note) }) // nothing but panics is wrong
}

func FuzzParseMergeTree(f *testing.F) {
	f.Add("0123456789012345678901234567890123456789\x00a.md\x00\x001\x00a.md\x00CONFLICT (contents)\x00CONFLICT (content): x\n\x00")
	f.Fuzz(func(t *testing.T, out string) {
		if _, conflicts, err := parseMergeTree(out); err == nil && len(conflicts) > maxConflicts+1 {
			t.Errorf("%d lines", len(conflicts))
		}
	})
}
