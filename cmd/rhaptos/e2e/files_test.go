package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sample is the folder of one of the sample books.
func sample(t testing.TB, name string) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", "sample", name))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// pushSample pushes a sample book to a new repository of ann's.
func pushSample(t *testing.T, s *instance, data, token, name string) {
	rhaptos(t, data, "repo", "create", "ann/"+name)
	work := filepath.Join(t.TempDir(), name)
	if err := os.CopyFS(work, os.DirFS(sample(t, name))); err != nil {
		t.Fatal(err)
	}
	git(t, work, "init", "-q", "-b", "main")
	git(t, work, "add", ".")
	git(t, work, "commit", "-q", "-m", "First edition")
	git(t, work, "push", "-q", s.remote("ann", token, "ann/"+name), "main")
}

// writeFiles writes files below dir, by their paths in it.
func writeFiles(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// edit replaces a text in a file.
func edit(t *testing.T, name, old, with string) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), old) {
		t.Fatalf("%s does not hold %q", name, old)
	}
	if err := os.WriteFile(name, []byte(strings.Replace(string(text), old, with, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}
