package theme

import (
	"fmt"
	"html/template"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func TestHeadings(t *testing.T) {
	body := template.HTML(`<section id="a" class="x"><h2>One <em>two</em>&nbsp;&lt;b&gt;</h2><p>P</p><section id="b"><h3>Three</h3></section></section>` +
		`<div id="n" class="note"><h2>Note</h2></div><section><h2>No id</h2></section><section id="c"><h2><math><mi>x</mi></math></h2></section><section id="d"><h4>Deep</h4></section>`)
	list, text := headings(body, "Link")
	if got, want := fmt.Sprint(list), "[{a One two <b> [{b Three []}]} {c x []}]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if n := strings.Count(string(text), `<a class="anchor"`); n != 3 {
		t.Errorf("%d links in\n%s", n, text)
	}
	if !strings.Contains(string(text), `<h3>Three <a class="anchor" href="#b" aria-label="Link: Three"></a></h3>`) {
		t.Errorf("no link in the heading:\n%s", text)
	}
	if list, same := headings("<p>None.</p>", "Link"); list != nil || same != "<p>None.</p>" {
		t.Errorf("%v %s", list, same)
	}
}

// Whatever a page holds, its text stays as it is.
func FuzzHeadings(f *testing.F) {
	f.Add(`<section id="a"><h2>One</h2></section>`)
	f.Add(`<section id="a"><h2><section id="b"><h2>x</h2></h2>`)
	f.Add(`<section id="a&quot;b"><h3>x`)
	f.Fuzz(func(t *testing.T, body string) {
		list, text := headings(template.HTML(body), `"L"`)
		if len(list) > maxHeadings {
			t.Errorf("%d headings", len(list))
		}
		var left strings.Builder
		for rest := string(text); ; {
			before, link, found := strings.Cut(rest, ` <a class="anchor" href="#`)
			left.WriteString(before)
			if !found {
				break
			}
			_, rest, _ = strings.Cut(link, "></a>")
		}
		if !strings.Contains(body, `<a class="anchor"`) && left.String() != body {
			t.Errorf("%q became %q", body, text)
		}
		if _, err := html.Parse(strings.NewReader(string(text))); err != nil {
			t.Error(err)
		}
	})
}
