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

// inFull are the bundles whose books are read page by page over HTTP and cloned back,
// and are pushed over SSH too, with the slugs of their books.
var inFull = map[string][]string{
	"osbooks-introductory-statistics-bundle": {"introductory-statistics-2e", "introductory-business-statistics-2e"},
	"mdbook-rust-book":                       {"the-rust-programming-language"},
}

// TestRealBooks pushes the sample books, and the real ones if they are beside the
// project, to one server. Every release is whole: all that its pages name is there,
// and they are written as HTML and MathML Core want it. Some books are also read and
// cloned as their readers do.
func TestRealBooks(t *testing.T) {
	testenv.Slow(t, "takes minutes")
	t.Parallel()
	r := newRealBooks(t)
	for _, name := range []string{"stitching", "handbook"} {
		pushSample(t, r.instance, r.data, r.token, name)
		t.Run(name, func(t *testing.T) { checkReleases(t, r.instance, r.data, "ann/"+name, filepath.Join(r.pages, name)) })
	}
	bundles, err := filepath.Glob(filepath.Join("..", "..", "..", "..", "shared", "data", "*.bundle"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range bundles {
		name := strings.TrimSuffix(filepath.Base(path), ".bundle")
		t.Run(name, func(t *testing.T) { r.check(t, name) })
	}
	t.Run("vnu", func(t *testing.T) { validate(t, r.pages) })
}

// realBooks is a server for real books.
type realBooks struct {
	*instance
	data, token string
	key         string // file of ann's SSH key
	pages       string // folder of all pages, for the validator, which is started once
}

func newRealBooks(t *testing.T) *realBooks {
	t.Helper()
	r := &realBooks{data: filepath.Join(t.TempDir(), "data"), key: filepath.Join(t.TempDir(), "key"), pages: t.TempDir()}
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", r.key).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v %s", err, out)
	}
	rhaptos(t, r.data, "user", "add", "ann", "--key", r.key+".pub")
	r.token = rhaptos(t, r.data, "token", "create", "ann")
	r.instance = start(t, r.data)
	return r
}

// check pushes the books of a bundle and checks what comes of them. Their exports are
// generated on request only, which most books are not asked for here.
func (r *realBooks) check(t *testing.T, name string) {
	work := filepath.Join(t.TempDir(), "work")
	git(t, "", "clone", "-q", realbook.Bundle(t, name), work)
	writeFiles(t, work, map[string]string{".rhaptos.toml": "exports = []\n"})
	git(t, work, "add", ".rhaptos.toml")
	git(t, work, "commit", "-q", "-m", "No exports")
	rhaptos(t, r.data, "repo", "create", "ann/"+name)
	git(t, work, "push", "-q", r.remote("ann", r.token, "ann/"+name), "main")
	checkReleases(t, r.instance, r.data, "ann/"+name, filepath.Join(r.pages, name))
	for _, book := range inFull[name] {
		readBook(t, r.url+"/ann/"+name+"/"+book+"@1.1")
		for _, export := range []string{".epub", ".zip"} { // the contents page lists them once they exist
			if _, err := await(t.Context(), r.url+"/ann/"+name+"/"+book+"@1.1"+export); err != nil {
				t.Fatal(err)
			}
		}
		rhaptos(t, r.data, "probe", "--patience", "100ms", r.url+"/ann/"+name+"/"+book+"@1.1", r.url+"/ann/"+name+"/"+book, r.url+"/ann/"+name+"/"+book+"@1.1.epub")
	}
	if inFull[name] != nil {
		r.checkSSH(t, work, name)
	}
}

// checkSSH pushes a bundle over SSH to another repository, and clones both back.
func (r *realBooks) checkSSH(t *testing.T, work, name string) {
	t.Helper()
	rhaptos(t, r.data, "repo", "create", "ann/"+name+"-ssh")
	ssh := "ssh://git@" + r.ssh + "/ann/" + name + "-ssh.git"
	command := "core.sshCommand=ssh -i " + r.key + " -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
	git(t, work, "-c", command, "push", "-q", ssh, "main")
	for _, from := range []string{r.url + "/ann/" + name + ".git", ssh} {
		back := filepath.Join(t.TempDir(), "back")
		git(t, "", "-c", command, "clone", "-q", "--mirror", from, back)
		git(t, back, "fsck", "--strict")
		want := git(t, work, "for-each-ref", "--format=%(objectname) %(refname)", "refs/heads", "refs/tags")
		if got := git(t, back, "for-each-ref", "--format=%(objectname) %(refname)"); got != want {
			t.Errorf("cloned from %s:\n%s\nwant\n%s", from, got, want)
		}
	}
	for _, book := range inFull[name] {
		if _, err := await(t.Context(), r.url+"/ann/"+name+"-ssh/"+book+"@1.1"); err != nil {
			t.Fatalf("%v\n%s", err, rhaptos(t, r.data, "repo", "show", "ann/"+name+"-ssh"))
		}
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
