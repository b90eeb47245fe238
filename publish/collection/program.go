package collection

import (
	"bytes"
	"errors"
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"strings"

	"golang.org/x/net/html"

	"github.com/rhaptos/rhaptos/publish/analysis"
)

// What the programs of one book may consist of.
const (
	ProgramFiles = 5_000     // number of files
	ProgramBytes = 256 << 20 // size of all
)

// programText is the size of a document or style sheet that is searched for
// what it loads.
const programText = 2 << 20

// Program finds the files that authors' HTML documents load when they run: what
// they and their style sheets name, and so on. A script may load anything, so
// it brings everything in and below its folder, unless that is the library's
// own folder or one directly in it.
type Program struct {
	Media   []*Media // found so far, the documents left out
	Omitted int      // files that are too many or too large

	files   *Files
	cache   analysis.Cache
	seen    map[string]bool // files
	folders map[string]bool
	bytes   int64
}

// NewProgram looks for the files among those given. What documents and style
// sheets name is kept in the analysis cache.
func NewProgram(files *Files, cache analysis.Cache) *Program {
	return &Program{files: files, cache: cache, seen: map[string]bool{}, folders: map[string]bool{}}
}

// Add finds what the document loads. An error is a fault of the storage; a file
// that is not there is passed over.
func (p *Program) Add(document string) error {
	p.seen[document] = true
	for next := []string{document}; len(next) > 0; {
		name := next[len(next)-1]
		next = next[:len(next)-1]
		found, err := p.loadedBy(name)
		if err != nil {
			return err
		}
		for _, f := range found {
			if p.seen[f] {
				continue
			}
			p.seen[f] = true
			there, err := p.take(f)
			if err != nil {
				return err
			}
			if there {
				next = append(next, f)
			}
		}
	}
	return nil
}

// take adds a file if there is one of that name and place for it.
func (p *Program) take(name string) (bool, error) {
	m, err := p.files.Media(name)
	if m == nil || err != nil {
		return false, err
	}
	if _, err := p.files.CheckMedia(name, p.cache); err != nil { // nobody has, so its size is not known
		return false, err
	}
	if len(p.Media) >= ProgramFiles || p.bytes+m.Size > ProgramBytes {
		p.Omitted++
		return false, nil
	}
	p.bytes += m.Size
	p.Media = append(p.Media, m)
	return true, nil
}

// loadedBy are the paths of what a file loads, whether there is such a file or
// not.
func (p *Program) loadedBy(name string) ([]string, error) {
	switch strings.ToLower(path.Ext(name)) {
	case ".html", ".htm":
		return p.addresses(name, addressesInHTML)
	case ".css":
		return p.addresses(name, addressesInCSS)
	case ".js", ".mjs":
		return p.folder(path.Dir(name))
	}
	return nil, nil
}

func (p *Program) addresses(name string, find func([]byte) []string) ([]string, error) {
	raw, err := p.named(name, find)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, r := range raw {
		u, err := url.Parse(strings.TrimSpace(r))
		if err != nil || u.Scheme != "" || u.Host != "" || u.Path == "" || strings.HasPrefix(u.Path, "/") {
			continue
		}
		if to := path.Join(path.Dir(name), u.Path); fs.ValidPath(to) && to != "." {
			out = append(out, to)
		}
	}
	return out, nil
}

// named are the addresses in a file as they are written.
func (p *Program) named(name string, find func([]byte) []string) ([]string, error) {
	blob, err := p.files.BlobID(name)
	if err != nil {
		return nil, err
	}
	kind := "addresses" + strings.ToLower(path.Ext(name))
	var raw []string
	code := func(c *analysis.Coder) { analysis.List(c, &raw, c.Text) }
	if analysis.Load(p.cache, kind, blob, code) {
		return raw, nil
	}
	text, err := p.files.Read(name, programText)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrTooLarge) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	raw = find(text)
	analysis.Store(p.cache, kind, blob, code)
	return raw, nil
}

func (p *Program) folder(name string) ([]string, error) {
	if !strings.Contains(name, "/") || p.folders[name] {
		return nil, nil
	}
	p.folders[name] = true
	var out []string
	err := p.files.Below(name, func(file string) {
		if len(out) < 2*ProgramFiles {
			out = append(out, file)
		}
	})
	return out, err
}

// addressesInHTML returns the addresses that an HTML document loads by itself.
func addressesInHTML(text []byte) []string {
	var out []string
	z := html.NewTokenizer(bytes.NewReader(text))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return out
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			for _, a := range t.Attr {
				switch {
				case a.Key == "src", a.Key == "poster", a.Key == "href" && (t.Data == "link" || t.Data == "image" || t.Data == "use"), a.Key == "data" && t.Data == "object":
					out = append(out, a.Val)
				}
			}
		case html.TextToken:
			out = append(out, addressesInCSS(z.Raw())...)
		}
	}
}

// inCSS bounds no length: counted repetitions would make it costly to compile, at
// every start of the program.
var inCSS = regexp.MustCompile(`url\(\s*["']?([^"')]+?)["']?\s*\)|@import\s+["']([^"']+)["']`)

// longestInCSS is the length in bytes of the longest address that counts; data URLs
// are longer.
const longestInCSS = 1000

// addressesInCSS returns the addresses that a style sheet loads.
func addressesInCSS(text []byte) []string {
	var out []string
	for _, m := range inCSS.FindAllSubmatch(text, -1) {
		if address := string(m[1]) + string(m[2]); len(address) <= longestInCSS {
			out = append(out, address)
		}
	}
	return out
}
