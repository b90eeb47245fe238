package export

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/rhaptos/rhaptos/gitserver/testenv"
	"github.com/rhaptos/rhaptos/publish/export/pdf"
)

func needChromium(t *testing.T) string {
	t.Helper()
	testenv.Slow(t, "starts a browser")
	program := pdf.FindChromium()
	if program == "" {
		testenv.Missing(t, "a browser", ".ci/install browser")
	}
	return program
}

func unpack(t *testing.T, name string) string {
	t.Helper()
	z, err := zip.OpenReader(name)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	dir := t.TempDir()
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			t.Fatal(err)
		}
		w, err := os.Create(to)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(w, r); err != nil {
			t.Fatal(err)
		}
		r.Close()
		w.Close()
	}
	return dir
}

// The zip is opened from the file system in a real browser: its search finds
// words in any script with or without their accents, and its pages turn.
func TestOfflineInBrowser(t *testing.T) {
	program := needChromium(t)
	s := newShelf(t)
	s.start()
	dir := unpack(t, s.save(ZipFormat, s.publish("c1", tides("exports = []\n", "Water goes <script>alert(1)</script> down, and <b>down</b>."))[0]))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()))...)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx)
	defer cancel()
	defer chromedp.Cancel(ctx)
	if err := chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventConsoleAPICalled:
			t.Errorf("console.%s: %v", e.Type, e.Args)
		case *runtime.EventExceptionThrown:
			t.Errorf("exception: %s", e.ExceptionDetails.Text)
		}
	}); err != nil {
		t.Fatal(err)
	}
	open := func(address string) {
		t.Helper()
		if _, err := chromedp.RunResponse(ctx, chromedp.Navigate(address)); err != nil {
			t.Fatal(err)
		}
	}
	evaluate := func(expression string) string {
		t.Helper()
		v, err := chromedp.Run(ctx, chromedp.Evaluate[string](expression, chromedp.EvalAwaitPromise))
		if err != nil {
			t.Fatalf("%s: %v", expression, err)
		}
		return v
	}
	folder := "file://" + filepath.Join(dir, "tides-1.1")
	open(folder + "/index.html")
	for query, want := range map[string]string{
		"harbour":     "pages/flood.html",
		"HARB":        "pages/flood.html",
		"lodz tides":  "pages/flood.html",
		"ŁÓDŹ":        "pages/flood.html",
		"東京":          "pages/flood.html",
		"京都に":         "",
		"zazolcony":   "pages/flood.html#żegluga",
		"zegluga":     "pages/flood.html#żegluga",
		"water down":  "pages/ebb.html",
		"arbour":      "",
		"water flour": "",
	} {
		got := evaluate(`(() => { const q = document.getElementById("query"); q.value = ` + quote(query) + `;
			document.getElementById("search").requestSubmit();
			const a = document.querySelector("#hits a"); return a ? decodeURIComponent(a.getAttribute("href")) : ""; })()`)
		status := evaluate(`document.getElementById("status").textContent`)
		if path, _, _ := strings.Cut(want, "#"); got != want && (want == path || !strings.HasPrefix(got, path+"#")) {
			t.Errorf("%q leads to %q, want %q (%s)", query, got, want, status)
		}
	}
	if marks := evaluate(`(() => { const q = document.getElementById("query"); q.value = "HARBÓUR"; document.getElementById("search").requestSubmit();
		return [...document.querySelectorAll("#hits mark")].map(m => m.textContent).join("|"); })()`); marks != "harbour" {
		t.Errorf("marked is %q", marks)
	}
	open(evaluate(`document.querySelector("nav.contents a").href`))
	open(evaluate(`document.querySelector("nav.pages a.next").href`))
	if at, heading := evaluate(`location.href`), evaluate(`document.querySelector("h1").textContent`); !strings.HasSuffix(at, "/pages/flood.html") || !strings.Contains(heading, "Flood") {
		t.Errorf("the next page is %s, %q", at, heading)
	}
	if styled := evaluate(`String([...document.querySelectorAll("link[rel=stylesheet]")].map(l => l.sheet !== null))`); !strings.HasPrefix(styled, "true") || strings.Contains(styled, "false") {
		t.Errorf("whether the page has its style sheets: %s", styled)
	}
	if to := evaluate(`document.querySelector("header.bar a.book").href`); to != folder+"/index.html" {
		t.Errorf("the title leads to %s", to)
	}
}

func quote(s string) string { return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"` }

// A small book is printed; another program finds in it what is to be there.
func TestPDF(t *testing.T) {
	program := needChromium(t)
	s := newShelf(t)
	s.Chromium = &pdf.Chromium{Path: program, Folder: filepath.Join(t.TempDir(), "print")}
	s.start()
	r := s.publish("c1", hostile())[0]
	e, _, err := s.Export(t.Context(), r, PDFFormat)
	if err != nil || e.State != Pending {
		t.Fatalf("a PDF that nobody has asked for before: %+v, %v", e, err)
	}
	s.until("the PDF", func() (bool, error) {
		e, _, err = s.Export(t.Context(), r, PDFFormat)
		return err == nil && e.State != Pending, err
	})
	if e.State != Ready {
		t.Fatalf("got %+v", e)
	}
	b, err := s.Blobs.Open(t.Context(), e.Digest)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	name := filepath.Join(t.TempDir(), "book.pdf")
	if err := os.WriteFile(name, []byte(read(t, b)), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("pdftotext", "-layout", name, "-").Output()
	if err != nil {
		t.Fatalf("pdftotext: %v", err)
	}
	pages := strings.Split(string(out), "\f")
	all := strings.Join(strings.Fields(string(out)), " ")
	for _, want := range []string{"Contents", "Żółć", "Because.", "What is added.", "</title><script>alert(7)</script> ../../con"} {
		if !strings.Contains(all, want) {
			t.Errorf("the PDF has no %q:\n%s", want, all)
		}
	}
	// The contents say on which page the second page of the book begins.
	numbers, err := pdf.Destinations(name)
	if err != nil || numbers["p2"] < 3 || numbers["p2"] > len(pages) {
		t.Fatalf("the places in the PDF: %v, %v", numbers, err)
	}
	if page := pages[numbers["p2"]-1]; !strings.Contains(page, "Circles") {
		t.Errorf("page %d does not begin the second: %s", numbers["p2"], page)
	}
	// So does the index of where its words are.
	at := numbers["p2.el"]
	if line := fmt.Sprintf("ellipses %d", at); at < 3 || !strings.Contains(pages[at-1], "Circles, ellipses") || !strings.Contains(all, line) {
		t.Errorf("the index has no %q:\n%s", line, all)
	}
	info, err := exec.Command("pdfinfo", "-isodates", name).Output()
	if err != nil || !bytes.Contains(info, []byte(r.Published.UTC().Format("2006-01-02T15:04:05"))) {
		t.Errorf("the PDF is not dated like the release: %v\n%s", err, info)
	}
	if left, err := os.ReadDir(s.Chromium.Folder); err != nil || len(left) != 0 {
		t.Errorf("left in the folder for printing: %v, %v", left, err)
	}
}

// A program that does not do what a Chromium does is a failure with words, also
// when it has printed once before.
func TestNoChromium(t *testing.T) {
	s := newShelf(t)
	s.start()
	r := s.publish("c1", tides("exports = []\n", "Down."))[0]
	once := filepath.Join(t.TempDir(), "once")
	script := "#!/bin/sh\ncd \"${0%/*}\" && [ -e done ] && exit 0\n: > done\nfor a; do case $a in --print-to-pdf=*) echo %PDF-1.4 > ${a#*=};; esac; done\n"
	if err := os.WriteFile(once, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	for program, want := range map[string]string{once: "has written nothing", "/bin/true": "has written nothing", "/bin/false": "exit status 1", "/nowhere": "start Chromium"} {
		c := &pdf.Chromium{Path: program, Folder: filepath.Join(t.TempDir(), "print")}
		err := pdf.Write(t.Context(), io.Discard, s.open(r), c)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want it to say %q", program, err, want)
		}
	}
}

// A book that takes too long to print is not tried again before somebody asks,
// and what is said of it is said once.
func TestTooMuch(t *testing.T) {
	program := filepath.Join(t.TempDir(), "slow")
	if err := os.WriteFile(program, []byte("#!/bin/sh\nexec sleep 60\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	s := newShelf(t)
	s.Chromium = &pdf.Chromium{Path: program, Folder: filepath.Join(t.TempDir(), "print"), Limit: 200 * time.Millisecond}
	s.start()
	r := s.publish("c1", tides("exports = [\"pdf\"]\n", "Down."))[0]
	s.settled()
	e, wait, err := s.Export(t.Context(), r, PDFFormat)
	if err != nil || e.State != Failed || e.Attempts != 1 || wait <= 0 || strings.Count(e.Error, "took longer than 200ms") != 1 {
		t.Errorf("got %+v, %s, %v", e, wait, err)
	}
}
