// Package packscantest builds packs for tests, among them those that no client
// makes.
package packscantest

import (
	"bytes"
	"compress/zlib"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"sort"
	"strings"
	"sync"

	"github.com/go-git/go-git/v5/plumbing"
)

// Builder collects the objects of a pack (gitformat-pack(5)).
type Builder struct {
	body  bytes.Buffer
	count uint32
}

const headerSize = 12

// Offset is where the next object begins.
func (b *Builder) Offset() int64 { return int64(headerSize + b.body.Len()) }

// Object adds a whole object and returns its id.
func (b *Builder) Object(kind plumbing.ObjectType, content []byte) plumbing.Hash {
	b.Raw(kind, int64(len(content)), nil, Deflate(content))
	return plumbing.ComputeHash(kind, content)
}

// Raw adds an object as it stands: a header with the type and the size, then
// what tells a delta's base, then the deflated content. Nothing is checked.
func (b *Builder) Raw(kind plumbing.ObjectType, size int64, base, deflated []byte) {
	b.count++
	c := byte(kind)<<4 | byte(size&15)
	for size >>= 4; size > 0; size >>= 7 {
		b.body.WriteByte(c | 0x80)
		c = byte(size & 0x7f)
	}
	b.body.WriteByte(c)
	b.body.Write(base)
	b.body.Write(deflated)
}

// OfsDelta adds a delta to the object that begins at base.
func (b *Builder) OfsDelta(base int64, delta []byte) {
	back := b.Offset() - base
	coded := []byte{byte(back & 0x7f)}
	for back >>= 7; back > 0; back >>= 7 {
		back--
		coded = append([]byte{0x80 | byte(back&0x7f)}, coded...)
	}
	b.Raw(plumbing.OFSDeltaObject, int64(len(delta)), coded, Deflate(delta))
}

// RefDelta adds a delta to the object with an id.
func (b *Builder) RefDelta(base plumbing.Hash, delta []byte) {
	b.Raw(plumbing.REFDeltaObject, int64(len(delta)), base[:], Deflate(delta))
}

// Commit adds a commit of a tree.
func (b *Builder) Commit(tree plumbing.Hash, parents ...plumbing.Hash) plumbing.Hash {
	var text strings.Builder
	fmt.Fprintf(&text, "tree %s\n", tree)
	for _, p := range parents {
		fmt.Fprintf(&text, "parent %s\n", p)
	}
	text.WriteString("author a <a@example.org> 1700000000 +0000\ncommitter a <a@example.org> 1700000000 +0000\n\nmade\n")
	return b.Object(plumbing.CommitObject, []byte(text.String()))
}

// Entry is one line of a tree.
type Entry struct {
	Mode string // "100644"
	Name string
	ID   plumbing.Hash
}

// Tree adds a tree, its entries put in git's order.
func (b *Builder) Tree(entries ...Entry) plumbing.Hash {
	return b.Object(plumbing.TreeObject, TreeContent(entries...))
}

// TreeContent returns the content of a tree object with the entries.
func TreeContent(entries ...Entry) []byte {
	key := func(e Entry) string {
		if strings.TrimLeft(e.Mode, "0") == "40000" {
			return e.Name + "/"
		}
		return e.Name
	}
	sort.SliceStable(entries, func(i, j int) bool { return key(entries[i]) < key(entries[j]) })
	var t bytes.Buffer
	for _, e := range entries {
		fmt.Fprintf(&t, "%s %s\x00%s", e.Mode, e.Name, e.ID[:])
	}
	return t.Bytes()
}

// Pack is the whole pack with header and trailer.
func (b *Builder) Pack() []byte {
	pack := binary.BigEndian.AppendUint32([]byte("PACK\x00\x00\x00\x02"), b.count)
	return Seal(append(pack, b.body.Bytes()...))
}

// Seal adds the trailer to a pack.
func Seal(pack []byte) []byte {
	sum := sha1.Sum(pack)
	return append(pack, sum[:]...)
}

// writers are zlib writers to use again: one costs more than a small object, and
// at its best compression also to begin anew.
var writers = sync.Pool{New: func() any {
	z, err := zlib.NewWriterLevel(nil, zlib.BestSpeed)
	if err != nil {
		panic(err) // the level is one
	}
	return z
}}

// Deflate is content in zlib's form.
func Deflate(content []byte) []byte {
	var b bytes.Buffer
	z := writers.Get().(*zlib.Writer)
	defer writers.Put(z)
	z.Reset(&b)
	z.Write(content)
	z.Close()
	return b.Bytes()
}

// Delta is a delta from an object of baseSize bytes to one of resultSize, made
// by the instructions.
func Delta(baseSize, resultSize int64, instructions ...[]byte) []byte {
	d := binary.AppendUvarint(nil, uint64(baseSize)) // the same coding
	d = binary.AppendUvarint(d, uint64(resultSize))
	return append(d, bytes.Join(instructions, nil)...)
}

// Insert is the instruction that inserts 1 to 127 bytes.
func Insert(p []byte) []byte { return append([]byte{byte(len(p))}, p...) }

// CopyFirst is the instruction that copies the first n bytes of the base, at
// most 0xffffff.
func CopyFirst(n int) []byte { return []byte{0x80 | 0x70, byte(n), byte(n >> 8), byte(n >> 16)} }
