package packscantest

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"

	"github.com/go-git/go-git/v5/plumbing"
)

// Zeros is n MiB of zero bytes in zlib's form, made without deflating them all.
func Zeros(mib int) []byte {
	var b bytes.Buffer
	b.Write([]byte{0x78, 0x9c})
	w, _ := flate.NewWriter(&b, flate.BestCompression)
	part := make([]byte, 1<<20)
	var parts [3]int
	for i := range parts {
		w.Write(part)
		w.Flush()
		parts[i] = b.Len()
	}
	again := bytes.Clone(b.Bytes()[parts[1]:parts[2]]) // from the second on all are the same
	b.Truncate(parts[1])
	for range mib - 2 {
		b.Write(again)
	}
	b.Write([]byte{0x03, 0x00}) // the last block, empty
	n := uint32(int64(mib) << 20 % 65521)
	return binary.BigEndian.AppendUint32(b.Bytes(), n<<16|1) // Adler-32
}

// DeltaBomb is a pack of deltas each of which becomes 960 MiB, with a commit.
func DeltaBomb(deltas int) (pack []byte, tip plumbing.Hash) {
	var b Builder
	at := b.Offset()
	blob := b.Object(plumbing.BlobObject, make([]byte, 1<<20))
	for i := range deltas {
		name := fmt.Appendf(nil, "%08d", i)
		b.OfsDelta(at, Delta(1<<20, 960<<20+8, bytes.Repeat(CopyFirst(1<<20), 960), Insert(name)))
	}
	return b.finish(blob)
}

// ZeroBomb is a pack with a blob of zeros, with a commit.
func ZeroBomb(mib int) (pack []byte, tip plumbing.Hash) {
	var b Builder
	b.Raw(plumbing.BlobObject, int64(mib)<<20, nil, Zeros(mib))
	return b.finish(b.Object(plumbing.BlobObject, []byte("small")))
}

// LyingBomb is a pack with a blob that says it is small and is not.
func LyingBomb(mib int) (pack []byte, tip plumbing.Hash) {
	var b Builder
	b.Raw(plumbing.BlobObject, 100, nil, Zeros(mib))
	return b.finish(b.Object(plumbing.BlobObject, []byte("small")))
}

// PathBomb is a commit with 10^levels paths in a few trees.
func PathBomb(levels int) (pack []byte, tip plumbing.Hash) {
	var b Builder
	mode, id := "100644", b.Object(plumbing.BlobObject, []byte("x"))
	for range levels {
		var entries []Entry
		for i := range 10 {
			entries = append(entries, Entry{mode, fmt.Sprint(i), id})
		}
		mode, id = "40000", b.Tree(entries...)
	}
	tip = b.Commit(id)
	return b.Pack(), tip
}

// DeepBomb is a commit with as many trees inside each other.
func DeepBomb(depth int) (pack []byte, tip plumbing.Hash) {
	var b Builder
	mode, id := "100644", b.Object(plumbing.BlobObject, []byte("x"))
	for range depth {
		mode, id = "40000", b.Tree(Entry{mode, "d", id})
	}
	tip = b.Commit(id)
	return b.Pack(), tip
}

// DeltaChain is a commit with a file that is the last of a chain of deltas.
func DeltaChain(length int) (pack []byte, tip plumbing.Hash) {
	var b Builder
	at := b.Offset()
	b.Object(plumbing.BlobObject, []byte("00000000"))
	var last []byte
	for i := range length {
		next := b.Offset()
		last = fmt.Appendf(nil, "%08d", i+1)
		b.OfsDelta(at, Delta(8, 8, Insert(last)))
		at = next
	}
	return b.finish(plumbing.ComputeHash(plumbing.BlobObject, last))
}

// finish adds a commit with the blob.
func (b *Builder) finish(blob plumbing.Hash) (pack []byte, tip plumbing.Hash) {
	tip = b.Commit(b.Tree(Entry{"100644", "file", blob}))
	return b.Pack(), tip
}
