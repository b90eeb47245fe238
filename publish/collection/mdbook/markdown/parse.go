package markdown

import (
	"bytes"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/rhaptos/rhaptos/publish/tex"
)

// Dialect holds the options of Markdown that book.toml sets.
type Dialect struct {
	Maths        bool // there are formulas
	NoDefinition bool // lines that begin with a colon are text
	Dollars      bool // formulas may stand between single dollar signs

	// The parser has no part in these.
	Smart  bool // quotation marks are curled
	Alerts bool // quotes may be alerts of any kind
}

// String names the dialect; that of most books has no name.
func (d Dialect) String() string {
	name := ""
	if d.Maths {
		name += "-maths"
	}
	if d.NoDefinition {
		name += "-nodefinition"
	}
	if d.Dollars {
		name += "-dollars"
	}
	if d.Smart {
		name += "-smart"
	}
	if d.Alerts {
		name += "-alerts"
	}
	return name
}

// parsers are those of the dialects. They are safe for use by many goroutines.
var parsers = map[Dialect]parser.Parser{}

func init() {
	for i := range 8 {
		d := Dialect{Maths: i&1 > 0, NoDefinition: i&2 > 0, Dollars: i&4 > 0}
		parsers[d] = d.parser()
	}
}

func (d Dialect) parser() parser.Parser {
	extensions := []goldmark.Extender{extension.Table, extension.Strikethrough, extension.TaskList, extension.Footnote}
	if !d.NoDefinition {
		extensions = append(extensions, extension.DefinitionList)
	}
	options := []parser.Option{parser.WithHeadingAttribute(), parser.WithParagraphTransformers(util.Prioritized(allowance{d.Dollars}, 0))}
	if d.Maths || d.Dollars {
		options = append(options, parser.WithInlineParsers(util.Prioritized(formulaParser{d.Maths, d.Dollars}, 50)))
	}
	return goldmark.New(goldmark.WithExtensions(extensions...), goldmark.WithParserOptions(options...)).Parser()
}

// The work that a file may cause, in steps of about 2 ns. Markdown has
// constructs that cost the square of their length to read; counting their
// steps beforehand keeps a verdict independent of the machine.
const (
	fileSteps      = 256 << 20
	delimitersMost = 20_000 // in one paragraph: they nest
	containersMost = 100    // block quotes and lists that begin on one line
	indentMost     = 400    // blanks before the mark of a list: lists nest by them
	headingBytes   = 8 << 10
	footnotesMost  = 5_000
	cellsMost      = 500_000 // of one table
	definedMost    = 5_000   // lines of one paragraph of link definitions
	linesMost      = 100_000 // each may begin a block
	tagsMost       = 100_000 // "<" may begin a tag
)

// Parse reads Markdown. tooComplex is the offset of the first place that would
// cost too much and has not been read, or -1.
func Parse(source []byte, d Dialect) (doc ast.Node, tooComplex int) {
	return d.parse(source, &steps{refused: -1})
}

// Budget limits what several texts may cost together.
type Budget struct{ steps steps }

// NewBudget is the budget of one file that has not been read yet.
func NewBudget() *Budget { return &Budget{steps{refused: -1}} }

// Parse reads a text in the dialect that has no options. ok is false if it would
// cost too much, or if the budget is used up.
func (b *Budget) Parse(text []byte) (doc ast.Node, ok bool) {
	doc, tooComplex := Dialect{}.parse(text, &b.steps)
	return doc, tooComplex < 0 && b.steps.spent < fileSteps
}

// parse reads Markdown and adds what it costs to the steps spent.
func (d Dialect) parse(source []byte, spent *steps) (doc ast.Node, tooComplex int) {
	if at := forbidden(source); at >= 0 {
		return ast.NewDocument(), at
	}
	pc := parser.NewContext()
	pc.Set(stepsKey, spent)
	d.Smart, d.Alerts = false, false
	doc = parsers[d].Parse(text.NewReader(source), parser.WithContext(pc))
	return doc, spent.refused
}

// forbidden is the offset of a line that nests too deep or is a heading of
// absurd length, or of the footnote, line or tag that is one too many; -1 if
// there is none.
func forbidden(source []byte) int {
	notes, tags, lines := 0, 0, 0
	for offset := 0; offset < len(source); {
		line := source[offset:]
		if end := bytes.IndexByte(line, '\n'); end >= 0 {
			line = line[:end+1]
		}
		containers, rest := Containers(line)
		notes += bytes.Count(line, []byte("[^"))
		tags += bytes.Count(line, []byte("<"))
		lines++
		if containers > containersMost || indented(line, containers) || notes > footnotesMost ||
			lines > linesMost || tags > tagsMost || len(rest) > headingBytes && rest[0] == '#' {
			return offset
		}
		offset += len(line)
	}
	return -1
}

func indented(line []byte, containers int) bool {
	return containers > 0 && len(line) > indentMost && len(bytes.TrimLeft(line[:indentMost], " \t")) == 0
}

// Containers counts the marks of block quotes, lists and definitions that a line
// begins with.
func Containers(line []byte) (containers int, rest []byte) {
	for i := 0; ; {
		for i < len(line) && (line[i] == ' ' || line[i] == '\t') {
			i++
		}
		start := i
		switch {
		case i >= len(line):
			return containers, nil
		case line[i] == '>', line[i] == '-', line[i] == '+', line[i] == '*', line[i] == ':':
			i++
		case line[i] >= '0' && line[i] <= '9':
			for i < len(line) && line[i] >= '0' && line[i] <= '9' {
				i++
			}
			if i >= len(line) || line[i] != '.' && line[i] != ')' {
				return containers, line[start:]
			}
			i++
		default:
			return containers, line[start:]
		}
		if line[start] != '>' && i < len(line) && line[i] > ' ' {
			return containers, line[start:]
		}
		containers++
	}
}

var stepsKey = parser.NewContextKey()

type steps struct {
	spent   int
	refused int // offset of the first refused paragraph
}

// allowance looks at each paragraph before anything else does, counts what it
// will cost, and cuts it to its beginning when that is too much.
type allowance struct{ dollars bool }

// Transform implements parser.ParagraphTransformer.
func (a allowance) Transform(p *ast.Paragraph, reader text.Reader, pc parser.Context) {
	s, ok := pc.Get(stepsKey).(*steps)
	if !ok || p.Lines().Len() == 0 {
		return
	}
	c := count(p.Lines(), reader.Source(), a.dollars)
	s.spent += c.steps()
	tooMany := c.delimiters > delimitersMost || c.cells > cellsMost || c.definitions && c.lines > definedMost
	if s.spent <= fileSteps && !tooMany {
		return
	}
	first := p.Lines().At(0)
	if s.refused < 0 {
		s.refused = first.Start
	}
	source := reader.Source()
	for first.Stop = min(first.Stop, first.Start+80); first.Stop < len(source) && !utf8.RuneStart(source[first.Stop]); {
		first.Stop--
	}
	beginning := text.NewSegments()
	beginning.Append(first)
	p.SetLines(beginning)
	s.spent -= c.steps()
}

// census of a paragraph.
type census struct {
	bytes, lines int
	formulas     int // a delimiter opens one that may have no end
	ticks        int // two of them make code
	openings     int // "](" begins a destination that may run to the end
	delimiters   int
	cells        int  // if it is a table
	definitions  bool // it begins like a link definition
}

func count(lines *text.Segments, source []byte, dollars bool) census {
	c := census{lines: lines.Len()}
	for i := range c.lines {
		segment := lines.At(i)
		line := source[segment.Start:segment.Stop]
		c.bytes += len(line)
		c.openings += bytes.Count(line, []byte("]("))
		for _, d := range delimiters {
			c.formulas += bytes.Count(line, []byte(d.open))
		}
		if dollars {
			c.formulas += bytes.Count(line, []byte("$"))
		}
		for _, b := range line {
			switch b {
			case '*', '_', '~', '[':
				c.delimiters++
			case '`':
				c.ticks++
			}
		}
		switch i {
		case 0:
			c.definitions = bytes.HasPrefix(bytes.TrimLeft(line, " "), []byte("["))
		case 1:
			if len(bytes.Trim(line, "|:- \t\r\n")) == 0 {
				c.cells = (bytes.Count(line, []byte("|")) + 1) * c.lines
			}
		}
	}
	return c
}

func (c census) steps() int {
	n := c.bytes + c.ticks*1000 + c.formulas*min(c.bytes, tex.MaxBytes)/4 + c.openings*c.bytes + c.delimiters*1000 + c.delimiters*c.delimiters/4 + c.cells*300
	if c.definitions {
		n += c.lines * c.bytes / 8
	}
	return n
}
