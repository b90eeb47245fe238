package openstax

import "strings"

// elements are those of CNXML 0.7 and 0.8.
var elements = func() map[string]bool {
	set := map[string]bool{}
	for name := range strings.FieldsSeq(`
		document metadata title content glossary featured-links link-group
		section para div span title label
		emphasis term cite cite-title foreign sub sup code preformat quote footnote link newline space
		note list item example exercise problem solution commentary hint
		definition meaning seealso rule statement proof equation
		figure subfigure caption table tgroup colspec spanspec thead tbody tfoot row entry entrytbl
		media image audio video object download flash java-applet labview text iframe param longdesc`) {
		set[name] = true
	}
	return set
}()
