package collection

import (
	"slices"
	"strings"
)

// Rule is one thing that a book's sources are checked by. Its page is
// docs/rules/ID.md.
type Rule struct {
	ID       string
	Severity Severity // the usual one; where a format's own tools let a fault pass, that format reports less
	Meaning  string   // one sentence without a full stop: what is wrong where the rule speaks
}

// rules is every rule of the program, by what it is about.
var rules = []Rule{
	// Any XML file.
	{"conflict-marker", Error, "a merge left a conflict in the file"},
	{"xml-malformed", Error, "the file is not well-formed XML"},
	{"xml-root", Error, "the file has no root element, several, or text outside it"},
	{"xml-doctype", Error, "the file has a document type declaration"},
	{"xml-encoding", Error, "the file is not UTF-8 or declares another encoding"},
	{"xml-character", Error, "the file contains a character that XML does not allow"},
	{"xml-reference", Error, "an ampersand does not begin a valid XML reference"},
	{"xml-attribute-twice", Error, "an element has the same attribute twice"},
	{"xml-namespace", Error, "a namespace prefix is undeclared or reserved"},
	{"xml-limit", Error, "the file is larger or nested more deeply than allowed"},

	// What stands where in a module or a collection.
	{"element-unknown", Warning, "an element is unknown; only its content is shown"},
	{"element-misplaced", Warning, "an element is not allowed in its parent"},
	{"element-missing", Warning, "an element lacks a required child element"},
	{"element-repeated", Warning, "a child element that may occur once is repeated"},
	{"text-misplaced", Warning, "text is not allowed directly in this element"},
	{"attribute-unknown", Warning, "an element has an unknown attribute, which has no effect"},
	{"attribute-missing", Warning, "an element lacks a required attribute"},
	{"attribute-value", Warning, "an attribute has an invalid value"},
	{"math-arguments", Warning, "a formula element has too many or too few children"},

	// The parts of one module.
	{"alt-missing", Warning, "an image or other media has no alternative text"},
	{"alt-empty", Note, "the alternative text is empty, so screen readers skip the image"},
	{"content-after-section", Note, "text after a subsection looks like part of that subsection"},
	{"content-missing", Error, "a module or a collection has no content element"},
	{"duplicate-id", Error, "two elements of a page have the same id"},
	{"id-missing", Note, "an element that can be linked to has no id"},
	{"link-empty", Warning, "a link has no target"},
	{"metadata-missing", Error, "required metadata is missing"},
	{"metadata-super", Error, "super-document metadata is used in another kind of document"},
	{"mime-type-mismatch", Note, "the declared media type does not match the file"},
	{"section-too-deep", Warning, "sections are nested too deeply"},
	{"section-untitled", Note, "a section has no title"},
	{"table-cols-mismatch", Warning, "a table has more columns than it declares"},
	{"table-column-twice", Note, "two columns of a table have the same name or number"},
	{"table-column-unknown", Warning, "a table entry names an unknown column"},
	{"table-span", Warning, "a table entry has an invalid span"},
	{"table-overlap", Warning, "table entries overlap"},
	{"table-too-wide", Warning, "a table has too many columns"},
	{"title-mismatch", Note, "a module's title differs from the title in its metadata"},
	{"url-malformed", Error, "a link has an invalid address"},
	{"uuid-malformed", Error, "a UUID is malformed"},

	// What files say of each other.
	{"book-missing", Error, "the list of books names a collection that does not exist"},
	{"books-missing", Error, "the repository has no list of books"},
	{"chapter-missing", Error, "the table of contents names a chapter that does not exist"},
	{"duplicate-page", Error, "a page appears twice in the table of contents of a book"},
	{"duplicate-slug", Error, "two books have the same slug"},
	{"duplicate-uuid", Error, "two pages have the same UUID"},
	{"file-too-large", Error, "a file exceeds the size limit"},
	{"check-limit", Error, "checking a file or the tree takes more time or memory than it may"},
	{"link-outside", Note, "a link leads to a file that is not published"},
	{"link-page-missing", Error, "a link leads to a page that does not exist"},
	{"link-target-missing", Error, "a link leads to an id that its page does not have"},
	{"link-unsafe", Warning, "a link has an unsafe URL scheme"},
	{"module-missing", Error, "a table of contents names a module that does not exist"},
	{"no-books", Error, "the list of books is empty"},
	{"symlink-broken", Error, "a symbolic link leads nowhere, or out of the repository"},
	{"resource-missing", Error, "a page uses a file that does not exist"},
	{"resource-remote", Warning, "a page uses an image from another site"},
	{"root-unexpected", Error, "the file has the wrong root element"},
	{"slug-malformed", Error, "a slug has characters that an address cannot contain"},
	{"slug-mismatch", Error, "a book's slug differs between the list of books and the collection"},

	{"case-collision", Error, "the paths of two files differ only in case"},
	{"content-id-mismatch", Warning, "a module's content-id differs from the name of its folder"},
	{"duplicate-title", Error, "two chapters of a book have the same title"},
	{"file-name-mismatch", Error, "the file name of a collection differs from its slug"},
	{"interactive-missing", Error, "a link leads to an interactive exercise that does not exist"},
	{"license-language", Error, "the license link leads to a translation in another language than the book"},
	{"license-unknown", Error, "the license is unknown and has no name"},
	{"link-page-unpublished", Warning, "a link leads to a module that is in no book"},
	{"media-unused", Note, "no page uses a file of the media folder"},
	{"module-shared", Note, "a module is in more than one book"},
	{"module-unused", Warning, "a module is in no book"},
	{"path-refused", Error, "a repository does not accept a path of this name or kind"},
	{"path-outside", Error, "a path leads out of the repository"},
	{"slug-not-ascii", Note, "a slug has letters other than a to z"},
	{"variable-empty", Error, "a variable in the list of books has no value"},
	{"variable-unknown", Warning, "the list of books has an unknown variable"},

	// What is in the files that pages show.
	{"image-broken", Warning, "an image cannot be decoded"},
	{"image-unshown", Warning, "browsers cannot show images of this type"},
	{"interactive-too-large", Warning, "the interactive documents of a book exceed the limit for a release"},
	{"lfs-object-missing", Error, "a file is in Git LFS, but its content was not pushed"},
	{"media-large", Warning, "a media file is very large"},
	{"media-type-mismatch", Warning, "a file's content does not match its file name extension"},

	// Markdown.
	{"book-setting", Warning, "book.toml asks for something that is not done"},
	{"formula-unread", Warning, "a TeX formula cannot be parsed and is shown as source"},
	{"include-missing", Error, "a chapter includes a file or part of a file that does not exist"},
	{"include-outside", Error, "a chapter includes a file from outside the repository"},
	{"include-too-deep", Error, "includes are nested too deeply"},
	{"include-too-large", Error, "a chapter exceeds the limit for included text"},
	{"markdown-doubtful", Warning, "Markdown that is probably not what its author meant"},
	{"markdown-too-complex", Error, "a Markdown file is nested too deeply or too long"},
	{"not-utf8", Error, "a text file is not valid UTF-8"},
	{"redirect-missing", Warning, "a redirect leads to a page that does not exist"},
	{"redirect-loop", Warning, "redirects form a loop"},
	{"redirect-over-page", Warning, "a redirect replaces an existing page of the book"},
	{"summary-malformed", Error, "the table of contents has invalid syntax"},
	{"summary-missing", Error, "the table of contents is missing"},
	{"translation-malformed", Error, "a file of translations has a syntax error"},
	{"translation-missing", Note, "passages of a translated chapter have no translation"},
	{"toml-malformed", Error, "a TOML file has a syntax error or a value of the wrong type"},

	// Settings, publication, reports.
	{"code-plain", Warning, "highlighting the code takes too much work, so it is shown without colours"},
	{"exercise-class-unknown", Warning, "a section with exercises has a class that the recipe of the book does not know"},
	{"exercise-not-included", Note, "exercises are kept outside the repository and are not shown"},
	{"hidden-character", Warning, "a title or name contains a control character or a bidirectional override"},
	{"html-left-out", Warning, "an HTML element cannot be shown in a book and is removed"},
	{"internal-fault", Error, "the server failed while processing the file"},
	{"more-problems", Note, "a file has more problems than are listed"},
	{"settings-key", Warning, "the settings contain an unknown key"},
	{"settings-syntax", Error, "the settings are not valid TOML"},
	{"settings-unreadable", Error, "the settings cannot be read"},
	{"settings-value", Error, "a setting has an invalid value"},
	{"settings-reason", Warning, "a setting lowers the severity of an error without a reason and has no effect"},
	{"settings-rule", Warning, "a setting names a rule that does not exist"},
	{"severity-lowered", Note, "a setting lowers the severity of errors"},
	{"word-unwanted", Warning, "the text contains a discouraged word"},
	{"path-doubled", Error, "two files of a book would be published at the same address"},
}

// Rules is every rule of the program, sorted by id.
func Rules() []Rule {
	return slices.SortedFunc(slices.Values(rules), func(a, b Rule) int { return strings.Compare(a.ID, b.ID) })
}

// RuleOf is the rule with the id, and whether there is one.
func RuleOf(id string) (Rule, bool) {
	r, ok := byID[id]
	return r, ok
}

var byID = func() map[string]Rule {
	all := make(map[string]Rule, len(rules))
	for _, r := range rules {
		all[r.ID] = r
	}
	return all
}()
