package render

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// htmlRules are the elements of HTML that an author may write in Markdown. What
// is not here is kept as its children in a div or span.
func htmlRules() map[string]rule {
	out := map[string]rule{
		"a":          {line: (*renderer).htmlLink},
		"br":         {line: func(r *renderer, n *cnxml.Node) { r.w.Void("br") }},
		"wbr":        {line: func(r *renderer, n *cnxml.Node) { r.w.Void("wbr") }},
		"img":        {line: (*renderer).image},
		"input":      {line: checkbox},
		"code":       {line: htmlLine("code")},
		"pre":        {line: htmlLine("code"), block: (*renderer).htmlPre},
		"p":          {line: inSpan, block: (*renderer).htmlPara},
		"hr":         {line: nothing, block: func(r *renderer, n *cnxml.Node) { r.w.Void("hr", r.attrs(n)...) }},
		"details":    {line: inSpan, block: (*renderer).htmlDetails},
		"ul":         {line: inSpan, block: (*renderer).htmlList},
		"ol":         {line: inSpan, block: (*renderer).htmlList},
		"dl":         {line: inSpan, block: (*renderer).htmlDefinitions},
		"table":      {line: inSpan, block: (*renderer).htmlTable},
		"ruby":       {line: (*renderer).ruby},
		"figure":     {line: inSpan, block: (*renderer).htmlFigure},
		"listing":    {line: inSpan, block: (*renderer).listing},
		"center":     {line: inSpan, block: (*renderer).center},
		"iframe":     {line: (*renderer).embedded},
		"embed":      {line: (*renderer).embedded},
		"audio":      {line: (*renderer).embedded},
		"video":      {line: (*renderer).embedded},
		"main":       {line: inSpan, block: inDiv},
		"font":       {line: inSpan},
		"tt":         {line: htmlLine("code")},
		"big":        {line: inSpan},
		"strike":     {line: htmlLine("s")},
		"figcaption": {line: inSpan, block: inDiv},
		"summary":    {line: inSpan, block: inDiv},
	}
	for _, name := range []string{"abbr", "b", "bdi", "bdo", "cite", "del", "dfn", "em", "i", "ins", "kbd", "mark",
		"q", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "u", "var"} {
		out[name] = rule{line: htmlLine(name)}
	}
	for _, name := range []string{"address", "article", "aside", "blockquote", "div", "footer", "header", "hgroup", "nav", "section"} {
		element := name
		out[name] = rule{line: inSpan, block: func(r *renderer, n *cnxml.Node) {
			r.w.Element(element, r.htmlAttrs(n), func() { r.blocks(n) })
		}}
	}
	for level := 1; level <= 6; level++ {
		out["h"+strconv.Itoa(level)] = rule{line: inSpan, block: func(r *renderer, n *cnxml.Node) { r.htmlHeading(n, level) }}
	}
	for _, name := range []string{"script", "style", "template", "noscript", "noembed", "noframes", "object", "applet",
		"svg", "textarea", "select", "title", "head", "link", "meta", "xmp", "plaintext"} {
		out[name] = rule{line: (*renderer).leftOut}
	}
	return out
}

// htmlLine writes the element in a line, with its attributes.
func htmlLine(name string) renderFunc {
	return func(r *renderer, n *cnxml.Node) { r.w.Element(name, r.htmlAttrs(n), r.inside(n)) }
}

// htmlAttrs are the attributes that an element of HTML may keep. Styles and
// handlers of events are not among them.
func (r *renderer) htmlAttrs(n *cnxml.Node, classes ...string) []attr {
	if align := strings.ToLower(n.Attr("align")); align == "center" || align == "right" || align == "left" {
		classes = append(classes, "align-"+align)
	}
	out := r.attrs(n, classes...)
	if title := strings.TrimSpace(n.Attr("title")); title != "" {
		out = append(out, attr{"title", title})
	}
	switch dir := strings.ToLower(n.Attr("dir")); dir {
	case "ltr", "rtl", "auto":
		out = append(out, attr{"dir", dir})
	}
	if t := strings.TrimSpace(n.Attr("datetime")); isDateTime(n.Name, t) {
		out = append(out, attr{"datetime", t})
	}
	return out
}

// leftOut drops an element with what is in it, and says so.
func (r *renderer) leftOut(n *cnxml.Node) {
	r.warn(n, "html-left-out", "<%s> cannot be shown in a book and is left out", strings.ToLower(n.Name))
}

// htmlLink is a link, or a place that links lead to.
func (r *renderer) htmlLink(n *cnxml.Node) {
	attrs := r.htmlAttrs(n)
	if name := n.Attr("name"); n.ID() == "" && r.claim(name) {
		attrs = append(attrs, attr{"id", name})
	}
	if _, ok := n.Lookup("href"); !ok {
		r.w.Element("span", attrs, r.inside(n))
		return
	}
	r.anchor(n, attrs, r.inside(n))
}

// checkbox shows the box of a task list.
func checkbox(r *renderer, n *cnxml.Node) {
	if strings.ToLower(n.Attr("type")) != "checkbox" {
		return
	}
	mark := "☐"
	if _, ok := n.Lookup("checked"); ok {
		mark = "☑"
	}
	r.w.Element("span", r.attrs(n, "checkbox"), func() { r.w.Text(mark) })
}

func (r *renderer) htmlPara(n *cnxml.Node) {
	if r.rules.holdsBlock(n) {
		r.w.Element("div", r.htmlAttrs(n, "para"), func() { r.blocks(n) })
		return
	}
	r.w.Element("p", r.htmlAttrs(n), r.lineInside(n))
}

// htmlPre writes preformatted text. HTML drops a line end behind the start
// tag, so there is always an element before the text.
func (r *renderer) htmlPre(n *cnxml.Node) {
	r.w.Element("pre", append(r.htmlAttrs(n), scrolls(codeWidth(n.Children) > narrowCode)...), func() {
		r.w.Element("code", nil, r.lineInside(n))
	})
}

func (r *renderer) htmlHeading(n *cnxml.Node, level int) {
	above := r.level
	r.level = max(level, 2) - 1
	end := r.heading(r.htmlAttrs(n), r.inside(n))
	end()
	r.level = above
}

// htmlDetails puts the summary first; there is one and it is the first child.
func (r *renderer) htmlDetails(n *cnxml.Node) {
	attrs := r.htmlAttrs(n)
	if _, ok := n.Lookup("open"); ok {
		attrs = append(attrs, attr{"open", ""})
	}
	r.w.Element("details", attrs, func() {
		summary := childHTML(n, "summary")
		if summary != nil {
			r.w.Element("summary", r.htmlAttrs(summary), r.lineInside(summary))
		} else { // as browsers show it; EPUB asks for one
			r.w.Element("summary", nil, func() { r.w.Text(r.Messages.Page.Details) })
		}
		r.blocksBut(n, summary)
	})
}

func childHTML(n *cnxml.Node, name string) *cnxml.Node {
	for _, c := range n.Children {
		if isHTML(c, name) {
			return c
		}
	}
	return nil
}

func isHTML(n *cnxml.Node, names ...string) bool {
	return n.Space == cnxml.HTML && slices.Contains(names, strings.ToLower(n.Name))
}

// blocksBut is blocks without one of the children.
func (r *renderer) blocksBut(n, but *cnxml.Node) {
	rest := make([]*cnxml.Node, 0, len(n.Children))
	for _, c := range n.Children {
		if c != but {
			rest = append(rest, c)
		}
	}
	r.runs(rest)
}

// htmlList writes ul and ol; whatever is in them becomes an item.
func (r *renderer) htmlList(n *cnxml.Node) {
	name := strings.ToLower(n.Name)
	attrs := r.htmlAttrs(n)
	if name == "ol" {
		if start, err := strconv.Atoi(n.Attr("start")); err == nil && start > -1_000_000 && start < 1_000_000 {
			attrs = append(attrs, attr{"start", strconv.Itoa(start)})
		}
		if t := n.Attr("type"); t != "" && len(t) == 1 && strings.Contains("1aAiI", t) {
			attrs = append(attrs, attr{"type", t})
		}
		if _, ok := n.Lookup("reversed"); ok {
			attrs = append(attrs, attr{"reversed", ""})
		}
	}
	r.w.Element(name, attrs, func() {
		for _, c := range n.Children {
			switch {
			case isHTML(c, "li"):
				r.w.Element("li", r.htmlAttrs(c), r.inside(c))
			case !blank([]*cnxml.Node{c}):
				r.w.Element("li", nil, func() { r.node(c) })
			}
		}
	})
}

// htmlDefinitions writes dl, through any div in it. If there is a div, all of
// its parts are in one.
func (r *renderer) htmlDefinitions(n *cnxml.Node) {
	r.w.Element("dl", r.htmlAttrs(n), func() {
		parts := definitionParts(n)
		inDivs := slices.ContainsFunc(parts, func(c *cnxml.Node) bool { return isHTML(c, "div") })
		if !inDivs {
			r.termGroups(parts)
			return
		}
		for len(parts) > 0 {
			if c := parts[0]; isHTML(c, "div") {
				r.w.Element("div", r.htmlAttrs(c), func() { r.termGroups(definitionParts(c)) })
				parts = parts[1:]
				continue
			}
			end := slices.IndexFunc(parts, func(c *cnxml.Node) bool { return isHTML(c, "div") })
			if end < 0 {
				end = len(parts)
			}
			loose := parts[:end]
			r.w.Element("div", nil, func() { r.termGroups(loose) })
			parts = parts[end:]
		}
	})
}

// definitionParts are the children of n that are seen.
func definitionParts(n *cnxml.Node) []*cnxml.Node {
	return slices.DeleteFunc(slices.Clone(n.Children), func(c *cnxml.Node) bool { return blank([]*cnxml.Node{c}) })
}

// termGroups writes groups of dt and dd. A term without a meaning has an empty
// one, and a meaning without a term an empty term: HTML has no group without
// either.
func (r *renderer) termGroups(parts []*cnxml.Node) {
	if len(parts) == 0 {
		return
	}
	empty := func(name string) { r.w.Element(name, nil, func() {}) }
	term, meaning := false, false
	for _, c := range parts {
		if isHTML(c, "dt") {
			r.w.Element("dt", r.htmlAttrs(c), r.lineInside(c))
			term, meaning = true, false
			continue
		}
		if !term {
			empty("dt")
		}
		term, meaning = true, true
		if isHTML(c, "dd") {
			r.w.Element("dd", r.htmlAttrs(c), r.inside(c))
		} else {
			r.w.Element("dd", nil, func() { r.node(c) })
		}
	}
	if !meaning {
		empty("dd")
	}
}

// ruby writes annotated characters. A ruby in another is only its text, and so
// is one whose parts are not in the order that HTML asks for: characters, then
// rt, in rp or not.
func (r *renderer) ruby(n *cnxml.Node) {
	if r.inRuby || !isRuby(n) {
		r.w.Element("span", r.htmlAttrs(n, "ruby"), func() {
			for _, c := range n.Children {
				if isHTML(c, "rt", "rp") {
					r.w.Element("span", r.htmlAttrs(c), r.inside(c))
				} else {
					r.node(c)
				}
			}
		})
		return
	}
	r.inRuby = true
	r.w.Element("ruby", r.htmlAttrs(n), func() {
		for _, c := range n.Children {
			if isHTML(c, "rt", "rp") {
				r.w.Element(strings.ToLower(c.Name), r.htmlAttrs(c), r.inside(c))
				continue
			}
			r.node(c)
		}
	})
	r.inRuby = false
}

// isRuby reports whether the parts of a ruby are in order: each group has
// characters, then rt alone or rp, rt, rp (HTML standard, 4.5.10).
func isRuby(n *cnxml.Node) bool {
	parts := ""
	for _, c := range n.Children {
		switch {
		case isHTML(c, "rt"):
			parts += "t"
		case isHTML(c, "rp"):
			parts += "p"
		case blank([]*cnxml.Node{c}):
		case !strings.HasSuffix(parts, "c"):
			parts += "c"
		}
	}
	return rubyParts.MatchString(parts)
}

var rubyParts = regexp.MustCompile(`^(?:c(?:t|ptp)+)+$`)

func (r *renderer) htmlFigure(n *cnxml.Node) {
	r.w.Element("figure", r.htmlAttrs(n), func() {
		caption := childHTML(n, "figcaption")
		r.blocksBut(n, caption)
		if caption != nil {
			r.w.Element("figcaption", r.htmlAttrs(caption), r.inside(caption))
		}
	})
}

// listing writes a code listing with its number and caption.
func (r *renderer) listing(n *cnxml.Node) {
	r.w.Element("figure", r.htmlAttrs(n, "listing"), func() {
		if file := n.Attr("file-name"); file != "" {
			r.w.Element("div", []attr{{"class", "file-name"}}, func() { r.w.Text(file) })
		}
		r.blocks(n)
		number, caption := n.Attr("number"), n.Attr("caption")
		if number == "" && caption == "" {
			return
		}
		r.w.Element("figcaption", nil, func() {
			if number != "" {
				label := r.Messages.Labels["listing"].In("") + " " + number
				r.w.Element("span", []attr{{"class", "label"}}, func() { r.w.Text(label) })
			}
			if caption != "" {
				r.w.Text(" ")
				r.captionText(caption)
			}
		})
	})
}

// captionText writes a caption that stands in an attribute, where only code is
// marked: between back-quotes, as in Markdown.
func (r *renderer) captionText(caption string) {
	for i, piece := range strings.Split(caption, "`") {
		if i%2 == 0 {
			r.w.Text(piece)
			continue
		}
		r.w.Element("code", nil, func() { r.w.Text(piece) })
	}
}

func (r *renderer) center(n *cnxml.Node) {
	r.w.Element("div", r.htmlAttrs(n, "align-center"), func() { r.blocks(n) })
}

// htmlTable writes a table as a caption and parts of rows of cells, whatever
// way its source is nested.
func (r *renderer) htmlTable(n *cnxml.Node) {
	r.w.Element("div", []attr{{"class", "table"}}, func() {
		r.w.Element("table", r.htmlAttrs(n), func() {
			if caption := childHTML(n, "caption"); caption != nil {
				r.w.Element("caption", r.htmlAttrs(caption), r.lineInside(caption))
			}
			rest := n.Children
			for len(rest) > 0 {
				c := rest[0]
				switch {
				case isHTML(c, "thead", "tbody", "tfoot"):
					r.w.Element(strings.ToLower(c.Name), r.htmlAttrs(c), func() { r.htmlRows(c.Children, false) })
				case !isHTML(c, "caption", "colgroup", "col") && !blank(rest[:1]):
					r.w.Element("tbody", nil, func() { rest = r.htmlRows(rest, true) })
					continue
				}
				rest = rest[1:]
			}
		})
	})
}

// htmlRows writes rows and returns what is left: with loose, everything from
// where a part of a table begins. What is not a row becomes one.
func (r *renderer) htmlRows(nodes []*cnxml.Node, loose bool) []*cnxml.Node {
	for i, c := range nodes {
		switch {
		case loose && isHTML(c, "thead", "tbody", "tfoot", "caption"):
			return nodes[i:]
		case isHTML(c, "tr"):
			r.w.Element("tr", r.htmlAttrs(c), func() { r.htmlCells(c) })
		case !blank(nodes[i : i+1]):
			r.w.Element("tr", nil, func() { r.w.Element("td", nil, func() { r.node(c) }) })
		}
	}
	return nil
}

func (r *renderer) htmlCells(row *cnxml.Node) {
	for _, c := range row.Children {
		if !isHTML(c, "td", "th") {
			if !blank([]*cnxml.Node{c}) {
				r.w.Element("td", nil, func() { r.node(c) })
			}
			continue
		}
		attrs := r.htmlAttrs(c)
		for _, span := range []struct {
			name string
			most int
		}{{"colspan", 1000}, {"rowspan", 65534}} {
			if v, err := strconv.Atoi(c.Attr(span.name)); err == nil && v > 1 && v <= span.most {
				attrs = append(attrs, attr{span.name, strconv.Itoa(v)})
			}
		}
		if isHTML(c, "th") {
			switch s := strings.ToLower(c.Attr("scope")); s {
			case "row", "col", "rowgroup", "colgroup":
				attrs = append(attrs, attr{"scope", s})
			}
		}
		r.w.Element(strings.ToLower(c.Name), attrs, r.inside(c))
	}
}
