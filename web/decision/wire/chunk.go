package wire

// chunks follows content in the chunked transfer coding, byte by byte, to find
// its end (RFC 9112 section 7.1). It decodes nothing.
type chunks struct {
	state  chunkState
	size   uint64 // bytes left of the chunk
	digits int
	line   int // bytes of the line so far
}

type chunkState uint8

const (
	inSize chunkState = iota
	inExtension
	sizeEnd     // a CR was read
	inData      //
	dataEnd     // expects the CR after the data
	dataEnd2    // expects the LF after that
	trailer     // at the start of a line
	inTrailer   // inside a line
	trailerEnd  // a CR was read inside a line
	lastEnd     // a CR was read at the start of a line
	chunksEnded // the content is complete
	chunksBroken
)

// longestLine bounds a chunk's extensions and a line of the trailers, in bytes.
const longestLine = 4096

// scan reads on and returns how many bytes belong to the content: all of them,
// unless the content ends or breaks.
func (c *chunks) scan(p []byte) int {
	for i := 0; i < len(p); {
		if c.state == inData {
			n := min(uint64(len(p)-i), c.size)
			c.size -= n
			i += int(n)
			if c.size == 0 {
				c.state = dataEnd
			}
			continue
		}
		if c.step(p[i]); c.state == chunksBroken {
			return i
		}
		if i++; c.state == chunksEnded {
			return i
		}
	}
	return len(p)
}

// step reads one byte that is not data.
func (c *chunks) step(b byte) {
	if c.line++; c.line > longestLine {
		c.state = chunksBroken
		return
	}
	switch c.state {
	case inSize:
		c.sizeByte(b)
	case inExtension, inTrailer:
		c.through(b)
	case sizeEnd:
		c.expect(b, '\n', inData)
		if c.state == inData && c.size == 0 {
			c.state = trailer
		}
	case dataEnd:
		c.expect(b, '\r', dataEnd2)
	case dataEnd2:
		c.expect(b, '\n', inSize)
		c.size, c.digits = 0, 0
	case trailer:
		if b == '\r' {
			c.state = lastEnd
			return
		}
		c.state = inTrailer
		c.through(b)
	case trailerEnd:
		c.expect(b, '\n', trailer)
	case lastEnd:
		c.expect(b, '\n', chunksEnded)
	}
}

// through reads a byte of an extension or of a trailer: anything but a control
// character.
func (c *chunks) through(b byte) {
	switch {
	case b == '\r' && c.state == inExtension:
		c.state = sizeEnd
	case b == '\r':
		c.state = trailerEnd
	case b < ' ' && b != '\t' || b == 0x7f:
		c.state = chunksBroken
	}
}

func (c *chunks) sizeByte(b byte) {
	switch {
	case '0' <= b && b <= '9':
		c.digit(b - '0')
	case 'a' <= b && b <= 'f':
		c.digit(b - 'a' + 10)
	case 'A' <= b && b <= 'F':
		c.digit(b - 'A' + 10)
	case c.digits > 0 && b == ';':
		c.state = inExtension
	case c.digits > 0 && b == '\r':
		c.state = sizeEnd
	default:
		c.state = chunksBroken
	}
}

func (c *chunks) digit(d byte) {
	c.size = c.size<<4 | uint64(d)
	if c.digits++; c.digits > 15 {
		c.state = chunksBroken
	}
}

func (c *chunks) expect(b, want byte, next chunkState) {
	if b != want {
		c.state = chunksBroken
		return
	}
	c.state = next
	if want == '\n' {
		c.line = 0
	}
}
