package render

import (
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/outline"
)

// kind is an element's vocabulary and name.
type kind struct {
	space cnxml.Space
	name  string
}

type renderFunc func(*renderer, *cnxml.Node)

// rule says how an element is written: line in a line of text, block among
// blocks. An element without block is one of a line wherever it stands; one
// with both is a block unless inline says otherwise of the element at hand.
type rule struct {
	line   renderFunc
	block  renderFunc
	inline func(*cnxml.Node) bool
}

func (u rule) isBlock(n *cnxml.Node) bool {
	return u.block != nil && (u.inline == nil || !u.inline(n))
}

type rules map[kind]rule

func (rs rules) of(n *cnxml.Node) (rule, bool) {
	if n.Space == cnxml.HTML {
		u, ok := rs[kind{cnxml.HTML, strings.ToLower(n.Name)}]
		return u, ok
	}
	u, ok := rs[kind{n.Space, n.Name}]
	return u, ok
}

// blocky reports whether n is written as a block where blocks may stand: one
// by its rule, or an element of a line that holds blocks.
func (rs rules) blocky(n *cnxml.Node) bool {
	if n.Space == cnxml.Text || outline.IsHidden(n) {
		return false
	}
	u, ok := rs.of(n)
	if ok && u.block != nil {
		return u.isBlock(n)
	}
	return rs.holdsBlock(n)
}

// holdsBlock reports whether a block is somewhere below n, what is written
// elsewhere (footnotes) or always in a line (media, formulas) left out.
func (rs rules) holdsBlock(n *cnxml.Node) bool {
	if n.Space == cnxml.MathML || outline.IsHidden(n) || isFootnote(n) || n.Is("media") {
		return false
	}
	return slices.ContainsFunc(n.Children, rs.blocky)
}

// newRules is the table. It is made once a book, since the functions in it
// refer to it.
func newRules() rules {
	rs := rules{}
	for name, u := range cnxmlRules() {
		rs[kind{cnxml.CNXML, name}] = u
	}
	for name, u := range htmlRules() {
		rs[kind{cnxml.HTML, name}] = u
	}
	rs[kind{cnxml.MathML, "math"}] = rule{line: (*renderer).math}
	rs[kind{cnxml.MDML, "abstract"}] = rule{line: transparent, block: transparent}
	return rs
}

func cnxmlRules() map[string]rule {
	displayed := func(n *cnxml.Node) bool { return n.Attr("display") == "inline" }
	return map[string]rule{
		// The page and its parts.
		"document": {line: transparent, block: transparent},
		"content":  {line: inSpan, block: inDiv},
		"metadata": {line: nothing, block: nothing},
		"section":  {line: inSpan, block: (*renderer).section},
		"para":     {line: inSpan, block: (*renderer).para},
		"div":      {line: inSpan, block: inDiv},
		"title":    {line: (*renderer).strayTitle},
		"label":    {line: nothing},
		"caption":  {line: inSpan, block: inDiv},

		// In a line.
		"emphasis":   {line: (*renderer).emphasis},
		"term":       {line: (*renderer).term},
		"foreign":    {line: (*renderer).foreign},
		"span":       {line: inSpan},
		"sub":        {line: as("sub")},
		"sup":        {line: as("sup")},
		"cite":       {line: (*renderer).cite},
		"cite-title": {line: as("cite")},
		"newline":    {line: (*renderer).newline},
		"space":      {line: (*renderer).space},
		"link":       {line: (*renderer).link},
		"footnote":   {line: (*renderer).footnote},
		"quote":      {line: as("q"), block: (*renderer).quote, inline: displayed},
		"code":       {line: as("code"), block: (*renderer).code, inline: isInlineCode},
		"preformat":  {line: as("code"), block: (*renderer).code, inline: displayed},

		// Boxes.
		"note":       {line: (*renderer).noteInLine, block: (*renderer).note, inline: displayed},
		"example":    {line: inSpan, block: (*renderer).example},
		"exercise":   {line: inSpan, block: (*renderer).exercise},
		"problem":    {line: inSpan, block: (*renderer).problem},
		"solution":   {line: inSpan, block: (*renderer).solution},
		"commentary": {line: inSpan, block: (*renderer).commentary},
		"rule":       {line: inSpan, block: (*renderer).example},
		"statement":  {line: inSpan, block: (*renderer).problem},
		"proof":      {line: inSpan, block: (*renderer).example},
		"equation":   {line: (*renderer).equationInLine, block: (*renderer).equation},

		// Lists and key terms.
		"list":       {line: (*renderer).listInLine, block: (*renderer).list, inline: displayed},
		"item":       {line: inSpan},
		"glossary":   {line: inSpan, block: (*renderer).glossaryOf},
		"definition": {line: inSpan, block: (*renderer).definition},
		"meaning":    {line: inSpan, block: inDiv},
		"seealso":    {line: inSpan, block: inDiv},

		// Tables (CALS); rows and entries are written by the table itself.
		"table":    {line: inSpan, block: (*renderer).table},
		"tgroup":   {line: inSpan, block: (*renderer).looseTable},
		"thead":    {line: inSpan, block: inDiv},
		"tbody":    {line: inSpan, block: inDiv},
		"tfoot":    {line: inSpan, block: inDiv},
		"row":      {line: inSpan, block: inDiv},
		"entry":    {line: inSpan, block: inDiv},
		"entrytbl": {line: inSpan, block: (*renderer).looseTable},
		"colspec":  {line: nothing},
		"spanspec": {line: nothing},

		// Figures and media.
		"figure":         {line: inSpan, block: (*renderer).figure},
		"subfigure":      {line: inSpan, block: (*renderer).figure},
		"media":          {line: (*renderer).media},
		"image":          {line: (*renderer).image},
		"iframe":         {line: (*renderer).embedded},
		"download":       {line: (*renderer).embedded},
		"audio":          {line: (*renderer).embedded},
		"video":          {line: (*renderer).embedded},
		"object":         {line: (*renderer).embedded},
		"flash":          {line: (*renderer).embedded},
		"java-applet":    {line: (*renderer).embedded},
		"labview":        {line: (*renderer).embedded},
		"text":           {line: inSpan},
		"param":          {line: nothing},
		"featured-links": {line: inSpan, block: inDiv},
		"link-group":     {line: inSpan, block: (*renderer).linkGroup},
	}
}

// transparent writes the children alone.
func transparent(r *renderer, n *cnxml.Node) { r.children(n) }

// nothing leaves out the element with what is in it.
func nothing(*renderer, *cnxml.Node) {}

func inSpan(r *renderer, n *cnxml.Node) { r.neutral("span", n) }

func inDiv(r *renderer, n *cnxml.Node) { r.neutral("div", n) }

// as writes the element as one of HTML, with its children.
func as(name string) renderFunc {
	return func(r *renderer, n *cnxml.Node) { r.w.Element(name, r.attrs(n), r.inside(n)) }
}
