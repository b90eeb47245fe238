package collection_test

import (
	"context"
	"fmt"
	"testing/fstest"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/collection/mdbook"
	"github.com/rhaptos/rhaptos/publish/collection/openstax"
)

// A library is read from any fs.FS, such as os.DirFS("."). What is wrong with it
// comes as data beside what could be read.
func ExampleRead() {
	tree := fstest.MapFS{
		"book.toml":      {Data: []byte("[book]\ntitle = \"Tides\"\nlanguage = \"en\"\n")},
		"src/SUMMARY.md": {Data: []byte("# Summary\n\n- [Ebb](ebb.md)\n- [Flood](flood.md)\n")},
		"src/ebb.md":     {Data: []byte("# Ebb\n\nThen comes the [flood](flod.md).\n")},
		"src/flood.md":   {Data: []byte("# Flood\n\nThe sea rises.\n")},
	}
	library, problems, err := collection.Read(context.Background(), tree, analysis.None{}, openstax.Format{}, mdbook.Format{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, book := range library.Books {
		fmt.Printf("%s (%s)\n", book.Title, book.Format)
		for _, entry := range book.Collection.Entries {
			fmt.Println("-", entry.Module.ID)
		}
	}
	for _, p := range problems {
		fmt.Println(p.Severity, p.Rule, p)
	}
	// Output:
	// Tides (mdbook)
	// - ebb
	// - flood
	// error link-page-missing src/ebb.md:3:24: "flod.md" does not exist; correct the link, which is relative to this file (did you mean "flood.md"?)
}

// DiffProblems tells what a change has brought in from what was there before,
// even where lines have moved.
func ExampleDiffProblems() {
	before := []collection.Problem{{Path: "src/ebb.md", Line: 3, Rule: "link-missing", Severity: collection.Error, Message: "there is no flod.md"}}
	now := []collection.Problem{
		{Path: "src/ebb.md", Line: 9, Rule: "link-missing", Severity: collection.Error, Message: "there is no flod.md"},
		{Path: "src/ebb.md", Line: 4, Rule: "link-missing", Severity: collection.Error, Message: "there is no moon.md"},
	}
	fresh, old := collection.DiffProblems(now, before)
	fmt.Println("new:", fresh)
	fmt.Println("old:", old)
	// Output:
	// new: [src/ebb.md:4:0: there is no moon.md]
	// old: [src/ebb.md:9:0: there is no flod.md]
}
