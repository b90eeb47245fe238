package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// book is a working repository with the book that all servers serve.
type book struct {
	dir  string
	page string // one of its pages, below the folder
	mark string // the text in the page before or after which a paragraph may come
	what string
	head string
}

// gitCommand is native git without the settings of this machine.
func gitCommand(ctx context.Context, dir string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_TERMINAL_PROMPT=0",
		"GIT_AUTHOR_NAME=Ann", "GIT_AUTHOR_EMAIL=ann@example.org", "GIT_COMMITTER_NAME=Ann", "GIT_COMMITTER_EMAIL=ann@example.org")
	return cmd
}

func git(ctx context.Context, dir string, args ...string) (string, error) {
	return output(gitCommand(ctx, dir, args...))
}

func output(cmd *exec.Cmd) (string, error) {
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%s: %w: %s", strings.Join(cmd.Args, " "), err, out)
	}
	return strings.TrimSpace(string(out)), err
}

// openBook clones the bundle, or makes a book of the size of the one that is
// meant, if the bundle is not there.
func openBook(ctx context.Context, dir, bundle string) (*book, error) {
	b := &book{dir: filepath.Join(dir, "book")}
	_, err := os.Stat(bundle)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = b.generate(ctx)
	case err == nil:
		if bundle, err = filepath.Abs(bundle); err == nil {
			_, err = git(ctx, "", "clone", "-q", bundle, b.dir)
		}
		b.page, b.mark, b.what = "modules/*/index.cnxml", "<content>", strings.TrimSuffix(filepath.Base(bundle), ".bundle")
	}
	if err != nil {
		return nil, err
	}
	pages, err := filepath.Glob(filepath.Join(b.dir, b.page))
	if err != nil || len(pages) == 0 {
		return nil, errors.Join(err, fmt.Errorf("no page %s in the book", b.page))
	}
	if b.page, err = filepath.Rel(b.dir, pages[0]); err != nil {
		return nil, err
	}
	if b.head, err = git(ctx, b.dir, "rev-parse", "HEAD"); err != nil {
		return nil, err
	}
	packed, err := git(ctx, b.dir, "count-objects", "-v", "-H")
	for line := range strings.Lines(packed) {
		if k, v, _ := strings.Cut(strings.TrimSpace(line), ": "); k == "in-pack" || k == "size-pack" {
			b.what += ", " + k + " " + v
		}
	}
	return b, err
}

// generate makes an mdbook with as many pages, and as many bytes that do not
// compress, as the statistics book has.
func (b *book) generate(ctx context.Context) error {
	const pages, media, mediaSize = 179, 1355, 9500
	src := filepath.Join(b.dir, "src")
	if err := os.MkdirAll(src, 0o700); err != nil {
		return err
	}
	random := rand.NewChaCha8([32]byte{1})
	files := map[string]string{"book.toml": "[book]\ntitle = \"Generated\"\n"}
	figure := make([]byte, mediaSize)
	summary := "# Summary\n\n"
	for i := range pages {
		name := fmt.Sprintf("page-%03d.md", i)
		summary += fmt.Sprintf("- [Page %d](%s)\n", i, name)
		text := fmt.Sprintf("# Page %d\n\n", i)
		for j := range 40 {
			text += fmt.Sprintf("Paragraph %d of page %d says %d.\n\n", j, i, random.Uint64())
		}
		for m := i; m < media; m += pages {
			random.Read(figure)
			files[fmt.Sprintf("src/figure-%04d.png", m)] = "\x89PNG\r\n\x1a\n" + string(figure)
			text += fmt.Sprintf("![A figure](figure-%04d.png)\n\n", m)
		}
		files["src/"+name] = text
	}
	files["src/SUMMARY.md"] = summary
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(b.dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	b.page, b.mark, b.what = "src/page-000.md", "\n\n", "generated"
	for _, args := range [][]string{{"init", "-q", "-b", "main"}, {"add", "."}, {"commit", "-q", "-m", "a book"}, {"gc", "-q"}} {
		if _, err := git(ctx, b.dir, args...); err != nil {
			return err
		}
	}
	return nil
}

// choose makes a module's file the page that is changed, if it can be. Modules
// of mdBook are named by their path.
func (b *book) choose(module string) bool {
	for _, path := range []string{"modules/" + module + "/index.cnxml", "src/" + module + ".md"} {
		text, err := os.ReadFile(filepath.Join(b.dir, path))
		if module != "" && err == nil && strings.Contains(string(text), b.mark) {
			b.page = path
			return true
		}
	}
	return false
}

// change commits one changed page in a clone of the book.
func (b *book) change(ctx context.Context, clone string) error {
	path := filepath.Join(clone, b.page)
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	paragraph := fmt.Sprintf("Another sentence, %d.", rand.Uint64())
	if b.mark == "<content>" {
		paragraph = fmt.Sprintf("<para id=\"bench-%x\">%s</para>", rand.Uint64(), paragraph)
	} else {
		paragraph += "\n\n"
	}
	changed := strings.Replace(string(text), b.mark, b.mark+paragraph, 1)
	if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
		return err
	}
	_, err = git(ctx, clone, "commit", "-q", "-a", "-m", "change")
	return err
}
