// Package themetest checks the documents that themes write.
package themetest

import (
	"io/fs"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// CheckDocument checks what holds for every page: nothing that a strict
// content security policy would refuse, one heading of the first level, ids
// that stand once, and assets that exist.
func CheckDocument(t *testing.T, assets fs.FS, document string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	headings, ids := 0, map[string]bool{}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "script", "style", "iframe":
			if attribute(n, "type") != "application/ld+json" { // which is data
				t.Errorf("<%s> is in the page", n.Data)
			}
		case "h1":
			headings++
		case "html":
			if attribute(n, "lang") == "" || attribute(n, "dir") == "" {
				t.Error("the page does not say its language and direction")
			}
		case "link":
			for _, prefix := range []string{"-/", "/-/theme/"} {
				if name, ok := strings.CutPrefix(attribute(n, "href"), prefix); ok {
					if _, err := fs.Stat(assets, name); err != nil && name != "edition.css" { // made for each edition
						t.Errorf("asset: %v", err)
					}
				}
			}
		case "input", "nav":
			if attribute(n, "aria-label") == "" {
				t.Errorf("<%s> has no label", n.Data)
			}
		}
		for _, a := range n.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Val, "javascript:") {
				t.Errorf("<%s %s=%q> is in the page", n.Data, a.Key, a.Val)
			}
			if a.Key == "id" {
				if ids[a.Val] {
					t.Errorf("the id %q stands twice", a.Val)
				}
				ids[a.Val] = true
			}
		}
	}
	if headings != 1 {
		t.Errorf("%d h1 elements, want 1", headings)
	}
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
