package collection

import (
	"slices"
	"strings"
)

// Rule is one thing that a book's sources are judged by. Its page is
// docs/rules/ID.md.
type Rule struct {
	ID       string
	Severity Severity // the usual one; where a format's own tools let a fault pass, that format reports less
	Meaning  string   // one sentence without a full stop: what is wrong where the rule speaks
}

// rules is every rule of the program, by what it is about.
var rules = []Rule{
	// Any XML file.
	{"xml-malformed", Error, "the file breaks the grammar of XML: a tag does not fit, or markup is written wrongly"},
	{"xml-root", Error, "the file has no root element, more than one, or text beside it"},
	{"xml-doctype", Error, "the file has a document type declaration"},
	{"xml-encoding", Error, "the file is not in UTF-8, or declares another encoding"},
	{"xml-character", Error, "a character stands in the file that XML does not allow"},
	{"xml-reference", Error, "an ampersand does not begin a reference that XML knows"},
	{"xml-attribute-twice", Error, "an element has the same attribute twice"},
	{"xml-namespace", Error, "a prefix has no namespace, or a reserved one"},
	{"xml-limit", Error, "the file is larger or deeper than a page can be"},

	// What stands where in a module or a collection.
	{"element-unknown", Warning, "an element is none of its vocabulary; only what is in it is shown"},
	{"element-misplaced", Warning, "an element stands where its vocabulary does not allow it"},
	{"element-missing", Warning, "an element lacks a part that it needs"},
	{"element-repeated", Warning, "a part that an element has once stands there again"},
	{"text-misplaced", Warning, "text stands where only elements may"},
	{"attribute-unknown", Warning, "an attribute is none of its element's; it has no effect"},
	{"attribute-missing", Warning, "an element lacks an attribute that it needs"},
	{"attribute-value", Warning, "the value of an attribute is none that it may have"},
	{"math-arguments", Warning, "an element of a formula has more or fewer parts than its meaning needs"},

	// The parts of one module.
	{"alt-missing", Warning, "an image or other media has no alternative text"},
	{"alt-empty", Note, "the alternative text is empty: readers who cannot see are told nothing"},
	{"content-after-section", Note, "text stands behind a subsection and will look like a part of it"},
	{"content-missing", Error, "a module or a collection has no content"},
	{"duplicate-id", Error, "two elements of one page have the same id"},
	{"id-missing", Note, "an element that links may lead to has no id"},
	{"link-empty", Warning, "a link leads nowhere"},
	{"metadata-missing", Error, "a piece of metadata is missing that a book cannot be published without"},
	{"metadata-super", Error, "metadata of super documents stand in another kind of document"},
	{"mime-type-mismatch", Note, "the declared media type is not that of the file"},
	{"section-too-deep", Warning, "sections are nested deeper than there are headings"},
	{"section-untitled", Note, "a section has no title"},
	{"table-cols-mismatch", Note, "a table has more columns than it says"},
	{"table-column-twice", Note, "two columns of a table have the same name or number"},
	{"table-column-unknown", Warning, "an entry names a column that the table does not have"},
	{"table-span", Warning, "an entry of a table ends before it begins, or below the last row"},
	{"table-overlap", Warning, "entries of a table lie on each other"},
	{"table-too-wide", Warning, "a table has more columns than can be shown"},
	{"title-mismatch", Note, "a module's title and the title in its metadata differ"},
	{"url-malformed", Error, "an address in a link is none"},
	{"uuid-malformed", Error, "a UUID is not written as one"},

	// What files say of each other.
	{"book-missing", Error, "the list of books names a collection that does not exist"},
	{"books-missing", Error, "the repository has no list of books"},
	{"chapter-missing", Error, "the contents name a chapter that does not exist"},
	{"duplicate-page", Error, "a page stands in the contents of a book twice"},
	{"duplicate-slug", Error, "two books have the same slug"},
	{"duplicate-uuid", Error, "two pages have the same UUID"},
	{"file-too-large", Error, "a file is larger than the server reads"},
	{"link-outside", Note, "a link leads out of the book to a file that is not published"},
	{"link-page-missing", Error, "a link leads to a page that does not exist"},
	{"link-target-missing", Error, "a link leads to an id that its page does not have"},
	{"link-unsafe", Warning, "an address is of a kind that is not followed"},
	{"module-missing", Error, "a table of contents names a module that does not exist"},
	{"no-books", Error, "the list of books names none"},
	{"resource-missing", Error, "a page shows a file that does not exist"},
	{"resource-remote", Warning, "a page shows an image from another site"},
	{"root-unexpected", Error, "the root element is not the one that the file should have"},
	{"slug-malformed", Error, "a slug cannot be part of an address"},
	{"slug-mismatch", Error, "a book's slug differs between the list and the collection"},

	{"case-collision", Error, "the paths of two files differ in case only"},
	{"content-id-mismatch", Warning, "a module's content-id is not the name of its folder"},
	{"duplicate-title", Error, "two chapters of a book have the same title"},
	{"file-name-mismatch", Error, "the file of a collection is not called by its slug"},
	{"interactive-missing", Error, "a link leads to an interactive exercise that does not exist"},
	{"license-language", Error, "the license is in another language than the book"},
	{"license-unknown", Error, "the license is none, or nothing says what it is called"},
	{"link-page-unpublished", Warning, "a link leads to a module that is in no book"},
	{"media-unused", Note, "no page shows a file of the media folder"},
	{"module-shared", Note, "modules stand in more than one book"},
	{"module-unused", Warning, "a module is in no book"},
	{"path-outside", Error, "a path leads out of the repository"},
	{"slug-not-ascii", Note, "a slug has letters beyond a to z"},
	{"variable-empty", Error, "a variable of the list of books has no value"},
	{"variable-unknown", Warning, "a variable of the list of books means nothing"},

	// What is in the files that pages show.
	{"image-broken", Warning, "an image cannot be decoded"},
	{"image-unshown", Warning, "an image is of a type that browsers do not show"},
	{"interactive-too-large", Warning, "the interactive documents of a book load more than a release takes"},
	{"lfs-object-missing", Error, "a file is in Git LFS, and its content was not pushed"},
	{"media-large", Warning, "a file is so large that readers wait for it"},
	{"media-type-mismatch", Warning, "a file is of another type than its name says"},

	// Markdown.
	{"formula-unread", Warning, "a formula in TeX cannot be read; its source is shown instead"},
	{"include-missing", Error, "a chapter includes a file, or a part of one, that does not exist"},
	{"include-outside", Error, "a chapter includes a file from outside of the repository"},
	{"include-too-deep", Error, "files include each other too deep"},
	{"include-too-large", Error, "a chapter includes more than it may"},
	{"markdown-too-complex", Error, "Markdown is nested too deep, or too long to read"},
	{"not-utf8", Error, "a text is not in UTF-8"},
	{"redirect-missing", Warning, "an old page leads to a new one that does not exist"},
	{"redirect-loop", Warning, "old pages lead to each other, and to no page of the book"},
	{"redirect-over-page", Warning, "a page that is to lead elsewhere is a page of the book"},
	{"summary-malformed", Error, "the table of contents is not written as one"},
	{"summary-missing", Error, "the table of contents is missing"},
	{"toml-malformed", Error, "a TOML file breaks the grammar, or a value has the wrong type"},

	// Settings, publication, reports.
	{"code-plain", Warning, "code takes too long to highlight and is shown plain"},
	{"exercise-not-included", Note, "exercises are kept outside of the repository and are not shown"},
	{"html-left-out", Warning, "an element of HTML cannot be shown in a book"},
	{"internal-fault", Error, "the server failed at the file"},
	{"more-problems", Note, "a file has more problems than are listed"},
	{"settings-key", Warning, "a key of the settings means nothing"},
	{"settings-syntax", Error, "the settings are not written in TOML"},
	{"settings-unreadable", Error, "the settings cannot be read"},
	{"settings-value", Error, "a setting has a value that it cannot have"},
	{"settings-reason", Warning, "a setting lowers an error and gives no reason; it has no effect"},
	{"settings-rule", Warning, "a setting is about a rule that does not exist"},
	{"severity-lowered", Note, "a setting lets errors count for less"},
	{"word-unwanted", Warning, "a word stands in a text that the house does not write"},
	{"path-doubled", Error, "two files of a book would be published under one name"},
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
