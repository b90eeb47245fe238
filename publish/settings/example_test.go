package settings_test

import (
	"fmt"
	"testing/fstest"

	"github.com/rhaptos/rhaptos/publish/settings"
)

func ExampleRead() {
	tree := fstest.MapFS{settings.File: {Data: []byte(`
branches = ["main", "second-edition"]
publish = "tag"
signd = true
`)}}
	s, problems := settings.Read(tree, "main")
	fmt.Println(s.Published("second-edition"), s.Published("draft"), s.Publish, s.EarlyExports())
	for _, p := range problems {
		fmt.Println(p)
	}
	// Output:
	// true false tag [epub zip]
	// .rhaptos.toml:4:9: the setting "signd" is not known; did you mean signed?
}
