package gitserver_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver"
)

func TestCheckOwner(t *testing.T) {
	for name, ok := range map[string]bool{"ann": true, "openstax-books": true, "search": false, "contents": false, "a..b": false, "": false} {
		if err := gitserver.CheckOwner(name); (err == nil) != ok {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestSplitPath(t *testing.T) {
	for path, want := range map[string]string{
		"ann/book": "ann book", "ann/book.git": "ann book", "a/b.c_d-e": "a b.c_d-e",
		"": "", "ann": "", "/ann/book": "", "ann/book/": "", "ann//book": "", "ann/book/x": "",
		"ann/book.git.git": "", "ann/book.lock": "", "ann/..": "", "../book": "", "ann/a..b": "",
		"ann/.git": "", "Ann/book": "", "ann/-x": "", "ann/b%6fok": "", "ann/book\n": "", "ann/bo\x00ok": "",
		"ann.git/book": "", "ann/" + strings.Repeat("b", 101): "",
	} {
		owner, name, ok := gitserver.SplitPath(path)
		if ok != (want != "") || ok && owner+" "+name != want {
			t.Errorf("%q: %q %q %v, want %q", path, owner, name, ok, want)
		}
	}
}

func FuzzSplitPath(f *testing.F) {
	for _, s := range []string{"ann/book", "ann/book.git", "../..", "a/b.git.git", "a//b", "a/b%2f"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, path string) {
		owner, name, ok := gitserver.SplitPath(path)
		if !ok {
			return
		}
		if path != owner+"/"+name && path != owner+"/"+name+".git" {
			t.Errorf("%q is not %q/%q", path, owner, name)
		}
		for _, s := range []string{owner, name} {
			if s == "" || s[0] == '.' || s[0] == '-' || strings.ContainsAny(s, "/\\%\x00\n ;'\"") || filepath.Clean(s) != s {
				t.Errorf("%q gives %q", path, s)
			}
		}
	})
}
