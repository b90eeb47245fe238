package export

import (
	"path"
	"regexp"
	"strings"
	"testing"
)

// TestOfflineHoldsWhatPagesLinkTo: every file that a page of the zip links to by a
// relative address is in the zip, and none has a name that a double click runs.
func TestOfflineHoldsWhatPagesLinkTo(t *testing.T) {
	tree := hostile()
	files := map[string]string{
		"run.bat": "@echo off\r\necho x\r\n", "data.json": "{}", "notebook.ipynb": "{\"cells\": []}", "model.bin": "\x00\x01\x02\x03", "table.xlsx": "PK\x03\x04",
		"program.jar": "PK\x03\x04 jar", "code.py": "print(1)", "page.hta": "<script>alert(1)</script>", "notes.md": "# Notes", "odd": "words",
	}
	var links strings.Builder
	for name, content := range files {
		tree["media/"+name] = file(content)
		links.WriteString(`<media id="x` + strings.ReplaceAll(name, ".", "-") + `" alt="` + name + `"><download mime-type="application/x-unknown" src="../../media/` + name + `"/></media>`)
	}
	tree["media/unlinked.json"] = file("[]")
	module := tree["modules/m1/index.cnxml"]
	module.Data = []byte(strings.Replace(string(module.Data), "</content>", links.String()+"</content>", 1))
	s := newShelf(t)
	s.start()
	in := entries(t, s.save(ZipFormat, s.publish("c1", tree)[0]))
	linked := 0
	for name, content := range in {
		if !strings.HasSuffix(name, ".html") {
			continue
		}
		for _, m := range regexp.MustCompile(`(?:href|src)="([^"#?]+)`).FindAllStringSubmatch(content, -1) {
			if strings.Contains(m[1], ":") { // on a server
				continue
			}
			to := path.Join(path.Dir(name), m[1])
			if _, ok := in[to]; !ok {
				t.Errorf("%s links to %s, which is not in the zip", name, m[1])
			}
			if strings.Contains(to, "/media/") {
				linked++
			}
		}
	}
	// The .hta is an HTML document by its content, and only on the server.
	if linked < len(files)-1 {
		t.Errorf("%d links to media", linked)
	}
	for name := range in {
		if strings.Contains(name, "unlinked") {
			t.Errorf("the zip holds %s, which nothing links to", name)
		}
		if regexp.MustCompile(`\.(bat|jar|py|hta|ipynb|exe)$`).MatchString(name) {
			t.Errorf("the zip holds %s", name)
		}
	}
}
