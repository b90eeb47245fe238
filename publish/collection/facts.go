package collection

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"

	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// Facts keeps what judging has found out about the content of files. It may
// forget anything at any time: what is not kept is found out again. It is used
// by many goroutines.
type Facts interface {
	// Get returns what was put under the key. The caller does not change it.
	Get(key string) ([]byte, bool)
	// Put keeps facts under the key, in the place of older ones. The key names
	// the content and what was asked about it. The caller does not change the
	// facts afterwards.
	Put(key string, facts []byte)
}

// NoFacts keeps nothing.
type NoFacts struct{}

// Get implements Facts.
func (NoFacts) Get(string) ([]byte, bool) { return nil, false }

// Put implements Facts.
func (NoFacts) Put(string, []byte) {}

// Recall fills a value with what is kept about the content; code lists the
// value's fields. kind says what was asked about the content. It reports
// whether there was anything that could be read.
func Recall(facts Facts, kind, content string, code func(*Coder)) bool {
	if content == "" {
		return false
	}
	data, ok := facts.Get(kind + ":" + content)
	return ok && Decode(data, code)
}

// Keep keeps a value, whose fields code lists, for Recall.
func Keep(facts Facts, kind, content string, code func(*Coder)) {
	if content != "" {
		facts.Put(kind+":"+content, Encode(code))
	}
}

// ContentOf names content that has no blob id.
func ContentOf(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256-" + hex.EncodeToString(sum[:])
}

// Coder writes values as bytes, or reads them back: a type lists its fields
// once, and that serves both ways. Numbers are varints, strings have their
// length before them.
type Coder struct {
	out     []byte
	in      string
	reading bool
	failed  bool
}

// Encode is the fields that code lists, as bytes.
func Encode(code func(*Coder)) []byte {
	c := &Coder{}
	code(c)
	return c.out
}

// Decode sets the fields that code lists. It reports whether the bytes are
// those of such fields; if not, what was set is of no use.
func Decode[T string | []byte](data T, code func(*Coder)) bool {
	c := &Coder{in: string(data), reading: true}
	code(c)
	return !c.failed && c.in == ""
}

// Int codes a number.
func (c *Coder) Int(n *int) {
	if !c.reading {
		c.out = binary.AppendVarint(c.out, int64(*n))
		return
	}
	v, size := binary.Varint([]byte(c.in[:min(len(c.in), binary.MaxVarintLen64)]))
	if size <= 0 {
		c.fail()
		return
	}
	*n, c.in = int(v), c.in[size:]
}

// Flag codes a truth value.
func (c *Coder) Flag(b *bool) {
	n := 0
	if *b {
		n = 1
	}
	c.Int(&n)
	*b = n == 1
}

// Text codes a string. What is read shares the memory of all that was read
// with it.
func (c *Coder) Text(s *string) {
	n := len(*s)
	c.Int(&n)
	switch {
	case !c.reading:
		c.out = append(c.out, *s...)
	case n < 0 || n > len(c.in):
		c.fail()
	default:
		*s, c.in = c.in[:n], c.in[n:]
	}
}

// List codes the elements of a list, each by the fields that code lists.
func List[T any](c *Coder, list *[]T, code func(*T)) {
	n := len(*list)
	c.Int(&n)
	if c.reading {
		if *list = nil; n < 0 || n > len(c.in) { // an element takes a byte at least
			c.fail()
			return
		}
		if n > 0 {
			*list = make([]T, n)
		}
	}
	for i := range *list {
		code(&(*list)[i])
	}
}

// Place codes a place in a file.
func (c *Coder) Place(p *Place) {
	for _, n := range []*int{&p.Pos.Line, &p.Pos.Column, &p.End.Line, &p.End.Column} {
		c.Int(n)
	}
}

// Problems codes problems, without their paths: facts are about content,
// wherever it stands.
func (c *Coder) Problems(list *[]Problem) {
	List(c, list, func(p *Problem) {
		severity := int(p.Severity)
		for _, n := range []*int{&p.Line, &p.Column, &p.EndLine, &p.EndColumn, &severity} {
			c.Int(n)
		}
		for _, s := range []*string{&p.Rule, &p.Message, &p.Replacement} {
			c.Text(s)
		}
		if p.Severity = Severity(severity); p.Severity > Error {
			c.fail()
		}
	})
}

func (c *Coder) fail() { c.failed, c.in = true, "" }

// Place is a part of a file: from Pos to just before End, which is zero if it
// is not known.
type Place struct {
	Pos, End cnxml.Pos
}

// PlaceOf is the place of an element's attribute, or of the element's beginning if
// it has no such attribute.
func PlaceOf(n *cnxml.Node, attribute string) Place {
	for _, a := range n.Attrs {
		if a.Space == "" && a.Name == attribute {
			return Place{a.Pos, a.End}
		}
	}
	return Place{Pos: n.Pos}
}
