// Package tex reads formulas in the mathematics of TeX, as authors write them
// in Markdown, and makes MathML of them.
//
// It knows the common part of LaTeX with amsmath: letters, numbers and symbols,
// scripts, fractions and roots, accents, fences that grow, alphabets, words,
// matrices, cases and aligned lines. It knows no macros of an author's own.
// What it does not know is an error that says so, since a formula of which a
// part is left out would be a wrong one.
package tex

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// Bounds of one formula.
const (
	MaxBytes = 4 << 10
	maxDepth = 40
	maxNodes = 4000
)

// Parse makes a math element of a formula without its delimiters. display says
// that it stands by itself.
func Parse(source string, display bool) (*cnxml.Node, error) {
	if len(source) > MaxBytes {
		return nil, fmt.Errorf("the formula has more than %d bytes", MaxBytes)
	}
	p := &parser{rest: source}
	list, err := p.list("")
	if err != nil {
		return nil, err
	}
	math := element("math", list...)
	if display {
		set(math, "display", "block")
	}
	return math, nil
}

// parser goes through a formula.
type parser struct {
	rest  string
	depth int
	nodes int
}

func element(name string, children ...*cnxml.Node) *cnxml.Node {
	return &cnxml.Node{Space: cnxml.MathML, Name: name, Children: children}
}

func token(name, text string) *cnxml.Node {
	return element(name, &cnxml.Node{Space: cnxml.Text, Data: text})
}

func set(n *cnxml.Node, name, value string) *cnxml.Node {
	n.Attrs = append(n.Attrs, cnxml.Attr{Name: name, Value: value})
	return n
}

// group is one element of several; a single one stands for itself.
func group(list []*cnxml.Node) *cnxml.Node {
	if len(list) == 1 {
		return list[0]
	}
	return element("mrow", list...)
}

// peek is the next token: a command with its backslash, or one character; empty
// at the end. White space and comments before it are passed.
func (p *parser) peek() string {
	for {
		p.rest = strings.TrimLeftFunc(p.rest, unicode.IsSpace)
		if !strings.HasPrefix(p.rest, "%") {
			break
		}
		_, p.rest, _ = strings.Cut(p.rest, "\n")
	}
	if p.rest == "" {
		return ""
	}
	if p.rest[0] != '\\' {
		_, size := utf8.DecodeRuneInString(p.rest)
		return p.rest[:size]
	}
	n := 1
	for n < len(p.rest) && isLetter(p.rest[n]) {
		n++
	}
	if n == 1 && n < len(p.rest) {
		_, size := utf8.DecodeRuneInString(p.rest[1:])
		n += size
	}
	return p.rest[:n]
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func (p *parser) next() string {
	t := p.peek()
	p.rest = p.rest[len(t):]
	return t
}

// accept takes the token if it is the next one.
func (p *parser) accept(t string) bool {
	if p.peek() != t {
		return false
	}
	p.next()
	return true
}

func (p *parser) expect(t string) error {
	if !p.accept(t) {
		return p.missing(t)
	}
	return nil
}

func (p *parser) missing(t string) error {
	if at := p.peek(); at != "" {
		return fmt.Errorf("%s stands where %s should", at, t)
	}
	return fmt.Errorf("%s is missing at the end", t)
}

// ends are tokens that end a list, whoever has begun it.
func ends(t string) bool {
	switch t {
	case "", "}", "&", `\\`, `\cr`, `\right`, `\end`, `\middle`:
		return true
	}
	return false
}

// list reads until a token that ends one, or until end, neither of which is
// taken. At the top nothing but the end of the formula ends it.
func (p *parser) list(end string) ([]*cnxml.Node, error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxDepth {
		return nil, fmt.Errorf("the formula is nested too deep")
	}
	var out []*cnxml.Node
	for {
		t := p.peek()
		if ends(t) || end != "" && t == end {
			if p.depth == 1 && t != "" {
				return nil, fmt.Errorf("%s ends what nothing has begun", t)
			}
			return out, nil
		}
		if level, ok := styles[t]; ok { // for the rest of the list
			p.next()
			rest, err := p.list(end)
			if err != nil {
				return nil, err
			}
			style := element("mstyle", rest...)
			out = append(out, set(set(style, "displaystyle", level.display), "scriptlevel", level.script))
			continue
		}
		atom, err := p.scripted()
		if err != nil {
			return nil, err
		}
		if atom != nil {
			out = append(out, atom)
		}
		if p.nodes++; p.nodes > maxNodes {
			return nil, fmt.Errorf("the formula is too long")
		}
	}
}

var styles = map[string]struct{ display, script string }{
	`\displaystyle`: {"true", "0"}, `\textstyle`: {"false", "0"},
	`\scriptstyle`: {"false", "1"}, `\scriptscriptstyle`: {"false", "2"},
}

// argument parses the argument of a command: a group in braces, or one atom.
func (p *parser) argument() (*cnxml.Node, error) {
	switch t := p.peek(); {
	case t == "{":
		return p.braced()
	case ends(t), t == "^", t == "_":
		return nil, p.missing("an argument")
	case t[0] >= '0' && t[0] <= '9': // one digit alone
		return token("mn", p.next()), nil
	}
	n, err := p.atom()
	if n == nil && err == nil {
		n = element("mrow")
	}
	return n, err
}

func (p *parser) braced() (*cnxml.Node, error) {
	if err := p.expect("{"); err != nil {
		return nil, err
	}
	list, err := p.list("")
	if err != nil {
		return nil, err
	}
	return group(list), p.expect("}")
}

// raw is the text of an argument in braces, which is not mathematics.
func (p *parser) raw() (string, error) {
	if err := p.expect("{"); err != nil {
		return "", err
	}
	depth := 1
	for i := 0; i < len(p.rest); i++ {
		switch p.rest[i] {
		case '\\':
			i++
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				text := p.rest[:i]
				p.rest = p.rest[i+1:]
				return text, nil
			}
		}
	}
	return "", p.missing("}")
}

// scripted is an atom with what stands at its corners, or above and below it.
func (p *parser) scripted() (*cnxml.Node, error) {
	var base *cnxml.Node
	var err error
	if t := p.peek(); t == "^" || t == "_" || t == "'" {
		base = element("mrow")
	} else if base, err = p.atom(); err != nil {
		return nil, err
	}
	limits := base != nil && hasLimits(base)
	for base != nil {
		if p.accept(`\limits`) {
			limits = true
		} else if p.accept(`\nolimits`) {
			limits = false
		} else {
			break
		}
	}
	sub, sup, err := p.corners()
	if err != nil || sub == nil && sup == nil {
		return base, err
	}
	if base == nil {
		base = element("mrow")
	}
	names := []string{"msub", "msup", "msubsup"}
	if limits {
		names = []string{"munder", "mover", "munderover"}
	}
	switch {
	case sup == nil:
		return element(names[0], base, sub), nil
	case sub == nil:
		return element(names[1], base, sup), nil
	}
	return element(names[2], base, sub, sup), nil
}

// corners reads scripts and primes; either is nil if there is none.
func (p *parser) corners() (sub, sup *cnxml.Node, err error) {
	primes := ""
	for {
		switch p.peek() {
		case "'":
			p.next()
			primes += "′"
			continue
		case "_":
			if sub != nil {
				return nil, nil, fmt.Errorf("there are two lower scripts; put braces around one part")
			}
			p.next()
			if sub, err = p.argument(); err != nil {
				return nil, nil, err
			}
			continue
		case "^":
			if sup != nil {
				return nil, nil, fmt.Errorf("there are two upper scripts; put braces around one part")
			}
			p.next()
			if sup, err = p.argument(); err != nil {
				return nil, nil, err
			}
			continue
		}
		if primes != "" {
			mark := token("mo", primes)
			if sup != nil {
				sup = element("mrow", mark, sup)
			} else {
				sup = mark
			}
		}
		return sub, sup, nil
	}
}

func hasLimits(n *cnxml.Node) bool {
	return n.Attr("movablelimits") == "true" || n.Name == "mo" && strings.ContainsAny(n.PlainText(), limitSigns) || n.Attr("class") == "brace"
}

// atom is the next single thing, nil for what leaves nothing behind.
func (p *parser) atom() (*cnxml.Node, error) {
	t := p.peek()
	switch {
	case t == "{":
		return p.braced()
	case t[0] == '\\':
		p.next()
		return p.command(t[1:])
	case t[0] >= '0' && t[0] <= '9':
		return token("mn", p.number()), nil
	}
	p.next()
	r, _ := utf8.DecodeRuneInString(t)
	switch {
	case t == "~":
		return token("mtext", "\u00A0"), nil
	case t == "#" || t == "$" || t == "^" || t == "_" || r == utf8.RuneError:
		return nil, fmt.Errorf("%s has no meaning in a formula", t)
	case signs[t] != "":
		return token("mo", signs[t]), nil
	case strings.Contains("()[]|", t):
		return set(token("mo", t), "stretchy", "false"), nil
	case unicode.IsLetter(r):
		return token("mi", t), nil
	}
	return token("mo", t), nil
}

// signs are characters that stand for others in a formula.
var signs = map[string]string{"-": "−", "*": "∗", "`": "‘"}

func (p *parser) number() string {
	n := 0
	for n < len(p.rest) {
		c := p.rest[n]
		digitAfter := n+1 < len(p.rest) && p.rest[n+1] >= '0' && p.rest[n+1] <= '9'
		if c >= '0' && c <= '9' || c == '.' && digitAfter {
			n++
			continue
		}
		break
	}
	text := p.rest[:n]
	p.rest = p.rest[n:]
	return text
}
