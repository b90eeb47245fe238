package markdown

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"

	"github.com/rhaptos/rhaptos/gitserver/testenv"
	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// outlined are the elements that the comparison with a browser looks at, by
// their names in CNXML and HTML; all others are their content.
var outlined = map[string]string{
	"list": "list", "ul": "list", "ol": "list", "item": "li", "li": "li", "dl": "dl", "dt": "dt", "dd": "dd", "table": "table",
	"row": "tr", "tr": "tr", "entry": "cell", "td": "cell", "th": "cell", "caption": "caption", "details": "details",
	"summary": "summary", "quote": "quote", "blockquote": "quote", "pre": "pre", "figure": "figure", "figcaption": "figcaption",
	"ruby": "ruby", "rt": "rt", "h2": "h", "a": "a", "link": "a", "hr": "hr",
}

const outlineScript = `(pages, names) => pages.map(page => {
	const outline = n => {
		if (n.nodeType === 3) return n.data.replace(/\s+/g, ' ')
		if (n.nodeType !== 1) return ''
		if (n.tagName === 'BR') return ' '
		const inside = [...n.childNodes].map(outline).join('')
		const name = names[n.localName]
		if (name === 'a' && !inside.trim()) return inside
		return name ? '(' + name + ' ' + inside + ')' : ['P', 'DIV', 'HEADER', 'FOOTER', 'CENTER', 'SECTION'].includes(n.tagName) ? ' ' + inside + ' ' : inside
	}
	return outline(new DOMParser().parseFromString(page, 'text/html').body)
})`

func outlineOf(n *cnxml.Node) string {
	if n.Space == cnxml.Text {
		return n.Data
	}
	var b strings.Builder
	for _, child := range n.Children {
		b.WriteString(outlineOf(child))
	}
	if n.Is("newline") {
		return " "
	}
	name := outlined[n.Name]
	if n.Is("code") && n.Attr("display") == "block" {
		name = "pre"
	}
	switch {
	case name != "":
		return "(" + name + " " + b.String() + ")"
	case isPhrase(n):
		return b.String()
	}
	return " " + b.String() + " "
}

func spaced(s string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("(", " (", ")", " ) ").Replace(s)), " ")
}

// What an author writes in HTML means what a browser makes of it.
func TestLikeBrowser(t *testing.T) {
	testenv.Slow(t, "starts a browser")
	program, err := exec.LookPath("chromium")
	if err != nil {
		testenv.Missing(t, "a browser", ".ci/install browser")
	}
	markdown := goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough), goldmark.WithRendererOptions(html.WithUnsafe()))
	var pages []string
	for _, text := range htmlCorpus {
		var b bytes.Buffer
		if err := markdown.Convert([]byte(text), &b); err != nil {
			t.Fatal(err)
		}
		pages = append(pages, b.String())
	}
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()))...)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx)
	defer cancel()
	defer chromedp.Cancel(ctx)
	argument, _ := json.Marshal(pages)
	names, _ := json.Marshal(outlined)
	want, err := chromedp.Run(ctx, chromedp.Evaluate[[]string]("("+outlineScript+")("+string(argument)+","+string(names)+")"))
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range htmlCorpus {
		out, _ := convert("# Title\n\n" + text + "\n")
		if got, want := spaced(outlineOf(out.Text.Content)), spaced(want[i]); got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
}
