package hooks_test

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing/fstest"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/hooks"
	"github.com/rhaptos/rhaptos/publish/report"
)

// incoming has the trees of a push. It is a gitserver.Incoming.
type incoming map[plumbing.Hash]fs.FS

func (o incoming) Tree(commit plumbing.Hash) (fs.FS, error) { return o[commit], nil }

func (o incoming) Peel(id plumbing.Hash) (plumbing.Hash, plumbing.ObjectType, error) {
	return id, plumbing.CommitObject, nil
}

func (o incoming) Environment() []string { return nil }

// A push is checked without a server or a database. The writer gets the feedback
// for the pusher; an update that is refused says why, and the report has all
// problems.
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
	if _, err := content.PreReceive(context.Background(), push, nil, pushed, io.Discard); err != nil {
		fmt.Println(err)
		return
	}
	for _, u := range push.Updates {
		fmt.Printf("%s: refused %q\n", u.Name, u.Refused)
	}
	found, err := report.Decode(push.Report)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, ref := range found.Refs {
		for _, p := range ref.Problems {
			fmt.Printf("%s: %s:%d %s\n", ref.Name, p.Path, p.Line, p.Rule)
		}
	}
	// Output:
	// refs/heads/main: refused "1 error"
	// refs/heads/next: refused ""
	// refs/heads/main: src/SUMMARY.md:4 chapter-missing
	// refs/heads/next: src/SUMMARY.md:4 chapter-missing
}
