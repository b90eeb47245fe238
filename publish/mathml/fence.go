package mathml

import (
	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/markup"
	"strings"
)

// fenced writes the fences and separators of mfenced as the operators that
// they stand for (MathML 3, section 3.3.8).
func (f *formula) fenced(n *cnxml.Node, variant string) {
	open, close, separators := "(", ")", ","
	for name, v := range map[string]*string{"open": &open, "close": &close, "separators": &separators} {
		if own, ok := n.Lookup(name); ok {
			*v = strings.Join(strings.Fields(own), "")
		}
	}
	f.w.Element("mrow", f.mathAttrs(n), func() {
		f.fence(open, "prefix")
		marks := []rune(separators)
		for i, c := range parts(n) {
			if i > 0 && len(marks) > 0 {
				f.w.Element("mo", []markup.Attr{{"separator", "true"}}, func() { f.w.Text(string(marks[min(i, len(marks))-1])) })
			}
			f.one(c, variant)
		}
		f.fence(close, "postfix")
	})
}

func (f *formula) fence(s, form string) {
	if s != "" {
		f.w.Element("mo", []markup.Attr{{"fence", "true"}, {"form", form}, {"stretchy", "true"}}, func() { f.w.Text(s) })
	}
}
