package analysis

import "encoding/binary"

// Coder encodes values as bytes and decodes them. A type lists its fields in one
// function, which serves both ways. Numbers are varints; strings and lists are
// preceded by their length.
type Coder struct {
	out     []byte
	in      string
	reading bool
	failed  bool
}

// Encode returns the fields that code lists as bytes.
func Encode(code func(*Coder)) []byte {
	c := &Coder{}
	code(c)
	return c.out
}

// Decode sets the fields that code lists. It reports whether the bytes, all of
// them, encode such fields; if not, the fields are of no use.
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
		c.Fail()
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
		c.Fail()
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
			c.Fail()
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

// Fail makes the decoding fail: code has read a value that no field may have.
func (c *Coder) Fail() { c.failed, c.in = true, "" }
