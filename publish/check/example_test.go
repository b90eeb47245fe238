package check_test

import (
	"context"
	"fmt"
	"testing/fstest"

	"github.com/rhaptos/rhaptos/publish/check"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// A tree is any fs.FS, such as os.DirFS of a folder.
func ExampleTree() {
	tree := fstest.MapFS{
		"book.toml":      {Data: []byte("[book]\ntitle = \"Optics\"\n")},
		"src/SUMMARY.md": {Data: []byte("# Summary\n\n- [Light](light.md)\n- [Lenses](lenses.md)\n")},
		"src/light.md":   {Data: []byte("# Light\n")},
	}
	result, err := check.Tree(context.Background(), tree, nil)
	if err != nil {
		fmt.Println(err) // the tree cannot be read
		return
	}
	for _, b := range result.Books {
		fmt.Println(b.Slug, b.Title)
	}
	for _, p := range result.Problems {
		fmt.Println(p.Severity, p)
	}
	fmt.Println("can be published:", !collection.HasErrors(result.Problems))
	// Output:
	// optics Optics
	// error src/SUMMARY.md:4:12: the chapter "lenses.md" does not exist; add src/lenses.md or remove the entry
	// can be published: false
}
