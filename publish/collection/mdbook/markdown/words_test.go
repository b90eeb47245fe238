package markdown

import (
	"bytes"
	"fmt"
	nethtml "html"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection/realbook"
)

// wordsOf are the words of a tree, those in attributes that are shown included.
func wordsOf(nodes ...*cnxml.Node) map[string]bool {
	var b strings.Builder
	for _, n := range nodes {
		if n == nil {
			continue
		}
		n.Walk(func(below *cnxml.Node) bool {
			if below.Space == cnxml.Text {
				b.WriteString(below.Data)
			} else if !isPhrase(below) || below.Is("footnote", "newline") {
				b.WriteByte(' ')
			}
			return true
		})
	}
	out := map[string]bool{}
	for _, w := range letters(b.String()) {
		out[w] = true
	}
	return out
}

// Of any mixture of tags, all words are on the page, and apart.
func TestWordsAreKept(t *testing.T) {
	names := strings.Fields("p li ul ol dl dt dd table tr td th tbody caption div b i em a span details summary blockquote pre h3 figure ruby rt custom-x form font section code sub")
	for seed := range uint64(1000) {
		random := rand.New(rand.NewPCG(seed, 1))
		var b strings.Builder
		b.WriteString("# Title\n\n")
		words := 0
		for range 30 {
			name := names[random.IntN(len(names))]
			switch random.IntN(6) {
			case 0, 1:
				b.WriteString("<" + name + ">")
			case 2:
				b.WriteString("</" + name + ">")
			case 3:
				b.WriteString([]string{"\n\n", "\n\n- ", "\n\n> ", " *", "* ", "\n\n| a | b |\n|---|---|\n| "}[random.IntN(6)])
			default:
				fmt.Fprintf(&b, " word%d ", words)
				words++
			}
		}
		out, report := convert(b.String())
		text := out.Text
		got := wordsOf(text.Title, text.Content)
		for i := range words {
			if !got[fmt.Sprintf("word%d", i)] {
				var tree strings.Builder
				describe(&tree, text.Content, 0)
				t.Fatalf("word%d is lost of\n%s\n%v\n%s", i, b.String(), report.Problems(), tree.String())
			}
		}
	}
}

func letters(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
}

// Of a real book all words that the Markdown shows, listings apart, are on its pages.
func TestWordsOfRealBook(t *testing.T) {
	dir := realbook.Clone(t, "mdbook-rust-book")
	chapters, err := filepath.Glob(dir + "/src/*.md")
	if err != nil || len(chapters) < 100 {
		t.Fatal(len(chapters), "chapters", err)
	}
	markdown := goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.Footnote), goldmark.WithRendererOptions(html.WithUnsafe()))
	for _, name := range chapters {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		data = regexp.MustCompile(`(?m)^.*\{\{#.*$`).ReplaceAll(data, nil) // what is included is in listings
		out, _ := convert(string(data))
		got := wordsOf(out.Text.Title, out.Text.Content)
		var page bytes.Buffer
		if err := markdown.Convert(data, &page); err != nil {
			t.Fatal(err)
		}
		source := nethtml.UnescapeString(regexp.MustCompile("(?s)<!--.*?-->|<pre>.*?</pre>|<sup id=.*?</sup>|<[^>]*>").ReplaceAllString(page.String(), ""))
		for _, w := range letters(source) {
			if !got[w] {
				t.Errorf("%s: %q is lost", filepath.Base(name), w)
			}
		}
	}
}
