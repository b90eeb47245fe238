package tex

import (
	"fmt"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// command carries out a command, by its name without the backslash.
func (p *parser) command(name string) (*cnxml.Node, error) {
	if s, ok := letters[name]; ok {
		n := token("mi", s)
		if s >= "Α" && s <= "Ω" { // TeX has capital Greek upright
			set(n, "mathvariant", "normal")
		}
		return n, nil
	}
	if s, ok := operators[name]; ok {
		return token("mo", s), nil
	}
	if functions[name] {
		return token("mi", name), nil
	}
	if s, ok := limits[name]; ok {
		return set(token("mo", s), "movablelimits", "true"), nil
	}
	if w, ok := spaces[name]; ok {
		return set(element("mspace"), "width", w), nil
	}
	if s, ok := accents[name]; ok {
		return p.accent(s)
	}
	if v, ok := alphabets[name]; ok {
		return p.alphabet(v)
	}
	if v, ok := texts[name]; ok {
		return p.text(v)
	}
	if size, ok := sizes[strings.TrimRight(name, "lrm")]; ok && (sizes[name] != "" || strings.ContainsAny(name[len(name)-1:], "lrm")) {
		return p.sized(size)
	}
	if f, ok := commands[name]; ok {
		return f(p, name)
	}
	return nil, fmt.Errorf(`\%s is not known`, name)
}

// commands are those with a form of their own. The table is filled at the
// start, since the functions in it refer to it.
var commands map[string]func(*parser, string) (*cnxml.Node, error)

func init() {
	commands = map[string]func(*parser, string) (*cnxml.Node, error){
		"frac": (*parser).fraction, "dfrac": (*parser).fraction, "tfrac": (*parser).fraction, "cfrac": (*parser).fraction,
		"binom": (*parser).binomial, "dbinom": (*parser).binomial, "tbinom": (*parser).binomial,
		"sqrt": (*parser).root, "left": (*parser).fenced, "begin": (*parser).environment,
		"overset": (*parser).stacked, "underset": (*parser).stacked, "stackrel": (*parser).stacked,
		"overbrace": (*parser).braces, "underbrace": (*parser).braces,
		"operatorname": (*parser).operator, "mathop": (*parser).operatorOf,
		"boxed": (*parser).enclosed, "cancel": (*parser).enclosed, "bcancel": (*parser).enclosed,
		"phantom": (*parser).phantom, "not": (*parser).negated, "tag": (*parser).tagged,
		"color": (*parser).colored, "textcolor": (*parser).colored,
		"pmod": (*parser).modulo, "mod": (*parser).modulo,
	}
	for _, name := range []string{"mathrel", "mathbin", "mathord", "mathopen", "mathclose", "mathpunct", "mathinner", "smash"} {
		commands[name] = func(p *parser, _ string) (*cnxml.Node, error) { return p.argument() }
	}
	for _, name := range []string{"label"} { // names a place, which is not shown
		commands[name] = func(p *parser, _ string) (*cnxml.Node, error) { _, err := p.raw(); return nil, err }
	}
	for _, name := range []string{"nonumber", "notag", "relax", "allowbreak", "nobreak", "hfill", "/"} {
		commands[name] = func(*parser, string) (*cnxml.Node, error) { return nil, nil }
	}
}

// two are the arguments of a command that takes two.
func (p *parser) two() (a, b *cnxml.Node, err error) {
	if a, err = p.argument(); err == nil {
		b, err = p.argument()
	}
	return a, b, err
}

func (p *parser) fraction(name string) (*cnxml.Node, error) {
	a, b, err := p.two()
	if err != nil {
		return nil, err
	}
	frac := element("mfrac", a, b)
	switch name {
	case "dfrac", "cfrac":
		return set(element("mstyle", frac), "displaystyle", "true"), nil
	case "tfrac":
		return set(element("mstyle", frac), "displaystyle", "false"), nil
	}
	return frac, nil
}

func (p *parser) binomial(string) (*cnxml.Node, error) {
	a, b, err := p.two()
	if err != nil {
		return nil, err
	}
	return between("(", set(element("mfrac", a, b), "linethickness", "0"), ")"), nil
}

// between puts fences that grow around an element; empty ones are left out.
func between(open string, n *cnxml.Node, close string) *cnxml.Node {
	row := element("mrow")
	if open != "" {
		row.Children = append(row.Children, fence(open, "prefix"))
	}
	row.Children = append(row.Children, n)
	if close != "" {
		row.Children = append(row.Children, fence(close, "postfix"))
	}
	return row
}

func fence(s, form string) *cnxml.Node {
	return set(set(set(token("mo", s), "fence", "true"), "form", form), "stretchy", "true")
}

func (p *parser) root(string) (*cnxml.Node, error) {
	var index []*cnxml.Node
	if p.accept("[") {
		var err error
		if index, err = p.list("]"); err != nil {
			return nil, err
		}
		if err = p.expect("]"); err != nil {
			return nil, err
		}
	}
	base, err := p.argument()
	if err != nil {
		return nil, err
	}
	if len(index) > 0 {
		return element("mroot", base, group(index)), nil
	}
	return element("msqrt", base), nil
}

// delimiter reads what may stand behind \left and \right; empty for a dot.
func (p *parser) delimiter() (string, error) {
	t := p.next()
	if s, ok := delimiters[t]; ok {
		return s, nil
	}
	if t == "" {
		return "", p.missing("a delimiter")
	}
	return "", fmt.Errorf("%s is no delimiter", t)
}

func (p *parser) fenced(string) (*cnxml.Node, error) {
	open, err := p.delimiter()
	if err != nil {
		return nil, err
	}
	row := element("mrow")
	if open != "" {
		row.Children = append(row.Children, fence(open, "prefix"))
	}
	for {
		list, err := p.list("")
		if err != nil {
			return nil, err
		}
		row.Children = append(row.Children, list...)
		if !p.accept(`\middle`) {
			break
		}
		bar, err := p.delimiter()
		if err != nil {
			return nil, err
		}
		row.Children = append(row.Children, fence(bar, "infix"))
	}
	if err := p.expect(`\right`); err != nil {
		return nil, err
	}
	closing, err := p.delimiter()
	if err == nil && closing != "" {
		row.Children = append(row.Children, fence(closing, "postfix"))
	}
	return row, err
}

// sized is a delimiter of a size that the author sets.
func (p *parser) sized(size string) (*cnxml.Node, error) {
	s, err := p.delimiter()
	if err != nil {
		return nil, err
	}
	return set(set(set(token("mo", s), "stretchy", "true"), "minsize", size), "maxsize", size), nil
}

func (p *parser) accent(sign string) (*cnxml.Node, error) {
	base, err := p.argument()
	if err != nil {
		return nil, err
	}
	if under, ok := strings.CutPrefix(sign, "_"); ok {
		return set(element("munder", base, token("mo", under)), "accentunder", "true"), nil
	}
	wide, stretches := strings.CutPrefix(sign, "+")
	mark := token("mo", wide)
	if !stretches {
		set(mark, "stretchy", "false")
	}
	return set(element("mover", base, mark), "accent", "true"), nil
}

func (p *parser) stacked(name string) (*cnxml.Node, error) {
	a, b, err := p.two()
	if err != nil {
		return nil, err
	}
	if name == "underset" {
		return element("munder", b, a), nil
	}
	return element("mover", b, a), nil
}

// braces are those over or under an expression; a script then stands beyond.
func (p *parser) braces(name string) (*cnxml.Node, error) {
	base, err := p.argument()
	if err != nil {
		return nil, err
	}
	if name == "overbrace" {
		return set(element("mover", base, token("mo", "⏞")), "class", "brace"), nil
	}
	return set(element("munder", base, token("mo", "⏟")), "class", "brace"), nil
}

// alphabet hands a style down to what it is applied to; letters side by side
// are a word in it.
func (p *parser) alphabet(variant string) (*cnxml.Node, error) {
	n, err := p.argument()
	if err != nil {
		return nil, err
	}
	word := ""
	for _, c := range n.Children {
		if c.Space == cnxml.MathML && c.Name == "mi" {
			word += c.PlainText()
		}
	}
	if n.Name == "mrow" && variant == "normal" && len(n.Children) > 1 && len([]rune(word)) == len(n.Children) {
		return set(token("mi", word), "mathvariant", variant), nil
	}
	return set(element("mstyle", n), "mathvariant", variant), nil
}

func (p *parser) text(variant string) (*cnxml.Node, error) {
	s, err := p.raw()
	if err != nil {
		return nil, err
	}
	if strings.ContainsAny(s, `\$`) {
		if strings.Contains(strings.ReplaceAll(s, `\$`, ""), "$") {
			return nil, fmt.Errorf("words in a formula cannot hold another formula; end the words before it")
		}
		s = strings.NewReplacer(`\ `, " ", `\%`, "%", `\$`, "$", `\&`, "&", `\#`, "#", `\_`, "_", `\{`, "{", `\}`, "}").Replace(s)
		if strings.ContainsAny(s, `\`) {
			return nil, fmt.Errorf("words in a formula cannot hold commands")
		}
	}
	n := token("mtext", s)
	if variant != "" {
		set(n, "mathvariant", variant)
	}
	return n, nil
}

func (p *parser) operator(string) (*cnxml.Node, error) {
	star := p.accept("*")
	s, err := p.raw()
	if err != nil {
		return nil, err
	}
	s = strings.NewReplacer(`\,`, "\u2009", `\ `, " ").Replace(s)
	if strings.Contains(s, `\`) {
		return nil, fmt.Errorf("the name of an operator cannot hold commands")
	}
	if star {
		return set(token("mo", s), "movablelimits", "true"), nil
	}
	return set(token("mi", s), "mathvariant", "normal"), nil
}

func (p *parser) operatorOf(string) (*cnxml.Node, error) {
	n, err := p.argument()
	if err != nil {
		return nil, err
	}
	return set(element("mrow", n), "movablelimits", "true"), nil
}

func (p *parser) enclosed(name string) (*cnxml.Node, error) {
	n, err := p.argument()
	if err != nil {
		return nil, err
	}
	notation := map[string]string{"boxed": "box", "cancel": "updiagonalstrike", "bcancel": "downdiagonalstrike"}[name]
	return set(element("menclose", n), "notation", notation), nil
}

func (p *parser) phantom(string) (*cnxml.Node, error) {
	n, err := p.argument()
	if err != nil {
		return nil, err
	}
	return element("mphantom", n), nil
}

// negated strikes the sign behind it out.
func (p *parser) negated(string) (*cnxml.Node, error) {
	n, err := p.argument()
	if err != nil {
		return nil, err
	}
	if len(n.Children) != 1 || n.Children[0].Space != cnxml.Text {
		return nil, fmt.Errorf(`\not stands before no sign`)
	}
	return token("mo", norm.NFC.String(n.PlainText()+"\u0338")), nil
}

func (p *parser) tagged(string) (*cnxml.Node, error) {
	p.accept("*")
	s, err := p.raw()
	if err != nil {
		return nil, err
	}
	return element("mrow", set(element("mspace"), "width", "2em"), token("mtext", "("+s+")")), nil
}

// colored sets one argument in a colour, or the rest of the group.
func (p *parser) colored(name string) (*cnxml.Node, error) {
	color, err := p.raw()
	if err != nil {
		return nil, err
	}
	var n *cnxml.Node
	if name == "textcolor" {
		n, err = p.argument()
	} else {
		var list []*cnxml.Node
		list, err = p.list("")
		n = group(list)
	}
	if err != nil {
		return nil, err
	}
	return set(element("mstyle", n), "mathcolor", strings.TrimSpace(color)), nil
}

func (p *parser) modulo(name string) (*cnxml.Node, error) {
	n, err := p.argument()
	if err != nil {
		return nil, err
	}
	gap := set(element("mspace"), "width", "1em")
	mod := set(token("mi", "mod"), "mathvariant", "normal")
	thin := set(element("mspace"), "width", "0.3em")
	if name == "mod" {
		return element("mrow", gap, mod, thin, n), nil
	}
	return element("mrow", gap, token("mo", "("), mod, thin, n, token("mo", ")")), nil
}
