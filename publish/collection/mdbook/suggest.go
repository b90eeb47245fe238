package mdbook

import (
	"path"
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// suggestions is how many problems of a book get a suggestion, which has to be
// looked for.
const suggestions = 100

// suggest proposes the word that was probably meant.
func (r *reader) suggest(p *collection.Problem, word string, among []string) {
	r.suggestIn(p, "", word, among)
}

// suggestFile proposes the file of the same folder that a path from dir, which
// leads nowhere, was probably meant for.
func (r *reader) suggestFile(p *collection.Problem, dir, written string) error {
	folder, err := r.files.Folder(path.Dir(path.Join(dir, written)))
	if folder != nil {
		r.suggestIn(p, path.Dir(written), path.Base(written), folder.Files)
	}
	return err
}

// suggestPage proposes the chapter of the same folder, in the spelling of the
// link: with .md or with .html.
func (ch *chapter) suggestPage(p *collection.Problem, destination string) {
	written := decoded(withoutQuery(destination))
	name := path.Join(path.Dir(ch.Path), written)
	var among []string
	for other := range ch.chapters {
		if path.Dir(other) == path.Dir(name) {
			among = append(among, strings.TrimSuffix(path.Base(other), ".md")+path.Ext(name))
		}
	}
	slices.Sort(among)
	ch.suggestIn(p, path.Dir(written), path.Base(written), among)
}

func (r *reader) suggestIn(p *collection.Problem, folder, word string, among []string) {
	if r.suggested++; r.suggested > suggestions {
		return
	}
	if meant, ok := collection.Meant(word, among); ok {
		p.Message += " (did you mean " + cnxml.Quote(path.Join(folder, meant)) + "?)"
	}
}
