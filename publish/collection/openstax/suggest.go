package openstax

import (
	"fmt"
	"path"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// suggestions limits the problems of a library, or of one module, that get a
// suggestion, which costs a search.
const suggestions = 100

// suggest proposes the word that was probably meant in the attribute.
func (r *reader) suggest(p *collection.Problem, attribute, word string, among []string) {
	if r.suggested++; r.suggested <= suggestions {
		suggest(p, attribute, word, among)
	}
}

// suggestFile proposes the file of the same folder that a reference which leads
// nowhere was probably meant for.
func (r *reader) suggestFile(p *collection.Problem, attribute, dir, reference string) error {
	target := path.Join(dir, reference)
	folder, err := r.files.Folder(path.Dir(target))
	if folder == nil || err != nil {
		return err
	}
	if r.suggested++; r.suggested > suggestions {
		return nil
	}
	if name, ok := collection.ClosestMatch(path.Base(target), folder.Files); ok {
		propose(p, attribute, path.Join(path.Dir(reference), name))
	}
	return nil
}

func suggest(p *collection.Problem, attribute, word string, among []string) {
	if word, ok := collection.ClosestMatch(word, among); ok {
		propose(p, attribute, word)
	}
}

// propose says what should stand in the attribute.
func propose(p *collection.Problem, attribute, value string) {
	p.Message += fmt.Sprintf(" (did you mean %s?)", cnxml.Quote(value))
	if p.EndLine > 0 {
		p.Replacement = fmt.Sprintf(`%s="%s"`, attribute, escaper.Replace(value))
	}
}

// escaper writes a value as it may stand between double quotes.
var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&quot;", "\t", "&#9;", "\n", "&#10;", "\r", "&#13;")
