package merge

import (
	"hash/fnv"
	"hash/maphash"
	"io"
	"strings"

	"github.com/rhaptos/rhaptos/publish/sequence"
)

// flow says how the parts of a node are merged.
type flow uint8

const (
	words  flow = iota // a text: changes with no unchanged word between them conflict
	blocks             // paragraphs and the like: each is merged on its own
)

// node is a part of a file: the document, a block, an element, a word. Written one
// after the other with the white space before each, the nodes are the file.
type node struct {
	kind  string  // nodes of different kinds are never versions of each other
	key   string  // what identifies it in the whole file: an id, a path; may be empty
	space string  // white space before it
	raw   string  // the node as it is in the source, without that space
	open  *node   // the start tag of an element, the marker of a list item; nil if there is none
	parts []*node // in order
	end   string  // behind the parts, with its white space: an end tag
	flow  flow
	exact bool   // white space before it counts
	lines bool   // a text in which a conflict can be narrowed to lines
	rel   string // indentation beyond that of the parent, in a table of contents

	parent *node
	at     int    // index among the parent's parts
	hash   uint64 // of its content, white space left out where that does not count
	size   int    // words in it
	weight int    // of a token: how far it keeps two changes apart

	side    [2]*node // of a base node: its versions in ours and theirs
	base    *node    // of a node of ours or theirs: what it is a version of
	twin    *node    // of a node without a base: the same addition on the other side
	copyOf  *node    // of a node without a base: the base node of the same key, which has its own version
	moved   bool     // it is not where its base was
	foreign bool     // it, or something in it, was moved, or is in dispute
	weak    bool     // of a node of ours or theirs: it has the place of its base, but other words
	dispute int      // of a node of ours or theirs: what the other side did to a passage that was moved into it
	sketch  []uint64
}

// isToken reports whether n is a word or another piece that is never divided.
func (n *node) isToken() bool { return n.open == nil && len(n.parts) == 0 && n.end == "" }

// seed makes hashes of this process; they never leave it.
var seed = maphash.MakeSeed()

func hashOf(s string) uint64 { return maphash.String(seed, s) }

func mix(h, with uint64) uint64 { return (h^with)*0x9E3779B97F4A7C15 + h>>29 }

// apart is the weight of a token that suffices to keep two changes apart.
const apart = 3

// finish derives what a node is compared by, for all nodes below it too.
func (n *node) finish() {
	switch {
	case n.hash != 0: // a token that has its own
	case n.isToken():
		n.hash = mix(hashOf(n.kind), hashOf(n.raw))
	default:
		n.hash = mix(hashOf(n.kind), 1)
	}
	if n.exact {
		n.hash = mix(n.hash, hashOf(n.space))
	}
	if n.isToken() {
		if n.weight > 0 {
			n.size = 1
		}
		return
	}
	if n.open != nil {
		n.open.parent = n
		n.open.finish()
		n.hash = mix(n.hash, n.open.hash)
		n.size += n.open.size
	}
	for i, p := range n.parts {
		p.parent, p.at = n, i
		p.finish()
		n.hash = mix(n.hash, p.hash)
		n.size += p.size
	}
	n.hash = mix(n.hash, uint64(len(n.parts)))
}

// walk calls f for n and all parts below it, in order; f returns false to leave out
// what is below.
func (n *node) walk(f func(*node) bool) {
	if !f(n) {
		return
	}
	for _, p := range n.parts {
		p.walk(f)
	}
}

// source is the text of the nodes as they are in their file, the space before the
// first left out.
func source(nodes []*node) string {
	var b strings.Builder
	for i, n := range nodes {
		if i > 0 {
			b.WriteString(n.space)
		}
		b.WriteString(n.raw)
	}
	return b.String()
}

// sketchSize is the number of hashes that represent the words of a node.
const sketchSize = 64

// sketchHash is the hash of a token in sketches. Unlike hashOf it is the same in every
// process: which hashes are the smallest decides what resembles what.
func sketchHash(n *node) uint64 {
	f := fnv.New64a()
	io.WriteString(f, n.kind)
	f.Write([]byte{0})
	io.WriteString(f, n.raw)
	h := f.Sum64()
	h = (h ^ h>>33) * 0xFF51AFD7ED558CCD // spreads the last bytes, which FNV leaves in the low bits
	return h ^ h>>33
}

func (n *node) resemblance() []uint64 {
	if n.sketch != nil {
		return n.sketch
	}
	n.sketch = []uint64{}
	add := func(p *node) bool {
		if p.isToken() && p.weight > 0 {
			n.sketch = append(n.sketch, sketchHash(p))
		}
		return true
	}
	n.walk(func(p *node) bool {
		if p.open != nil {
			p.open.walk(add)
		}
		return add(p)
	})
	n.sketch = sequence.Sketch(n.sketch, sketchSize)
	return n.sketch
}

// alike is the share of their words that two nodes have in common, from 0 to 1.
func alike(a, b *node) float64 {
	if a.hash == b.hash {
		return 1
	}
	return sequence.Resemblance(a.resemblance(), b.resemblance(), sketchSize)
}
