package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/rhaptos/rhaptos/gitserver/testenv"
	"github.com/rhaptos/rhaptos/publish/collection/realbook"
)

// bundle finds a real book beside the project; the tests of real books are
// left out where there are none.
func bundle(t testing.TB, name string) string { return realbook.Bundle(t, name) }

// The real books go in over HTTP and SSH, come out as pages whose links and
// images all lead somewhere, and can be cloned back as they were.
func TestRealBooks(t *testing.T) {
	testenv.Slow(t, "takes a minute")
	t.Parallel()
	for name, books := range map[string][]string{
		"osbooks-introductory-statistics-bundle": {"introductory-statistics-2e", "introductory-business-statistics-2e"},
		"mdbook-rust-book":                       {"the-rust-programming-language"},
	} {
		t.Run(name, func(t *testing.T) {
			work := filepath.Join(t.TempDir(), "work")
			git(t, "", "clone", "-q", bundle(t, name), work)
			data := filepath.Join(t.TempDir(), "data")
			s := start(t, data)
			key := filepath.Join(t.TempDir(), "key")
			if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key).CombinedOutput(); err != nil {
				t.Fatalf("ssh-keygen: %v %s", err, out)
			}
			rhaptos(t, data, "user", "add", "ann", "--key", key+".pub")
			token := rhaptos(t, data, "token", "create", "ann")
			rhaptos(t, data, "repo", "create", "ann/http")
			rhaptos(t, data, "repo", "create", "ann/ssh")
			host, port, _ := strings.Cut(s.ssh, ":")
			ssh := "ssh://git@" + host + ":" + port + "/ann/ssh.git"
			command := "core.sshCommand=ssh -i " + key + " -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
			git(t, work, "push", "-q", s.remote("ann", token, "ann/http"), "main")
			git(t, work, "-c", command, "push", "-q", ssh, "main")
			for _, from := range []string{s.url + "/ann/http.git", ssh} {
				back := filepath.Join(t.TempDir(), "back")
				git(t, "", "-c", command, "clone", "-q", "--mirror", from, back)
				git(t, back, "fsck", "--strict")
				want := git(t, work, "for-each-ref", "--format=%(objectname) %(refname)", "refs/heads", "refs/tags")
				if got := git(t, back, "for-each-ref", "--format=%(objectname) %(refname)"); got != want {
					t.Errorf("cloned from %s:\n%s\nwant\n%s", from, got, want)
				}
			}
			for _, book := range books {
				for _, repo := range []string{"ann/http", "ann/ssh"} {
					if _, err := await(t.Context(), s.url+"/"+repo+"/"+book+"@1.1"); err != nil {
						t.Fatalf("%v\n%s", err, rhaptos(t, data, "repo", "show", repo))
					}
				}
				readBook(t, s.url+"/ann/http/"+book+"@1.1")
				for _, export := range []string{".epub", ".zip"} { // of which the contents tell when they are there
					if _, err := await(t.Context(), s.url+"/ann/http/"+book+"@1.1"+export); err != nil {
						t.Fatal(err)
					}
				}
				rhaptos(t, data, "probe", "--patience", "100ms", s.url+"/ann/http/"+book+"@1.1", s.url+"/ann/http/"+book, s.url+"/ann/http/"+book+"@1.1.epub")
			}
		})
	}
}

// readBook fetches every page of a release and checks that it is whole.
func readBook(t *testing.T, address string) {
	t.Helper()
	var manifest struct {
		Contents []entry `json:"contents"`
	}
	_, body, err := get(t.Context(), address+".json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(body), &manifest); err != nil {
		t.Fatalf("%s.json: %v", address, err)
	}
	var slugs []string
	for _, e := range manifest.Contents {
		e.collect(&slugs)
	}
	if len(slugs) < 50 {
		t.Fatalf("%s has only %d pages", address, len(slugs))
	}
	seen := map[string]int{} // status by address
	check := func(page, link string) {
		if seen[link] == 0 {
			resp, err := http.Head(link)
			if err != nil {
				t.Fatal(err)
			}
			io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			seen[link] = resp.StatusCode
		}
		if seen[link] != http.StatusOK {
			t.Errorf("%s leads to %s, which answers %d", page, link, seen[link])
		}
	}
	images, maths := 0, 0
	for _, slug := range slugs {
		page := address + "/" + url.PathEscape(slug)
		status, body, err := get(t.Context(), page)
		if err != nil || status != http.StatusOK {
			t.Fatalf("%s: %d, %v", page, status, err)
		}
		base, err := url.Parse(page)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := html.Parse(strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		headings := 0
		for n := range doc.Descendants() {
			if n.Type != html.ElementNode { // code is about h1 too
				continue
			}
			switch n.Data {
			case "h1":
				headings++
			case "math":
				maths++
			case "img":
				images++
				check(page, resolve(t, base, n, "src"))
			case "a", "link":
				if link := resolve(t, base, n, "href"); strings.HasPrefix(link, address) {
					check(page, link)
				}
			}
		}
		if headings != 1 {
			t.Errorf("%s has %d h1 headings", page, headings)
		}
	}
	t.Logf("%s: %d pages, %d images, %d formulas, %d addresses", address, len(slugs), images, maths, len(seen))
}

type entry struct {
	Slug     string  `json:"slug"`
	Children []entry `json:"children"`
}

func (e entry) collect(slugs *[]string) {
	if e.Slug != "" {
		*slugs = append(*slugs, e.Slug)
	}
	for _, c := range e.Children {
		c.collect(slugs)
	}
}

// resolve is the absolute address in an attribute, without its fragment.
func resolve(t *testing.T, base *url.URL, n *html.Node, attribute string) string {
	t.Helper()
	for _, a := range n.Attr {
		if a.Key != attribute {
			continue
		}
		u, err := base.Parse(a.Val)
		if err != nil {
			t.Errorf("%s: %q is no address: %v", base, a.Val, err)
			return ""
		}
		u.Fragment = ""
		return u.String()
	}
	return ""
}
