package compare

// Counts says how much of a page has changed.
type Counts struct {
	Added   int // words, formulas among them
	Removed int
	Moved   int // blocks that stand elsewhere
	Numbers int // numbers that the book's structure gives, such as that of a figure
	Images  int // images and other media
	Others  int // marks of punctuation, empty blocks
}

// Any reports whether anything has changed.
func (c Counts) Any() bool { return c != Counts{} }

// OnlyNumbers reports whether nothing has changed but numbers, and some have.
func (c Counts) OnlyNumbers() bool { return c.Any() && c == Counts{Numbers: c.Numbers} }

func (c *Counts) edits(list []edit) {
	for i := range list {
		e := &list[i]
		switch {
		case e.op == same || e.op == removed && e.moved:
		case e.op == added && e.moved:
			c.Moved++
		case e.op == added:
			c.block(e.new, added)
		case e.op == removed:
			c.block(e.old, removed)
		case e.new.isLine():
			c.line(e)
		default:
			c.edits(e.inner)
		}
	}
}

func (c *Counts) line(e *edit) {
	for _, s := range e.script {
		if !s.equal {
			c.tokens(e.old.tokens[s.oldFrom:s.oldTo], removed)
			c.tokens(e.new.tokens[s.newFrom:s.newTo], added)
		}
	}
}

func (c *Counts) block(b *block, op op) {
	if b.counts == 0 {
		c.Others++
	}
	c.tokens(b.tokens, op)
	for _, child := range b.children {
		c.block(child, op)
	}
}

func (c *Counts) tokens(list []token, op op) {
	for i := range list {
		switch t := &list[i]; {
		case t.silent:
		case t.number:
			if op == added {
				c.Numbers++
			}
		case t.image:
			c.Images++
		case !t.word:
			c.Others++
		case op == added:
			c.Added++
		default:
			c.Removed++
		}
	}
}
