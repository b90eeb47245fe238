package content

import (
	"bytes"
	"encoding/xml"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/rhaptos/rhaptos/publish/messages"
	"github.com/rhaptos/rhaptos/publish/release"
)

func TestSafeName(t *testing.T) {
	n := NewNames()
	for _, test := range [][2]string{
		{"1-2-cálculo", "1-2-calculo.x"}, {"1-2-Calculo", "1-2-Calculo-2.x"}, {"łódź & ../..", "lodz.x"}, {"東京", "file.x"}, {"大阪", "file-2.x"},
		{"con", "_con.x"}, {"Aux.txt", "_Aux.txt.x"}, {"...", "file-3.x"}, {"a/b\\c:d", "a-b-c-d.x"}, {strings.Repeat("a", 300), strings.Repeat("a", 80) + ".x"},
	} {
		if got := n.Give(test[0], ".x"); got != test[1] {
			t.Errorf("%q: got %q, want %q", test[0], got, test[1])
		}
	}
}

// Titles without a letter of ASCII all want to be called the same.
func TestManyNames(t *testing.T) {
	n, seen := NewNames(), map[string]bool{}
	begin := time.Now()
	for range 20_000 {
		seen[n.Give("東京", ".html")] = true
	}
	if len(seen) != 20_000 || !seen["file-20000.html"] {
		t.Errorf("%d names", len(seen))
	}
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
}

func TestUUIDs(t *testing.T) {
	book := release.Book{Slug: "tides"}
	a := BookUUID("r1", book)
	if a != BookUUID("r1", book) || a == BookUUID("r2", book) || a[14] != '5' {
		t.Errorf("a book without a UUID has %s", a)
	}
	book.UUID = "4A1B2C3D-0000-4000-8000-000000000001"
	if got := BookUUID("r1", book); got != strings.ToLower(book.UUID) {
		t.Errorf("the author's UUID became %s", got)
	}
	p := PageUUID(a, release.Entry{Module: "x", Slug: "1-x"})
	if p != PageUUID(a, release.Entry{Module: "x", Slug: "2-x"}) || p == PageUUID(a, release.Entry{Kind: "index", Slug: "x"}) {
		t.Error("a page's UUID does not go by its module")
	}
}

// What can stand in a stored page, and what becomes of it in an EPUB.
func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		`<p onclick="x()" style="a" id="a">x</p><p id="a">y</p>`:     `<p id="a">x</p><p>y</p>`,
		`<script>x</script><style>y</style>z`:                        `z`,
		`<a href="javascript:x()" id="i">t</a>`:                      `<span id="i">t</span>`,
		`<a href="two#b">t</a> <a href="two#none">t</a>`:             `<a href="2.xhtml#b">t</a> <a href="2.xhtml">t</a>`,
		`<a href="#none">t</a> <a href="#i" id="i">u</a>`:            `<span>t</span> <a href="#i" id="i">u</a>`,
		`<a href="./">c</a> <a href="../other/x">o</a>`:              `<a href="nav.xhtml">c</a> <a href="https://books.example/ann/sea/other/x">o</a>`,
		`<a href="media/data.csv">d</a>`:                             `<a href="https://books.example/ann/sea/tides@1.4/media/data.csv">d</a>`,
		`<a href="http://[">t</a><a href="ftp://x/">u</a>`:           `<span>t</span><span>u</span>`,
		`<img src="media/a.png" loading="lazy" width="50%">`:         `<img src="a.png" alt=""/>`,
		`<img src="media/a.tif" alt="a tree">`:                       `<span class="elsewhere"><a href="https://books.example/ann/sea/tides@1.4/media/a.tif">Picture, not included here: a tree</a></span>`,
		`<iframe src="https://x.example/" title="A film"></iframe>`:  `<span class="elsewhere"><a href="https://x.example/">Interactive content, online: A film</a></span>`,
		`<video controls id="v"><source src="media/v.mp4"></video>`:  `<span id="v" class="elsewhere"><a href="https://books.example/ann/sea/tides@1.4/media/v.mp4">Interactive content, online:</a></span>`,
		`<input type="checkbox" checked> done <input type="text">`:   `☑ done `,
		`<math><mi href="javascript:x" id="m">x</mi></math>`:         `<math xmlns="http://www.w3.org/1998/Math/MathML"><mi id="m">x</mi></math>`,
		`<svg><image href="file:///x.png"/><use href="#i"/></svg>`:   `<svg xmlns="http://www.w3.org/2000/svg"><image/><use href="#i"/></svg>`,
		`<svg><a xlink:href="javascript:x"><path d="M0"/></a></svg>`: `<svg xmlns="http://www.w3.org/2000/svg"><a><path d="M0"/></a></svg>`,
		`<a role="doc-noteref" href="#i" id="i" lang="pl">1</a>`:     `<a href="#i" id="i" xml:lang="pl" lang="pl" epub:type="noteref" role="doc-noteref">1</a>`,
		"<p>a\x01b\ufffec &lt; &amp; \u00a0</p><br>":                 "<p>abc &lt; &amp; \u00a0</p><br/>",
	} {
		article, err := html.Parse(strings.NewReader("<!DOCTYPE html><body>" + in))
		if err != nil {
			t.Fatal(err)
		}
		body := Find(article, atom.Body)
		e := &Edition{Address: "https://books.example/ann/sea/tides@1.4", Manifest: &release.Manifest{}}
		a := NewAddresses(e)
		a.Files[""], a.Files["two"] = "nav.xhtml", "2.xhtml"
		a.IDs = Places{placeHash("two", "b"): {}}
		a.IDs.Add("one", body)
		c := &Cleaner{Slug: "one", Messages: &messages.For("en").Export, Addresses: a, EPUBTypes: true,
			Picture: func(path string) (string, bool) { return "a.png", path == "media/a.png" }}
		c.Clean(body)
		var b bytes.Buffer
		WriteXML(&b, body, "")
		if b.String() != want {
			t.Errorf("%s\n got %s\nwant %s", in, b.String(), want)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add(`<p id=a onclick=b><math><mi>x</mi></math><svg:a xlink:href=x>`)
	f.Fuzz(func(t *testing.T, in string) {
		document, err := html.Parse(strings.NewReader(in))
		if err != nil {
			return
		}
		a := NewAddresses(&Edition{Manifest: &release.Manifest{}})
		a.IDs = Places{}
		a.IDs.Add("one", document)
		c := &Cleaner{Slug: "one", Messages: &messages.For("en").Export, Addresses: a, EPUBTypes: true, Picture: func(string) (string, bool) { return "", false }}
		c.Clean(document)
		var b bytes.Buffer
		b.WriteString(`<r xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="` + "http://www.idpf.org/2007/ops" + `">`)
		WriteXML(&b, document, "")
		b.WriteString("</r>")
		wellFormed(t, in, b.String())
	})
}

func FuzzDrawing(f *testing.F) {
	f.Add([]byte(hostileSVG))
	f.Add([]byte(`<svg><a A="jAvAsCript:"></a></svg>`))
	f.Fuzz(func(t *testing.T, in []byte) {
		if out, ok := CleanDrawing(bytes.NewReader(in)); ok {
			wellFormed(t, string(in), string(out))
			if found := runs.FindString(string(out)); found != "" && !strings.Contains(string(out), "&lt;") {
				t.Errorf("%q became %q with %q", in, out, found)
			}
		}
	})
}

func wellFormed(t *testing.T, name, content string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(content))
	for {
		_, err := d.Token()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
	}
}

// runs finds what would run or load in a drawing.
var runs = regexp.MustCompile(`(?i)<script|javascript:|<iframe|<foreignObject| on[a-z]+="|evil\.example/[ax]`)

const hostileSVG = `<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x "y">]><svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="9" onload="alert(1)">
<script>alert(2)</script><style>@import url(https://evil.example/a.css);</style><a xlink:href="javascript:alert(3)"><rect id="r" width="9" height="9" fill="url(https://evil.example/x)"/></a>
<foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml" src="https://evil.example/"/></foreignObject><use xlink:href="#r"/></svg>`
