package preprocess

import (
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"

	"github.com/rhaptos/rhaptos/publish/collection/mdbook/po"
)

var markdown = goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.TaskList, extension.Footnote, extension.DefinitionList),
	goldmark.WithParserOptions(parser.WithHeadingAttribute())).Parser()

func parse(data []byte) (ast.Node, bool) { return markdown.Parse(text.NewReader(data)), true }

func edited(data string, make func(ast.Node, []byte) []Edit) string {
	doc, _ := parse([]byte(data))
	return string(Apply([]byte(data), make(doc, []byte(data))))
}

// translated is a text with the translations, given as pairs.
func translated(data string, pairs ...string) (string, Count) {
	var messages []po.Message
	for i := 0; i < len(pairs); i += 2 {
		messages = append(messages, po.Message{ID: pairs[i], Translation: pairs[i+1]})
	}
	var count Count
	catalog := NewCatalog(messages, parse)
	return edited(data, func(doc ast.Node, data []byte) []Edit {
		edits, n := catalog.Translate(doc, data, 1<<20)
		count = n
		return edits
	}), count
}

func TestTranslate(t *testing.T) {
	for _, c := range []struct {
		text, id, translation, want string
	}{
		{"# A *b*  `c` {#d}\n", "A _b_ `c`", "X", "# X {#d}\n"},
		{"A b\n===\n", "A b", "X", "X\n===\n"},
		{"> a\n> b\n>\n> c\n", "a b", "x\ny", "> x\n> y\n>\n> c\n"},
		{"1. a\n   b\n\n   c\n", "a b", "x\\\ny", "1. x\\\n   y\n\n   c\n"},
		{"a\\*b &lt; c <b>d</b>\n", `a\*b \< c <b>d</b>`, "X", "X\n"},
		{"- [x] done\n", "done", "X", "- [x] X\n"},
		{"[a][r] ![i](j.png \"t\") <https://x.example/>\n\n[r]: https://y.example/ 'u'\n", `[a](https://y.example/ "u") ![i](j.png "t") <https://x.example/>`, "X",
			"X\n\n[r]: https://y.example/ 'u'\n"},
		{"|a|b|\n|-|-|\n|c|`d`|\n", "c", "x|y", "|a|b|\n|-|-|\n|x\\|y|`d`|\n"},
		{"t\n: d\n", "d", "X", "t\n: X\n"},
		{"x[^1]\n\n[^1]: a\n    b\n", "a b", "X", "x[^1]\n\n[^1]: X\n"},
		{"```c\nf(); // a\n\t/* b\n c */ x\n```\n", "// a\n", "// X\n", "```c\nf(); // X\n\t/* b\n c */ x\n```\n"},
		{"- x\n\n  ```rust\n  // a\n  // b\n  f('\"')\n  ```\n", "// a\n// b\n", "// X\n// Y\n", "- x\n\n  ```rust\n  // X\n  // Y\n  f('\"')\n  ```\n"},
		{"```py\nx = \"a\" # b\n```\n", "# b\n", "# X\n", "```py\nx = \"a\" # X\n```\n"},
		{"- <kbd>Go on</kbd>: to the next\n  page.\n", ": to the next page.", ": weiter", "- <kbd>Go on</kbd>: weiter\n"},
		{"    code\n", "code", "X", "    code\n"},
	} {
		if got, _ := translated(c.text, c.id, c.translation); got != c.want {
			t.Errorf("%q with %q: got %q, want %q", c.text, c.id, got, c.want)
		}
	}
	_, count := translated("# A\n\nb `c` d\n\n`e`\n\n|f|\n|-|\n|1|\n", "A", "B", "f", "")
	if count != (Count{Passages: 3, Missing: 2}) {
		t.Errorf("%+v", count)
	}
}

func TestAdmonitions(t *testing.T) {
	for in, want := range map[string]string{
		"admonish":                             "[!note]",
		"admonish warning":                     "[!warning]",
		"admonish caution":                     "[!warning] Caution",
		"admonish tip \"T *x*\"":               "[!tip] T *x*",
		"admonish bug title='T', id='x'":       "[!bug] T",
		"admonish info.my-class title=\"\"":    "[!info]-",
		"admonish title=\"A \\\"b\\\"\"":       "[!note] A \"b\"",
		"admonish other":                       "[!note]",
		"admonish example, collapsible = true": "[!example]",
		"admonish hint":                        "[!tip] Hint",
	} {
		if got := edited("```"+in+"\na\n\nb\n```\nc\n", Admonitions); got != "> "+want+"\n> a\n> \n> b\n\nc\n" {
			t.Errorf("%s: %q", in, got)
		}
	}
	for in, want := range map[string]string{
		"~~~admonish\na": "> [!note]\n> a",
		"- x\n  ````admonish\n  ```\n  a\n  ```\n  ````\n": "- x\n  > [!note]\n  > ```\n  > a\n  > ```\n  \n",
		"> ```admonish\n> a\n> ```\n":                      "> > [!note]\n> > a\n> \n",
		"```admonishing\na\n```\n":                         "```admonishing\na\n```\n",
	} {
		if got := edited(in, Admonitions); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestNames(t *testing.T) {
	rules, productions := Names([]byte("r[a.b]\nr[c]x\n  r[d]\n```grammar,x\r\n@root A_1 ->\r\n    B\r\nB -> x\r\n```\nC -> y\n"))
	if strings.Join(rules, " ") != "a.b" || strings.Join(productions, " ") != "A_1 B" {
		t.Errorf("%v, %v", rules, productions)
	}
	if got := edited("- x\n\n  r[a<b]\n  y\n", Rules); got != "- x\n\n  <div class=\"rule\" id=\"r-a&lt;b\"><a class=\"rule-link\" href=\"#r-a&lt;b\">[a&lt;b]</a></div>\n  \n  y\n" {
		t.Errorf("%q", got)
	}
}

func TestStandardLibrary(t *testing.T) {
	for path, want := range map[string]string{
		"std::option::Option<T>": "std/?search=std::option::Option", "alloc::vec!": "alloc/?search=alloc::vec", "mod@std::vec": "std/?search=std::vec",
		"core": "core/", "std::mem::drop()": "std/?search=std::mem::drop", "standard::x": "", "std:x": "", "https://std": "",
	} {
		got, ok := StandardLibrary(path)
		if ok != (want != "") || ok && got != "https://doc.rust-lang.org/"+want {
			t.Errorf("%s: %q, %t", path, got, ok)
		}
	}
}

// FuzzEdits has edits of any text in order and inside of it, and nothing that a
// catalog without messages would change.
func FuzzEdits(f *testing.F) {
	f.Add("# a\n\n```admonish tip\nb\n```\n", "a", "x\ny")
	f.Add("> - r[a]\n>   ```grammar\n>   A -> b\n", "// c\n", "d")
	f.Add("| a |\n|---|\n| b\\|c |\n\n```rust\n\tlet x = \"y\"; // c\n```", "\"y\"", "\"z\"")
	f.Add("[^1]: a\n\n```admonish\n\n    code", "**a** [b](c)", "")
	f.Fuzz(func(t *testing.T, data, id, translation string) {
		if len(data)+len(id)+len(translation) > 1<<14 || strings.ContainsRune(data, 0) {
			return
		}
		raw := []byte(data)
		doc, _ := parse(raw)
		edits, _ := NewCatalog([]po.Message{{ID: id, Translation: translation}}, parse).Translate(doc, raw, 1<<20)
		none, count := NewCatalog(nil, parse).Translate(doc, raw, 1<<20)
		if len(none) > 0 || count.Missing != count.Passages {
			t.Errorf("an empty catalog: %v, %+v", none, count)
		}
		for _, list := range [][]Edit{edits, Admonitions(doc, raw), Rules(doc, raw)} {
			at := 0
			for _, e := range list {
				if e.From < at || e.To < e.From || e.To > len(raw) {
					t.Fatalf("%+v behind %d of %d", e, at, len(raw))
				}
				at = e.To
			}
		}
		rules, productions := Names(raw)
		Definitions(doc, raw, func(name string) string { return strings.Join(slices.Concat(rules, productions), "") })
	})
}
