package mdbook

import (
	"io/fs"
	"path"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/collection/mdbook/markdown"
)

// target is the destination of a link inside the repository. problem says why
// readers cannot follow it.
type target struct {
	own     bool // the page itself
	page    *chapter
	address string // of the page as the link has it, without the id
	id      string // in the page; may be empty
	media   *collection.Media
	problem *collection.Problem
	wanted  string // the chapter that the path would mean, if it leads to no page
}

// follow finds what a relative link leads to. It goes by names only, so it may
// be asked while pages are being read.
func (ch *chapter) follow(destination string) (to target, err error) {
	address, id, _ := strings.Cut(destination, "#")
	if id = markdown.Decoded(id); address == "" {
		return target{own: true, page: ch, id: id}, nil
	}
	file, _, _ := strings.Cut(address, "?")
	name := path.Join(path.Dir(ch.name), markdown.Decoded(file))
	for _, candidate := range pagesOf(name, strings.HasSuffix(file, "/")) {
		if page := ch.chapters[candidate]; page != nil {
			return target{page: page, address: address, id: id}, nil
		}
	}
	wrong := func(severity collection.Severity, rule, format string) (target, error) {
		p := collection.Place{}.Problem(severity, rule, format, cnxml.Quote(destination))
		to.problem = &p
		return to, err
	}
	if strings.HasPrefix(file, "/") || !fs.ValidPath(name) || !below(name, ch.src) {
		return wrong(collection.Note, "link-outside", "%s is outside the book; write the whole address if readers should follow it")
	}
	isPage := strings.EqualFold(path.Ext(file), ".md")
	to.media, err = ch.files.Media(name)
	switch {
	case err != nil:
		return to, err
	case to.media != nil && isPage:
		to.media = nil
		return wrong(collection.Warning, "link-page-missing", "%s is no chapter of the book; add it to SUMMARY.md")
	case to.media != nil || ch.redirects[strings.TrimPrefix(name, ch.src+"/")]:
		return to, nil
	case isPage:
		to.wanted = name
		return wrong(collection.Error, "link-page-missing", "%s does not exist; correct the link, which is relative to this file")
	}
	if pages := pagesOf(name, false); len(pages) > 0 && path.Ext(name) != "" {
		to.wanted = pages[0]
	}
	return wrong(collection.Warning, "link-page-missing", "%s is no page of the book; correct the link")
}

// pagesOf are the chapters that a path may mean: mdBook turns .md into .html
// and README.md into index.html.
func pagesOf(target string, folder bool) []string {
	stem := strings.TrimSuffix(target, path.Ext(target))
	switch ext := strings.ToLower(path.Ext(target)); {
	case ext == ".md":
		return []string{target}
	case (ext == ".html" || ext == ".htm") && path.Base(stem) == "index":
		return []string{stem + ".md", path.Join(path.Dir(stem), "README.md")}
	case ext == ".html", ext == ".htm":
		return []string{stem + ".md"}
	case folder || ext == "":
		return []string{path.Join(target, "README.md"), path.Join(target, "index.md")}
	}
	return nil
}

func below(target, folder string) bool {
	return folder == "." || strings.HasPrefix(target, folder+"/")
}

// picture is the file that an image shows, or nil.
func (ch *chapter) picture(src string) (*collection.Media, error) {
	file := withoutQuery(src)
	name := path.Join(path.Dir(ch.name), markdown.Decoded(file))
	if file == "" || strings.HasPrefix(file, "/") || !fs.ValidPath(name) {
		return nil, nil
	}
	return ch.files.Media(name)
}

// withoutQuery is the path of a relative reference.
func withoutQuery(reference string) string {
	file, _, _ := strings.Cut(reference, "?")
	file, _, _ = strings.Cut(file, "#")
	return file
}
