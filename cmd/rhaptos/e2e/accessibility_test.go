package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/rhaptos/rhaptos/gitserver/testenv"
)

// axe-core looks at a page of each kind, in the light and in the dark, wide and
// narrow, and has nothing serious to say.
func TestPagesAreAccessible(t *testing.T) {
	testenv.Slow(t, "takes a minute")
	program := browserProgram(t)
	axe, err := os.ReadFile(filepath.Join(nodeModules(t), "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatalf("%v: run make npm", err)
	}
	data := t.TempDir()
	s := start(t, data)
	rhaptos(t, data, "user", "add", "ann")
	token := rhaptos(t, data, "token", "create", "ann")
	pages := pagesOfEachKind(t, s, data, token)
	b := newBrowser(t, program)
	b.t = t
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int64{1200, 400} {
			b.show(scheme, width)
			for _, page := range pages {
				want := int64(200)
				if page == missingPage {
					want = 404
				}
				if status, err := b.visit(s.url + page); err != nil || status != want {
					t.Errorf("%s: %d, %v", page, status, err)
					continue
				}
				for _, found := range b.violations(string(axe)) {
					t.Errorf("%s, %s, %d px wide: %s", page, scheme, width, found)
				}
			}
		}
	}
}

// missingPage is a page that there is not.
const missingPage = "/ann/stitching/nothing@1.1"

// pagesOfEachKind publishes the sample books, a draft, and a push that is
// refused, and names a page of each kind that there then is.
func pagesOfEachKind(t *testing.T, s *instance, data, token string) []string {
	t.Helper()
	for _, name := range []string{"stitching", "handbook"} {
		pushSample(t, s, data, token, name)
	}
	for _, book := range []string{"/ann/stitching/stitching@1.1", "/ann/handbook/a-handbook-for-authors@1.1"} {
		if _, err := await(t.Context(), s.url+book); err != nil {
			t.Fatal(err)
		}
	}
	work := filepath.Join(t.TempDir(), "work")
	git(t, "", "clone", "-q", s.remote("ann", token, "ann/stitching"), work)
	git(t, work, "checkout", "-q", "-b", "new/chapter")
	edit(t, filepath.Join(work, "modules", "m00002", "index.cnxml"), "</content>",
		`<para id="added">A sentence that the release does not have.</para></content>`)
	git(t, work, "commit", "-q", "-am", "A sentence")
	git(t, work, "push", "-q", "origin", "new/chapter")
	edit(t, filepath.Join(work, "modules", "m00002", "index.cnxml"), "</content>", `<para id="added"><link target-id="nowhere"/></para></content>`)
	git(t, work, "commit", "-q", "-am", "A mistake")
	if out, err := gitTry(work, "push", "origin", "new/chapter:main"); err == nil {
		t.Fatalf("a broken book was taken:\n%s", out)
	}
	if _, err := await(t.Context(), s.url+"/ann/stitching/stitching@new~chapter"); err != nil {
		t.Fatal(err)
	}
	list, err := await(t.Context(), s.url+"/ann/stitching/-/pushes.json")
	if err != nil {
		t.Fatal(err)
	}
	_, id, _ := strings.Cut(list, `/-/pushes/`)
	id, _, _ = strings.Cut(id, `"`)
	return []string{
		"/", "/ann/stitching", "/ann/stitching/-/releases", "/ann/stitching/-/pushes", "/ann/stitching/-/pushes/" + id,
		"/-/rules", "/-/rules/alt-missing", "/ann/stitching/stitching@1.1", "/ann/stitching/stitching@new~chapter",
		"/ann/stitching/stitching@1.1/1-2-sewing-the-sections", "/ann/handbook/a-handbook-for-authors@1.1",
		"/ann/handbook/a-handbook-for-authors@1.1/first", missingPage,
		"/ann/stitching/stitching@1.1/1-key-terms", "/ann/stitching/stitching@1.1/1-answers", "/ann/stitching/stitching@1.1/index",
		"/ann/stitching/stitching@1.1/glossary", "/ann/stitching/stitching@1.1/about", "/search?q=fold",
		"/ann/stitching/stitching@1.1/search?q=fold", "/ann/stitching/stitching@1.1...new~chapter",
		"/ann/stitching/stitching@1.1...new~chapter/1-1-folding-a-sheet",
	}
}

// show sets the colours that a reader prefers, and the width of the window.
func (b *browser) show(scheme string, width int64) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := chromedp.Run(b.ctx, chromedp.EmulateViewport(width, 900)); err != nil {
		b.t.Fatal(err)
	}
}

// visit opens a page, whatever its status.
func (b *browser) visit(url string) (status int64, err error) {
	resp, err := chromedp.RunResponse(b.ctx, chromedp.Navigate(url))
	if err != nil {
		return 0, err
	}
	return resp.Status, nil
}

// violations returns what axe-core finds serious or critical in the page.
func (b *browser) violations(axe string) []string {
	b.t.Helper()
	evaluate[bool](b, axe+"; true")
	type violation struct {
		ID, Impact, Help string
		Nodes            []struct{ HTML, FailureSummary string }
	}
	found := evaluate[[]violation](b, `axe.run(document, {resultTypes: ["violations"]}).then(r => r.violations
		.filter(v => v.impact === "serious" || v.impact === "critical")
		.map(v => ({ID: v.id, Impact: v.impact, Help: v.help,
			Nodes: v.nodes.slice(0, 3).map(n => ({HTML: n.html, FailureSummary: n.failureSummary}))})))`)
	var all []string
	for _, v := range found {
		text := fmt.Sprintf("%s (%s): %s", v.ID, v.Impact, v.Help)
		for _, n := range v.Nodes {
			text += fmt.Sprintf("\n%.300s\n%s", n.HTML, n.FailureSummary)
		}
		all = append(all, text)
	}
	return all
}
