package cnxml

// mathRow says what an element of MathML is: how many parts it has (any number
// if 0), and its attributes in the words of row. Every element has id, class,
// style, href and xref besides.
type mathRow struct {
	name       string
	parts      int
	attributes string
}

// mathTokens hold text and nothing else (MathML 3, section 3.2).
var mathTokens = []mathRow{
	{"mi", 0, "FONT"},
	{"mn", 0, "FONT"},
	{"mtext", 0, "FONT"},
	{"ms", 0, "FONT lquote rquote"},
	{"mo", 0, "FONT form:form fence:boolean separator:boolean stretchy:boolean symmetric:boolean largeop:boolean movablelimits:boolean accent:boolean " +
		"lspace:length rspace:length minsize:stretch maxsize:stretch linebreak:linebreak lineleading linebreakstyle linebreakmultchar " +
		"indentalign:indentalign indentshift:length indenttarget indentalignfirst indentshiftfirst indentalignlast indentshiftlast"},
	{"annotation", 0, "encoding definitionURL name cd src"},
}

// mathLayout arrange other elements (MathML 3, sections 3.3 to 3.6), and are
// what the content elements stand in.
var mathLayout = []mathRow{
	{"math", 0, "STYLE display:math-display mode overflow altimg altimg-width altimg-height altimg-valign alttext cdgroup maxwidth " +
		"macros name type dir:dir mathvariant:mathvariant mathsize"},
	{"mrow", 0, "STYLE dir:dir"},
	{"mfrac", 2, "STYLE linethickness:thickness numalign:side denomalign:side bevelled:boolean"},
	{"msqrt", 0, "STYLE"},
	{"mroot", 2, "STYLE"},
	{"mstyle", 0, "* STYLE FONT"},
	{"merror", 0, "STYLE"},
	{"mpadded", 0, "STYLE width height depth lspace voffset"},
	{"mphantom", 0, "STYLE"},
	{"mfenced", 0, "STYLE open close separators"},
	{"menclose", 0, "STYLE notation:notation"},
	{"msub", 2, "STYLE subscriptshift:length"},
	{"msup", 2, "STYLE superscriptshift:length"},
	{"msubsup", 3, "STYLE subscriptshift:length superscriptshift:length"},
	{"munder", 2, "STYLE accentunder:boolean align:side"},
	{"mover", 2, "STYLE accent:boolean align:side"},
	{"munderover", 3, "STYLE accent:boolean accentunder:boolean align:side"},
	{"mmultiscripts", 0, "STYLE subscriptshift:length superscriptshift:length"},
	{"mprescripts", 0, ""},
	{"none", 0, ""},
	{"mspace", 0, "STYLE width:length height:length depth:length linebreak:linebreak FONT"},
	{"mglyph", 0, "STYLE src alt width height valign"},
	{"mtable", 0, "STYLE align rowalign:rowaligns columnalign:sides groupalign alignmentscope columnwidth width rowspacing columnspacing " +
		"rowlines:lines columnlines:lines frame:line framespacing equalrows:boolean equalcolumns:boolean side minlabelspacing"},
	{"mtr", 0, "STYLE rowalign:rowaligns columnalign:sides groupalign"},
	{"mlabeledtr", 0, "STYLE rowalign:rowaligns columnalign:sides groupalign"},
	{"mtd", 0, "STYLE rowspan:columns columnspan:columns rowalign:rowaligns columnalign:sides groupalign"},
	{"maligngroup", 0, "groupalign"},
	{"malignmark", 0, "edge"},
	{"maction", 0, "STYLE actiontype selection"},
	{"mstack", 0, "*"},
	{"mlongdiv", 0, "*"},
	{"msgroup", 0, "*"},
	{"msrow", 0, "*"},
	{"mscarries", 0, "*"},
	{"mscarry", 0, "*"},
	{"msline", 0, "*"},
	{"semantics", 0, "encoding definitionURL cd name"},
	{"annotation-xml", 0, "encoding definitionURL cd name src"},
}

// mathParents are the only places of some elements.
var mathParents = map[string]string{
	"mtr": "mtable", "mlabeledtr": "mtable", "mtd": "mtr mlabeledtr",
	"mprescripts": "mmultiscripts", "annotation": "semantics", "annotation-xml": "semantics",
}

// mathContent is content MathML (MathML 3, chapter 4). It is not looked into.
const mathContent = `ci cn csymbol cs cbytes cerror apply bind bvar share reln fn interval inverse sep condition declare lambda compose ident
	domain codomain image domainofapplication piecewise piece otherwise quotient factorial divide max min minus plus power rem times root gcd
	and or xor not implies forall exists abs conjugate arg real imaginary lcm floor ceiling eq neq gt lt geq leq equivalent approx factorof
	int diff partialdiff lowlimit uplimit degree divergence grad curl laplacian set list union intersect in notin subset prsubset notsubset
	notprsubset setdiff card cartesianproduct sum product limit tendsto exp ln log logbase sin cos tan sec csc cot sinh cosh tanh sech csch coth
	arcsin arccos arctan arccosh arccot arccoth arccsc arccsch arcsec arcsech arcsinh arctanh mean sdev variance median mode moment momentabout
	vector matrix matrixrow determinant transpose selector vectorproduct scalarproduct outerproduct integers reals rationals naturalnumbers
	complexes primes emptyset exponentiale imaginaryi notanumber true false pi eulergamma infinity`
