package main

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/net/html"
)

// site is a site in Markdown for Hugo, with the text and the pictures of a book,
// and what was found about both.
type site struct {
	dir  string
	text int // bytes
	took []time.Duration
	cpu  []time.Duration
	peak int64

	changes  []time.Duration // of one module of the book
	rebuilds []time.Duration // of the site
}

// siteOf writes the text of published pages as Markdown, a page each, and lays
// the book's media beside them.
func siteOf(ctx context.Context, dir string, b *book, read string, pages []page) (*site, error) {
	s := &site{dir: dir}
	if err := s.begin(); err != nil {
		return nil, err
	}
	for i, p := range pages {
		data, err := fetch(ctx, fmt.Sprintf("%s/%s@1.1/%s", strings.TrimSuffix(read, ".git"), url.PathEscape(p.book), url.PathEscape(p.slug)))
		if err != nil {
			return nil, err
		}
		text, err := markdown(data)
		if err != nil {
			return nil, err
		}
		if err := s.page(i, p.slug, text); err != nil {
			return nil, err
		}
	}
	media := filepath.Join(b.dir, "media")
	if _, err := os.Stat(media); err == nil {
		return s, os.CopyFS(filepath.Join(dir, "static", "media"), os.DirFS(media))
	}
	return s, nil
}

// The least that makes pages of their own: a heading, the text, and the way on.
var siteFiles = map[string]string{
	"hugo.toml": "baseURL = 'https://books.example/'\ntitle = 'A book'\n" +
		"disableKinds = ['taxonomy', 'term', 'rss', 'sitemap']\n",
	"layouts/single.html": `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{{ .Title }}</title></head>` +
		`<body><main><article><h1>{{ .Title }}</h1>{{ .Content }}</article></main><nav>` +
		`{{ with .PrevInSection }}<a href="{{ .RelPermalink }}">{{ .Title }}</a>{{ end }}` +
		`{{ with .NextInSection }}<a href="{{ .RelPermalink }}">{{ .Title }}</a>{{ end }}</nav></body></html>`,
	"layouts/list.html": `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{{ .Title }}</title></head>` +
		`<body><ol>{{ range .Pages }}<li><a href="{{ .RelPermalink }}">{{ .Title }}</a></li>{{ end }}</ol></body></html>`,
}

func (s *site) begin() error {
	for name, text := range siteFiles {
		if err := writeFile(filepath.Join(s.dir, name), text); err != nil {
			return err
		}
	}
	return nil
}

func writeFile(name, text string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	return os.WriteFile(name, []byte(text), 0o600)
}

func (s *site) page(i int, title, text string) error {
	s.text += len(text)
	return writeFile(filepath.Join(s.dir, "content", "book", fmt.Sprintf("page-%05d.md", i)),
		fmt.Sprintf("---\ntitle: %q\nweight: %d\n---\n\n%s", title, i+1, text))
}

// markdown is the text of a page's article: paragraphs, headings and items.
func markdown(page []byte) (string, error) {
	doc, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return "", err
	}
	var b strings.Builder
	var write func(n *html.Node, inside bool)
	write = func(n *html.Node, inside bool) {
		inside = inside || n.Data == "article"
		if n.Type == html.TextNode && inside {
			b.WriteString(strings.NewReplacer("\n", " ", "<", "&lt;", "{{", "{ {", "*", `\*`, "_", `\_`, "`", "\\`").Replace(n.Data))
		}
		if inside {
			b.WriteString(map[string]string{"h2": "\n\n## ", "h3": "\n\n### ", "h4": "\n\n#### ", "p": "\n\n", "li": "\n\n- ", "tr": "\n\n", "div": "\n\n"}[n.Data])
		}
		for c := range n.ChildNodes() {
			write(c, inside)
		}
	}
	write(doc, false)
	return b.String(), nil
}

// build builds the site anew and notes how long that took.
func (s *site) build(ctx context.Context, hugo string) error {
	took, cpu, peak, err := s.run(ctx, hugo)
	s.took, s.cpu, s.peak = append(s.took, took), append(s.cpu, cpu), max(s.peak, peak)
	return err
}

// rebuild changes a page and builds the site again, over what was built before.
func (s *site) rebuild(ctx context.Context, hugo string) error {
	f, err := os.OpenFile(filepath.Join(s.dir, "content", "book", "page-00000.md"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	fmt.Fprintf(f, "\n\nAnother sentence, %d.\n", len(s.rebuilds))
	if err := f.Close(); err != nil {
		return err
	}
	took, _, _, err := s.run(ctx, hugo)
	s.rebuilds = append(s.rebuilds, took)
	return err
}

func (s *site) run(ctx context.Context, hugo string) (took, cpu time.Duration, peak int64, err error) {
	if len(s.took) > 0 && len(s.rebuilds) == 0 {
		if err := os.RemoveAll(filepath.Join(s.dir, "public")); err != nil {
			return 0, 0, 0, err
		}
	}
	cmd := exec.CommandContext(ctx, hugo, "--quiet", "--source", s.dir)
	began := time.Now()
	if _, err := output(cmd); err != nil {
		return 0, 0, 0, err
	}
	took = time.Since(began)
	cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		peak = usage.Maxrss << 10 // in kilobytes on Linux, getrusage(2)
	}
	return took, cpu, peak, nil
}
