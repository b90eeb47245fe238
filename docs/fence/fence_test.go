package fence

import (
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
)

func TestDocuments(t *testing.T) {
	guide := strings.ReplaceAll("# Guide\n\nCreate `a.toml`:\n\n'''toml\nx = 1\n'''\n\n1. Run `git\n   pull`:\n\n   '''sh as=bob norun: takes long\n   make build\n   bin/x \\\n     --flag\n   '''\n", "'''", "```")
	got, err := Documents(fstest.MapFS{
		"README.md":     {Data: []byte("```sh\nmake run\n```\n")},
		"docs/guide.md": {Data: []byte(guide)},
		"docs/x.go":     {Data: []byte("```sh\n")},
	})
	want := []Document{
		{Path: "README.md", Blocks: []Block{{Document: "README.md", Line: 2, Language: "sh", Text: "make run\n"}}},
		{Path: "docs/guide.md", Spans: []string{"a.toml", "git pull"}, Blocks: []Block{
			{Document: "docs/guide.md", Line: 6, Language: "toml", Before: "Create `a.toml`:", Text: "x = 1\n"},
			{Document: "docs/guide.md", Line: 13, Language: "sh", As: "bob", NoRun: "takes long", Text: "make build\nbin/x \\\n  --flag\n", Before: "Run `git\npull`:"},
		}},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
	for _, wrong := range []string{"sh norun", "sh norun:", "sh user=bob", "sh norun takes long"} {
		if _, err := Documents(fstest.MapFS{"README.md": {Data: []byte("```" + wrong + "\n```\n")}, "docs/a.md": {}}); err == nil {
			t.Errorf("%q is accepted", wrong)
		}
	}
}
