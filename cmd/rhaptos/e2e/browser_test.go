package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/rhaptos/rhaptos/gitserver/testenv"
	"github.com/rhaptos/rhaptos/publish/export/pdf"
)

// The sample books are pushed and read in a real browser, page by page, as a
// reader turns them: nothing is missing and the browser has nothing to say.
func TestBrowser(t *testing.T) {
	program := browserProgram(t)
	data := t.TempDir()
	s := start(t, data)
	rhaptos(t, data, "user", "add", "ann")
	token := rhaptos(t, data, "token", "create", "ann")
	b := newBrowser(t, program)
	for _, book := range []struct {
		sample, slug, title string
		pages               int
	}{
		{"stitching", "stitching", "Stitching: Books and Songs", 14},
		{"handbook", "a-handbook-for-authors", "A handbook for authors", 15},
	} {
		t.Run(book.sample, func(t *testing.T) {
			b.t = t
			pushSample(t, s, data, token, book.sample)
			contents := s.url + "/ann/" + book.sample + "/" + book.slug
			if _, err := await(t.Context(), contents+"@1.1"); err != nil {
				t.Fatal(err)
			}
			for _, page := range []string{s.url + "/", s.url + "/ann/" + book.sample} {
				b.open(page)
				b.checkPage()
			}
			b.open(contents) // which leads to the release
			if at := b.location(); strings.TrimSuffix(at, "/") != contents+"@1.1" {
				t.Errorf("%s leads to %s", contents, at)
			}
			b.checkPage()
			if h1 := evaluate[string](b, `document.querySelector("h1").textContent`); !strings.Contains(h1, book.title) {
				t.Errorf("the contents are headed %q", h1)
			}
			listed := evaluate[[]string](b, `[...new Set([...document.querySelectorAll("main a")].map(a => a.pathname)
				.filter(p => p.startsWith(`+quoted("/ann/"+book.sample+"/"+book.slug+"@1.1/")+`) && !p.endsWith("/")))]`)
			if len(listed) != book.pages {
				t.Fatalf("the contents list %d pages, want %d: %q", len(listed), book.pages, listed)
			}
			b.turnPages(s.url, listed)
			if book.sample == "stitching" {
				b.open(s.url + listed[2])
				b.checkFormulas()
			}
			b.conclude()
		})
	}
}

// browserProgram finds a browser.
func browserProgram(t *testing.T) string {
	t.Helper()
	testenv.Slow(t, "starts a browser")
	program := pdf.FindChromium()
	if program == "" {
		testenv.Missing(t, "a browser", ".ci/install browser")
	}
	return program
}

// browser is a tab, and all that went wrong in it.
type browser struct {
	t   *testing.T
	ctx context.Context

	mu         sync.Mutex
	complaints []string
}

// newBrowser opens a tab in the browser, which is the same for all tests. The tab
// is closed at the end of the test.
func newBrowser(t *testing.T, program string) *browser {
	t.Helper()
	parent, err := startBrowser(program)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t: t}
	ctx, cancel := chromedp.NewContext(parent)
	t.Cleanup(cancel)
	b.ctx = ctx
	if err := chromedp.Listen(ctx, b.listen); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, audits.Enable, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	return b
}

// stopBrowser ends the browser, if there is one.
var stopBrowser = func() {}

var browserOnce struct {
	sync.Once
	ctx context.Context
	err error
}

// startBrowser starts the browser of all tests; its context holds an empty tab.
func startBrowser(program string) (context.Context, error) {
	browserOnce.Do(func() {
		folder, err := os.MkdirTemp("", "rhaptos-browser-")
		if err != nil {
			browserOnce.err = err
			return
		}
		options := append(chromedp.DefaultExecAllocatorOptions[:],
			chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.DisableGPU,
			chromedp.UserDataDir(folder),
			chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		)
		allocator, cancel := chromedp.NewExecAllocator(context.Background(), options...)
		ctx, _ := chromedp.NewContext(allocator)
		stopBrowser = func() {
			_ = chromedp.Cancel(ctx) // waits, so that the folder can go
			cancel()
			os.RemoveAll(folder)
		}
		_, browserOnce.err = chromedp.Run(ctx, chromedp.Navigate("about:blank"))
		browserOnce.ctx = ctx
	})
	return browserOnce.ctx, browserOnce.err
}

// listen notes what a browser shows in red: messages, exceptions, failed
// requests, and issues such as violations of the content security policy.
func (b *browser) listen(event any) {
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		var args []string
		for _, a := range e.Args {
			args = append(args, string(a.Value)+a.Description)
		}
		b.complain("console.%s: %s", e.Type, strings.Join(args, " "))
	case *runtime.EventExceptionThrown:
		b.complain("exception: %s", e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		b.complain("%s: %s: %s (%s)", e.Entry.Source, e.Entry.Level, e.Entry.Text, e.Entry.URL)
	case *network.EventLoadingFailed:
		b.complain("a %s failed to load: %s %s", e.Type, e.ErrorText, e.BlockedReason)
	case *network.EventResponseReceived:
		if e.Response.Status >= 400 {
			b.complain("status %d for %s", e.Response.Status, e.Response.URL)
		}
	case *audits.EventIssueAdded:
		if e.Issue.Details.LazyLoadImageIssueDetails != nil {
			return // advice on speed
		}
		details, err := json.Marshal(e.Issue.Details)
		b.complain("issue: %s %s %v", e.Issue.Code, details, err)
	}
}

func (b *browser) complain(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.complaints = append(b.complaints, fmt.Sprintf(format, args...))
}

// conclude reports the complaints since the last time.
func (b *browser) conclude() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.complaints {
		b.t.Errorf("the browser complains: %s", c)
	}
	b.complaints = nil
}

// do carries out the steps, with time enough for a machine that is busy.
func (b *browser) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	resp, err := chromedp.RunResponse(ctx, steps...)
	if err != nil {
		b.conclude()
		b.t.Fatalf("%s: %v", what, err)
	}
	if resp != nil && resp.Status != 200 {
		b.t.Fatalf("%s: %s answers %d", what, resp.URL, resp.Status)
	}
}

func (b *browser) open(url string) {
	b.t.Helper()
	b.do("open "+url, chromedp.Navigate(url))
}

// follow clicks a link and waits for the page behind it.
func (b *browser) follow(selector string) {
	b.t.Helper()
	b.do("follow "+selector+" of "+b.location(), chromedp.Click(chromedp.CSS(selector)))
}

func (b *browser) location() string { return evaluate[string](b, "location.href") }

// evaluate is the value of an expression, or of the promise that it gives.
func evaluate[T any](b *browser, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("evaluate %s: %v", expression, err)
	}
	return v
}

func quoted(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // strings always encode
	}
	return string(b)
}

// turnPages goes from the contents to the first page, by "next" to the last,
// and by "previous" back to the one before it.
func (b *browser) turnPages(site string, pages []string) {
	b.t.Helper()
	b.follow(`main a[href$=` + quoted(filepath.Base(pages[0])) + `]`)
	for i, page := range pages {
		if at := b.location(); at != site+page {
			b.t.Fatalf("page %d is %s, want %s", i+1, at, page)
		}
		b.checkPage()
		last := i == len(pages)-1
		if more := evaluate[bool](b, `document.querySelector("a[rel=next]") !== null`); more == last {
			b.t.Fatalf("page %d of %d has a next one: %v", i+1, len(pages), more)
		}
		if !last {
			b.follow(`nav.pages a[rel=next]`)
		}
	}
	b.follow(`nav.pages a[rel=prev]`)
	if at := b.location(); at != site+pages[len(pages)-2] {
		b.t.Fatalf("back from the last page is %s, want %s", at, pages[len(pages)-2])
	}
}

// checkPage checks what holds for every page.
func (b *browser) checkPage() {
	b.t.Helper()
	for _, problem := range evaluate[[]string](b, `(async () => {
		const problems = [];
		const headings = [...document.querySelectorAll("h1")].filter(h => h.textContent.trim() && h.getBoundingClientRect().height > 0);
		if (headings.length !== 1) problems.push(headings.length + " headings of level 1 are to be seen");
		for (const h of document.querySelectorAll("h2, h3, h4"))
			if (!h.textContent.trim()) problems.push("a heading is empty: " + h.outerHTML);
		if (document.documentElement.lang !== "en") problems.push("the language is " + document.documentElement.lang);
		for (const img of document.images) {
			img.loading = "eager";
			await img.decode().catch(() => {});
			if (!img.naturalWidth) problems.push("the image " + img.src + " is not loaded");
			if (!img.alt && !img.closest(".card")) problems.push("the image " + img.src + " has no alternative text");
		}
		for (const d of document.querySelectorAll("details")) d.open = true;
		for (const m of document.querySelectorAll("math")) {
			const r = m.getBoundingClientRect();
			if (!(r.width > 0 && r.height > 0)) problems.push("a formula is not laid out: " + m.outerHTML);
		}
		const ids = [...document.querySelectorAll("[id]")].map(e => e.id);
		for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) problems.push("the id " + id + " stands twice");
		for (const a of document.querySelectorAll("a[href^='#']"))
			if (!document.getElementById(decodeURIComponent(a.hash.slice(1)))) problems.push("the link to " + a.hash + " leads nowhere");
		return problems;
	})()`) {
		b.t.Errorf("%s: %s", b.location(), problem)
	}
}

// checkFormulas looks at the page about folding, whose formulas hold a
// fraction, powers and matrices: they must be laid out as such.
func (b *browser) checkFormulas() {
	b.t.Helper()
	sizes := evaluate[struct {
		Line, Fraction, Matrix, BaseTop, PowerTop float64
		Formulas                                  int
	}](b, `(() => {
		const box = selector => document.querySelector(selector).getBoundingClientRect();
		return {
			Formulas: document.querySelectorAll("math").length,
			Line: box("math mn").height,
			Fraction: box("math[display=block] mfrac").height,
			Matrix: box("math mtable").height,
			BaseTop: box("math msup > :first-child").top,
			PowerTop: box("math msup > :last-child").top,
		};
	})()`)
	b.t.Logf("%+v", sizes)
	switch {
	case sizes.Formulas < 15:
		b.t.Errorf("there are %d formulas", sizes.Formulas)
	case sizes.Fraction < 1.5*sizes.Line, sizes.Matrix < 1.5*sizes.Line, sizes.PowerTop >= sizes.BaseTop:
		b.t.Errorf("fractions, matrices and powers are not laid out: %+v", sizes)
	}
}
