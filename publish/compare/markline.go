package compare

import (
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// lineMarker writes a line that has changed. The elements of the new line are
// each opened once; what was removed stands in those of them that its own
// elements have become, or in copies.
type lineMarker struct {
	*marker
	into    *html.Node
	open    []opened
	mark    *html.Node // that the next token may join
	op      op         // of mark
	last    map[*html.Node]int
	heirs   map[*html.Node]*html.Node // what elements of the old line have become
	copied  map[*html.Node]bool       // copies of elements of the old line
	text    *html.Node                // the last one; its text is still in letters
	letters strings.Builder
	next    int // token of the new line
	exact   bool
	space   bool // what was written last ends in space
}

type opened struct{ source, out *html.Node }

func (k *marker) line(into *html.Node, e *edit) {
	l := &lineMarker{
		marker: k, into: into, exact: is(into, atom.Pre), space: true,
		last: map[*html.Node]int{}, heirs: map[*html.Node]*html.Node{}, copied: map[*html.Node]bool{},
	}
	for i := range e.new.tokens {
		for _, n := range e.new.tokens[i].path {
			l.last[n] = i
		}
	}
	l.findHeirs(e)
	for _, c := range e.script {
		l.next = c.newFrom
		if c.equal {
			for i := c.newFrom; i < c.newTo; i++ {
				l.token(&e.new.tokens[i], same)
			}
			continue
		}
		for i := c.oldFrom; i < c.oldTo; i++ {
			l.removed(e.old.tokens, i, c)
		}
		for i := c.newFrom; i < c.newTo; i++ {
			l.token(&e.new.tokens[i], added)
		}
	}
	l.flush()
}

// findHeirs pairs the elements around words that have not changed.
func (l *lineMarker) findHeirs(e *edit) {
	for _, c := range e.script {
		if !c.equal {
			continue
		}
		i, j := c.oldFrom, c.newFrom
		for i < c.oldTo && j < c.newTo {
			old, new := &e.old.tokens[i], &e.new.tokens[j]
			switch {
			case old.silent:
				i++
				continue
			case new.silent:
				j++
				continue
			}
			for n := 0; n < len(old.path) && n < len(new.path) && old.path[n].DataAtom == new.path[n].DataAtom; n++ {
				if l.heirs[old.path[n]] == nil {
					l.heirs[old.path[n]] = new.path[n]
				}
			}
			i, j = i+1, j+1
		}
	}
}

// token writes a token of the new line.
func (l *lineMarker) token(t *token, op op) {
	common := 0
	for common < len(l.open) && common < len(t.path) && l.open[common].source == t.path[common] {
		common++
	}
	if common < len(l.open) {
		l.open, l.mark = l.open[:common], nil
	}
	for _, n := range t.path[common:] {
		out := l.placed(shell(n), l.new)
		l.current().AppendChild(out)
		l.open, l.mark = append(l.open, opened{n, out}), nil
	}
	if t.silent && (l.op != op || l.mark == nil) {
		op = same
	}
	l.put(l.target(op), t, l.new)
}

// current is the innermost element that is open.
func (l *lineMarker) current() *html.Node {
	if n := len(l.open); n > 0 {
		return l.open[n-1].out
	}
	return l.into
}

// target is where a token goes.
func (l *lineMarker) target(op op) *html.Node {
	if op == same {
		l.mark, l.op = nil, same
		return l.current()
	}
	if l.mark == nil || l.op != op {
		l.mark, l.op = l.marker.open(op, false, ""), op
		l.current().AppendChild(l.mark)
	}
	return l.mark
}

func (l *lineMarker) put(into *html.Node, t *token, base *url.URL) {
	if t.node == nil {
		l.write(into, t.text)
		return
	}
	into.AppendChild(l.placed(take(t.node), base))
	l.space = false
}

// write appends text, to the text node that ends into if there is one.
func (l *lineMarker) write(into *html.Node, s string) {
	if l.text == nil || into.LastChild != l.text {
		l.flush()
		l.text = text("")
		into.AppendChild(l.text)
	}
	l.letters.WriteString(s)
	l.space = s != "" && isSpace(s[len(s)-1:])
}

// flush ends the text node that is being written.
func (l *lineMarker) flush() {
	if l.text != nil {
		l.text.Data = l.letters.String()
		l.letters.Reset()
	}
}

// removed writes a token of the old line that is not in the new one.
func (l *lineMarker) removed(tokens []token, i int, c change) {
	t := &tokens[i]
	if t.silent && (t.node != nil || i == c.oldFrom || i == c.oldTo-1) {
		return
	}
	l.leave(t)
	into := l.target(removed)
	if !l.exact && !l.space && i > 0 && i == c.oldFrom && endsInSpace(&tokens[i-1]) {
		l.write(into, " ")
	}
	for _, n := range t.path {
		if l.isOpen(l.heirs[n]) || is(n, atom.A) {
			continue
		}
		// The copy of the element that the token before is in, or a new one.
		if last := into.LastChild; last != nil && l.copied[last] && last.DataAtom == n.DataAtom && attribute(last, "class") == attribute(n, "class") {
			into = last
			continue
		}
		if !l.mayCopy(n) {
			break
		}
		out := shell(n)
		stripOne(out)
		into.AppendChild(out)
		l.copied[out] = true
		into = out
	}
	l.put(into, t, l.old)
	if t.node != nil {
		strip(t.node)
	}
}

// leave closes the elements that have nothing more to come and that the token
// was never in.
func (l *lineMarker) leave(t *token) {
	for len(l.open) > 0 {
		top := l.open[len(l.open)-1]
		if l.last[top.source] >= l.next {
			return
		}
		for _, n := range t.path {
			if l.heirs[n] == top.source {
				return
			}
		}
		l.open, l.mark = l.open[:len(l.open)-1], nil
	}
}

func (l *lineMarker) isOpen(n *html.Node) bool {
	for _, o := range l.open {
		if o.source == n {
			return n != nil
		}
	}
	return false
}

func endsInSpace(t *token) bool { return t.text != "" && isSpace(t.text[len(t.text)-1:]) }
