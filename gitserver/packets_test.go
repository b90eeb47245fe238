package gitserver

import (
	"io"
	"slices"
	"strings"
	"testing"
)

// However a stream is cut into writes, the same comes out.
func TestFirstPackets(t *testing.T) {
	const section = "0010wanted-refs\n0001"
	section1 := func(w io.Writer) io.Writer { return beforePack(w, []byte(section)) }
	for _, c := range []struct {
		what, in, want string
		through        func(io.Writer) io.Writer
	}{
		{"behind a flush", "0009one0\n0004000dtwo 0000\n00000008NAK\n0000PACK", "0008NAK\n0000PACK", behindFlush},
		{"before the pack", "0011shallow-info\n0001000dpackfile\n0009\x01PACK0000", "0011shallow-info\n0001" + section + "000dpackfile\n0009\x01PACK0000", section1},
		{"before the pack, banded", "0005\x02000e\x01packfile\n000e\x01packfile\n0000", "0005\x02" + section + "000e\x01packfile\n000e\x01packfile\n0000", section1},
		{"no pack", "0014acknowledgments\n0008NAK\n0000", "0014acknowledgments\n0008NAK\n0000", section1},
		{"nothing to add", "any bytes", "any bytes", func(w io.Writer) io.Writer { return beforePack(w, nil) }},
	} {
		for size := 1; size <= len(c.in); size++ {
			var out strings.Builder
			w := c.through(&out)
			for chunk := range slices.Chunk([]byte(c.in), size) {
				if n, err := w.Write(chunk); n != len(chunk) || err != nil {
					t.Fatalf("%s, %d bytes a time: %d, %v", c.what, size, n, err)
				}
			}
			if out.String() != c.want {
				t.Errorf("%s, %d bytes a time: %q", c.what, size, out.String())
			}
		}
	}
	if _, err := behindFlush(&strings.Builder{}).Write([]byte("zzzz")); err == nil {
		t.Error("no packets, and no error")
	}
}
