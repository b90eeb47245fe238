package hooks_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing/fstest"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/hooks"
)

// incoming has the trees of a push. It is a gitserver.Incoming.
type incoming map[plumbing.Hash]fs.FS

func (o incoming) Tree(commit plumbing.Hash) (fs.FS, error) { return o[commit], nil }

func (o incoming) Peel(id plumbing.Hash) (plumbing.Hash, plumbing.ObjectType, error) {
	return id, plumbing.CommitObject, nil
}

func (o incoming) Environment() []string { return nil }

// A push is checked without a server or a database. The pusher sees what is
// written; an update that is refused says why.
func Example() {
	commit := plumbing.NewHash(strings.Repeat("1", 40))
	pushed := incoming{commit: fstest.MapFS{
		"book.toml":      {Data: []byte("[book]\ntitle = \"Optics\"\n")},
		"src/SUMMARY.md": {Data: []byte("# Summary\n\n- [Light](light.md)\n- [Lenses](lenses.md)\n")},
		"src/light.md":   {Data: []byte("# Light\n")},
	}}
	push := &gitserver.Push{
		ID:         "7",
		Repository: &gitserver.Repository{Owner: "ada", Name: "optics", Head: "refs/heads/main"},
		Updates: []*gitserver.RefUpdate{
			{Name: "refs/heads/main", New: commit},
			{Name: "refs/heads/next", New: commit},
		},
	}
	content := hooks.Content{URL: "https://books.example.org"}
	if _, err := content.PreReceive(context.Background(), push, nil, pushed, os.Stdout); err != nil {
		fmt.Println(err)
	}
	for _, u := range push.Updates {
		fmt.Printf("%s: refused %q\n", u.Name, u.Refused)
	}
	// Output:
	// main is published, and this cannot be: 1 error.
	// src/SUMMARY.md:4:12: the chapter "lenses.md" does not exist; add src/lenses.md or remove the entry [chapter-missing]
	// Mend these and push again, or push to another branch to see it as a draft.
	// next is a draft and is taken, with 1 error.
	// src/SUMMARY.md:4:12: the chapter "lenses.md" does not exist; add src/lenses.md or remove the entry [chapter-missing]
	// Optics: https://books.example.org/ada/optics/optics@next
	// All that was found: https://books.example.org/ada/optics/-/pushes/7
	// refs/heads/main: refused "1 error"
	// refs/heads/next: refused ""
}
