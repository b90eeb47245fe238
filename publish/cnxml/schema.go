package cnxml

// row says what an element is: its name, whether text may stand in it, which
// elements may, and which attributes it has. Elements of other vocabularies
// than CNXML have a prefix: md, col, m.
//
// Behind the name of a child stands how often it may come: "?" at most once,
// "!" exactly once, "+" once or more, nothing for any number. A name in capital
// letters is a group of names; "*" is anything. Behind the name of an attribute
// a colon gives its type (see types), and "!" says that it must be there. Every
// element of CNXML has the attributes id and class besides.
//
// The table is what OpenStax's books and their tools (POET, CNXML 0.7) take:
// what hundreds of modules do is allowed, whatever the older schema said.
type row struct {
	name       string
	text       bool
	children   string
	attributes string
}

// With text and without, for the column of a row.
const (
	yes = true
	no  = false
)

// groups are sets of elements that stand in the same places.
var groups = map[string]string{
	"HEAD":  "label? title?",
	"LINE":  "emphasis term foreign cite cite-title span sub sup code preformat quote footnote link newline space media note m:math",
	"BLOCK": "para list table figure equation example exercise note quote code preformat media definition rule div",
	"INNER": "list table figure equation example exercise definition rule div", // blocks that may stand in a paragraph
	"MEDIA": "image iframe audio video object download flash java-applet labview text longdesc param",
	"LINK":  "url document target-id resource version src window:window strength:strength",
	"METADATA": "md:title? md:content-id? md:uuid? md:abstract? md:slug? md:language? md:license? md:super? md:tags md:description? md:short-id? " +
		"md:repository? md:content-url? md:version? md:created? md:revised? md:actors? md:roles? md:extended-attribution? md:derived-from? " +
		"md:keywordlist? md:subjectlist? md:education-levellist? md:objectives? md:homepage? md:institution? md:course-code? md:instructor",
	"CELL":  "align:align char charoff colsep:flag rowsep:flag",
	"FONT":  "mathvariant:mathvariant mathsize dir:dir mathcolor mathbackground fontstyle:fontstyle fontweight:fontweight fontfamily fontsize color background",
	"STYLE": "displaystyle:boolean scriptlevel:level mathcolor mathbackground color background",
}

// cnxmlRows is CNXML.
var cnxmlRows = []row{
	// The module.
	{"document", no, "title? metadata? featured-links? content? glossary?", "cnxml-version module-id"},
	{"metadata", no, "METADATA", "mdml-version"},
	{"featured-links", no, "link-group", ""},
	{"link-group", no, "HEAD link", "type"},
	{"content", no, "BLOCK section", ""},
	{"glossary", no, "HEAD definition+", ""},
	{"section", no, "HEAD BLOCK section", "type"},

	// What every box may begin with.
	{"label", yes, "LINE", ""},
	{"title", yes, "LINE", ""},
	{"caption", yes, "LINE", ""},

	// Text.
	{"para", yes, "HEAD LINE INNER", "type"},
	{"div", yes, "HEAD LINE BLOCK", "type"},
	{"span", yes, "LINE", "effect:effect"},
	{"emphasis", yes, "LINE", "effect:effect"},
	{"term", yes, "LINE", "LINK"},
	{"foreign", yes, "LINE", "LINK"},
	{"cite", yes, "LINE", "LINK"},
	{"cite-title", yes, "LINE", "pub-type"},
	{"sub", yes, "LINE", ""},
	{"sup", yes, "LINE", ""},
	{"link", yes, "LINE", "LINK"},
	{"footnote", yes, "LINE BLOCK", ""},
	{"quote", yes, "HEAD LINE BLOCK", "LINK display:display type"},
	{"code", yes, "HEAD caption? LINE", "lang display:display type"},
	{"preformat", yes, "HEAD LINE", "display:display type"},
	{"newline", no, "", "count:count effect:effect"},
	{"space", no, "", "count:count effect:effect"},

	// Boxes.
	{"note", yes, "HEAD LINE BLOCK section", "type display:display"},
	{"example", no, "HEAD BLOCK section", "type"},
	{"exercise", no, "HEAD problem! solution commentary hint", "type print-placement:placement"},
	{"problem", no, "HEAD BLOCK section", "type"},
	{"solution", no, "HEAD BLOCK section", "type print-placement:placement"},
	{"commentary", no, "HEAD BLOCK section", "type"},
	{"hint", no, "HEAD BLOCK", "type"},
	{"equation", yes, "HEAD LINE", "type"},
	{"rule", no, "HEAD statement+ proof example", "type"},
	{"statement", no, "HEAD BLOCK", "type"},
	{"proof", no, "HEAD BLOCK", "type"},

	// Lists and key terms.
	{"list", no, "HEAD item+", "list-type:list-type number-style:number-style bullet-style start-value:integer mark-prefix mark-suffix item-sep display:display type"},
	{"item", yes, "HEAD LINE BLOCK", ""},
	{"definition", no, "label? term! meaning+ example seealso", "type"},
	{"meaning", yes, "HEAD LINE BLOCK", ""},
	{"seealso", yes, "HEAD LINE term", ""},

	// Figures and media.
	{"figure", no, "HEAD caption? media table code subfigure", "orient:orient type"},
	{"subfigure", no, "HEAD caption? media table code", "type"},
	{"media", no, "MEDIA", "alt longdesc display:display"},
	{"image", no, "param longdesc?", "src mime-type width:size height:size print-width:size thumbnail longdesc for"},
	{"iframe", no, "param longdesc?", "src width:size height:size mime-type longdesc title for"},
	{"audio", no, "*", "*"},
	{"video", no, "*", "*"},
	{"object", no, "*", "*"},
	{"download", no, "*", "*"},
	{"flash", no, "*", "*"},
	{"java-applet", no, "*", "*"},
	{"labview", no, "*", "*"},
	{"text", yes, "LINE BLOCK", "*"},
	{"longdesc", yes, "HEAD LINE BLOCK", "*"},
	{"param", no, "", "name! value!"},

	// Tables: the exchange model of CALS (OASIS technical resolution 9503).
	{"table", no, "HEAD caption? tgroup+", "summary aria-label frame:frame colsep:flag rowsep:flag pgwide:flag orient rowheader:rowheader type"},
	{"tgroup", no, "colspec spanspec thead? tbody! tfoot?", "cols:columns! align:align char charoff colsep:flag rowsep:flag rowheader:rowheader"},
	{"colspec", no, "", "colname:nmtoken colnum:columns colwidth CELL"},
	{"spanspec", no, "", "spanname:nmtoken! namest:nmtoken! nameend:nmtoken! CELL"},
	{"thead", no, "colspec row+", "valign:valign"},
	{"tbody", no, "row+", "valign:valign"},
	{"tfoot", no, "colspec row+", "valign:valign"},
	{"row", no, "entry entrytbl", "valign:valign rowsep:flag"},
	{"entry", yes, "HEAD LINE BLOCK", "namest:nmtoken nameend:nmtoken spanname:nmtoken colname:nmtoken morerows:number valign:valign rotate:flag CELL"},
	{"entrytbl", no, "colspec spanspec thead? tbody!", "cols:columns! namest:nmtoken nameend:nmtoken spanname:nmtoken colname:nmtoken CELL"},
}

// mdmlRows is the metadata of modules and collections. What older versions
// wrote (people, dates, subjects) is known and not looked into.
var mdmlRows = []row{
	{"title", yes, "LINE", ""},
	{"content-id", yes, "", ""},
	{"uuid", yes, "", ""},
	{"slug", yes, "", ""},
	{"language", yes, "", ""},
	{"license", yes, "*", "url"},
	{"abstract", yes, "HEAD LINE BLOCK", ""},
	{"super", no, "*", "*"},
	{"tags", yes, "*", "*"},
	{"description", yes, "*", "*"},
	{"short-id", yes, "", ""},
	{"repository", yes, "", ""},
	{"content-url", yes, "", ""},
	{"version", yes, "", ""},
	{"created", yes, "", ""},
	{"revised", yes, "", ""},
	{"actors", no, "*", "*"},
	{"roles", no, "*", "*"},
	{"extended-attribution", yes, "*", "*"},
	{"derived-from", yes, "*", "*"},
	{"keywordlist", no, "*", "*"},
	{"subjectlist", no, "*", "*"},
	{"education-levellist", no, "*", "*"},
	{"objectives", yes, "LINE BLOCK", ""},
	{"homepage", yes, "", ""},
	{"institution", yes, "", ""},
	{"course-code", yes, "", ""},
	{"instructor", yes, "", ""},
}

// collxmlRows is a book: its metadata and its table of contents.
var collxmlRows = []row{
	{"collection", no, "col:metadata? col:parameters? col:content?", "authors type version"},
	{"metadata", no, "METADATA", "mdml-version version"},
	{"parameters", no, "*", "*"},
	{"content", no, "col:module col:subcollection", ""},
	{"subcollection", no, "md:title? md:abstract? col:content!", "type"},
	{"module", no, "md:title?", "document version repository"},
}
