package address_test

import (
	"fmt"
	"testing"

	"github.com/rhaptos/rhaptos/publish/address"
	"github.com/rhaptos/rhaptos/publish/release"
)

func TestAddresses(t *testing.T) {
	r := address.Of("https://books.example.org/", "ada/optik")
	n := release.Number{Major: 1, Minor: 4}
	for got, want := range map[string]string{
		r.String():                    "https://books.example.org/ada/optik",
		r.Book("licht"):               "https://books.example.org/ada/optik/licht",
		r.Release("licht", n):         "https://books.example.org/ada/optik/licht@1.4",
		r.Draft("licht", "fix/größe"): "https://books.example.org/ada/optik/licht@fix~gr%C3%B6%C3%9Fe",
		r.Draft("licht", "100%"):      "https://books.example.org/ada/optik/licht@100%25",
		r.Releases():                  "https://books.example.org/ada/optik/-/releases",
		r.Pushes():                    "https://books.example.org/ada/optik/-/pushes",
		r.Push("7"):                   "https://books.example.org/ada/optik/-/pushes/7",
		r.Sitemap():                   "https://books.example.org/ada/optik/-/sitemap.xml",
		address.Page(r.Release("l", n), "a b/c?"): "https://books.example.org/ada/optik/l@1.4/a%20b/c%3F",
		address.Of("", "ada/optik").String():      "/ada/optik",

		r.Comparison("licht", "1.3", address.BranchSegment("fix/size")): "https://books.example.org/ada/optik/licht@1.3...fix~size",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestBranchSegment(t *testing.T) {
	for _, branch := range []string{"main", "fix/size", "a/b/c", "größe"} {
		if got := address.Branch(address.BranchSegment(branch)); got != branch {
			t.Errorf("%s came back as %s", branch, got)
		}
	}
}

func ExampleOf() {
	repository := address.Of("https://books.example.org", "ada/optics")
	fmt.Println(repository.Draft("light", "fix/size"))
	fmt.Println(address.Of("", "ada/optics").Push("12"))
	// Output:
	// https://books.example.org/ada/optics/light@fix~size
	// /ada/optics/-/pushes/12
}
