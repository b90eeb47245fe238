package report

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/rhaptos/rhaptos/publish/collection"
)

var update = flag.Bool("update", false, "write the golden files anew")

var tree = fstest.MapFS{
	"b, c.md":  {Data: []byte("one\r\n  <two>\u202e x\nthree\n")},
	"long.txt": {Data: []byte(strings.Repeat("é", 500) + "HERE" + strings.Repeat("ü", 500))},
}

func sample() *Report {
	fresh := []collection.Problem{
		{Path: "a:b%.md", Rule: "link-empty", Severity: collection.Warning, Message: "100% wrong\nand more\x1b[31m"},
		{Path: "b, c.md", Line: 3, Column: 1, Rule: "alt-empty", Severity: collection.Note, Message: "a note"},
		{Path: "b, c.md", Line: 2, Column: 3, EndLine: 2, EndColumn: 8, Rule: "duplicate-id", Severity: collection.Error, Message: "an error", Replacement: "<one>"},
		{Path: "long.txt", Line: 1, Column: 501, Rule: "no-such-rule", Severity: collection.Warning, Message: "far to the right"},
	}
	before := []collection.Problem{{Path: "b, c.md", Line: 1, Column: 1, Rule: "duplicate-id", Severity: collection.Error, Message: "an old error"}}
	ref := Of(fresh, before, 10)
	ref.Name, ref.Commit, ref.Published, ref.Refused = "refs/heads/main", strings.Repeat("1", 40), true, "1 error"
	ref.Books = []Book{{Slug: "book", Title: "A Book", URL: "https://books.example/a/b/book"}}
	ref.Quote(tree, nil)
	return &Report{Refs: []Ref{ref, Of(nil, nil, 10)}}
}

func TestFormats(t *testing.T) {
	tool := Tool{Version: "1", Rules: "https://books.example/-/rules/", Repository: "https://books.example/a/b"}
	for name, write := range map[string]func(io.Writer) error{
		"report.txt":    sample().WriteText,
		"report.json":   sample().WriteJSON,
		"report.github": sample().WriteGitHub,
		"report.sarif":  func(w io.Writer) error { return sample().WriteSARIF(w, tool) },
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := write(&b); err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", name)
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
				t.Errorf("differs from %s:\n%s", golden, b.String())
			}
			if strings.ContainsAny(b.String(), "\x1b\u202e") {
				t.Error("what rewrites a terminal is in it")
			}
		})
	}
}

func TestEncoding(t *testing.T) {
	data, err := sample().Encode()
	if err != nil {
		t.Fatal(err)
	}
	again, err := Decode(data)
	if err != nil || fmt.Sprint(*again) != fmt.Sprint(*sample()) {
		t.Errorf("%v\n%v\n%v", err, again, sample())
	}
	if _, err := Decode([]byte("{")); err == nil {
		t.Error("half a report was read")
	}
}

// A report is bounded whatever the problems are.
func TestLimits(t *testing.T) {
	var many []collection.Problem
	message, replacement := strings.Repeat("\x00ż", 100_000), strings.Repeat("r", 100_000)
	for i := range 5000 {
		many = append(many, collection.Problem{Path: strings.Repeat("p", 100) + fmt.Sprint(i%7), Line: 1, Column: i, EndLine: 1, EndColumn: i, Rule: "duplicate-id",
			Severity: collection.Error, Message: message, Replacement: replacement})
	}
	ref := Of(many, nil, 100)
	if len(ref.Problems) != 100 || ref.Omitted != 4900 || ref.Counts.Errors != 5000 {
		t.Errorf("%d problems, %d omitted, %s", len(ref.Problems), ref.Omitted, ref.Counts)
	}
	data, err := (&Report{Refs: []Ref{ref}}).Encode()
	if err != nil || len(data) > 200_000 {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	if none := Of(many, nil, -1); len(none.Problems) != 0 || none.Omitted != 5000 {
		t.Errorf("%d problems", len(none.Problems))
	}
}

func TestQuoteOfALongLine(t *testing.T) {
	for _, p := range sample().Refs[0].Problems {
		if p.Path == "long.txt" && (!strings.Contains(p.Source, "éHEREü") || utf8.RuneCountInString(p.Source) > maxSource) {
			t.Errorf("%q", p.Source)
		}
	}
}
