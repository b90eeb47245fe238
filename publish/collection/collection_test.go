package collection

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/cnxml"
)

func TestFiles(t *testing.T) {
	files := NewFiles(fstest.MapFS{
		"a/b.png":     {Data: []byte("x")},
		"a/page":      {Data: []byte("<!DOCTYPE html>")},
		"a/link":      {Data: []byte("b.png"), Mode: fs.ModeSymlink | 0o777},
		"a/pipe":      {Mode: fs.ModeNamedPipe},
		"linked/file": {Data: []byte("x")},
	})
	for name, want := range map[string]bool{
		"a/b.png": true, "a/page": true, "linked/file": true, "a/link": true,
		"a": false, ".": false, "": false, "a/none": false, "a/b.png/c": false, "a/pipe": false,
		"../a/b.png": false, "/a/b.png": false, "a//b.png": false, "a\x00": false,
		strings.Repeat("x", 256): false, strings.Repeat("x/", 3000) + "y": false,
	} {
		got, err := files.Exists(name)
		if got != want || err != nil {
			t.Errorf("Exists(%.20q) = %t, %v", name, got, err)
		}
		_, err = files.Read(name, 100)
		if (err == nil) != want || err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Read(%.20q): %v", name, err)
		}
		media, err := files.Media(name)
		if (media != nil) != want || err != nil {
			t.Errorf("Media(%.20q) = %v, %v", name, media, err)
		}
	}
	if _, err := files.Read("a/page", 3); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a file too large: %v", err)
	}
	image, _ := files.Media("a/b.png")
	page, _ := files.Media("a/page")
	again, _ := files.Media("a/page")
	for _, name := range []string{"a/b.png", "a/page"} {
		if _, err := files.CheckMedia(name, analysis.None{}); err != nil {
			t.Error(err)
		}
	}
	if *image != (Media{Path: "a/b.png", Type: "image/png", Size: 1}) || page.Type != "text/html; charset=utf-8" || page != again {
		t.Errorf("%v, %v, %v", image, page, again)
	}
}

func TestReport(t *testing.T) {
	r := NewReport("a.md")
	for i := range 600 {
		r.Warning(cnxml.Pos{Line: i + 1, Column: 2}, "w", "warning %d", i)
	}
	r.Error(cnxml.Pos{}, "e", "an error")
	problems := r.Problems()
	if len(problems) != 502 || !HasErrors(problems) {
		t.Fatalf("%d problems", len(problems))
	}
	SortProblems(problems)
	want := []string{"a.md: an error", "a.md: 100 more problems of severity warning in this file are not listed", "a.md:1:2: warning 0", "a.md:2:2: warning 1"}
	for i, w := range want {
		if got := problems[i].String(); got != w {
			t.Errorf("problem %d is %q, want %q", i, got, w)
		}
	}
	if HasErrors(problems[1:]) || problems[1].Severity != Warning || problems[1].Rule != "more-problems" {
		t.Error("severities")
	}
}

func TestValidSlug(t *testing.T) {
	for slug, want := range map[string]bool{
		"introductory-statistics-2e": true, "cálculo-volumen-1": true, "fizyka-dla-szkół": true, "книга_1.2": true,
		"": false, "-": false, ".": false, "..": false, ".git": false, "a/b": false, "a b": false, "a@b": false,
		"a\x1b": false, "a\u202eb": false, "a\xff": false, "a%2f": false, strings.Repeat("a", 201): false,
	} {
		if ValidSlug(slug) != want {
			t.Errorf("ValidSlug(%q) = %t", slug, !want)
		}
	}
}

// named is a format that detects a file and reports its name.
type named string

func (n named) Detect(fsys fs.FS) bool {
	_, err := fs.Stat(fsys, string(n))
	return err == nil
}

func (n named) Read(context.Context, fs.FS, analysis.Cache) (*Library, []Problem, error) {
	lib := &Library{Formats: []string{string(n)}, Modules: map[string]*Module{"m": {Path: "m." + string(n)}}}
	for _, slug := range []string{"shared", string(n)} {
		lib.Books = append(lib.Books, &Book{Format: string(n), Slug: slug, Path: string(n)})
	}
	return lib, []Problem{{Path: string(n)}, {Path: "a"}}, nil
}

func TestRead(t *testing.T) {
	lib, problems, err := Read(t.Context(), fstest.MapFS{"two": {}, "three": {}}, analysis.None{}, named("one"), named("two"), named("three"))
	want := `[a:  three:  three: another book has the slug "shared" already; give each its own two: ]`
	if err != nil || fmt.Sprint(lib.Formats) != "[two three]" || fmt.Sprint(problems) != want {
		t.Errorf("%v, %v, %v", lib, problems, err)
	}
	var books []string
	for _, b := range lib.Books {
		books = append(books, b.Slug+" "+b.Format)
	}
	if got := fmt.Sprint(books); got != "[shared two two two three three]" {
		t.Error(got)
	}
	if len(lib.Modules) != 2 || lib.Modules["m"].Path != "m.two" || lib.Modules["m.three"] == nil {
		t.Errorf("%v", lib.Modules)
	}
	if _, _, err := Read(t.Context(), fstest.MapFS{}, analysis.None{}, named("one")); !errors.Is(err, ErrNoBooks) {
		t.Errorf("error %v", err)
	}
}
