package gitserver

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/pktline"
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

// Messages of native git name no path of the server; everything else passes byte by
// byte, however it is cut into writes.
func TestWithoutServerPaths(t *testing.T) {
	const said = "fatal: packfile /var/lib/rhaptos/cache/a.git/objects/pack/pack-1.pack cannot be accessed\n"
	const cut = "fatal: packfile pack-1.pack cannot be accessed\n"
	pkt := func(parts ...string) string { return string(pktline.Append(nil, parts...)) }
	data := pkt("\x01PACK /var/lib/rhaptos/not/a/message") + pkt("\x01"+strings.Repeat("/a/b\x02", 13_000))
	for in, want := range map[string]string{
		pkt("NAK\n") + data + pkt("\x02", said) + "0000": pkt("NAK\n") + data + pkt("\x02", cut) + "0000",
		pkt("\x03", said): pkt("\x03", cut),
		pkt("ERR ", said): pkt("ERR ", cut),
		pkt("ACK /a/b\n") + "0001" + pkt("x") + "00020000":         pkt("ACK /a/b\n") + "0001" + pkt("x") + "00020000",
		pkt("NAK\n") + "PACK\x00\x00/var/lib/rhaptos 0009\x02/a/b": pkt("NAK\n") + "PACK\x00\x00/var/lib/rhaptos 0009\x02/a/b",
		pkt("\x02"): pkt("\x02"),
	} {
		for _, size := range []int{1, 2, 3, 5, 7, 4096, len(in)} {
			var out bytes.Buffer
			w := &withoutServerPaths{out: &out}
			for rest := in; rest != ""; rest = rest[min(size, len(rest)):] {
				if _, err := w.Write([]byte(rest[:min(size, len(rest))])); err != nil {
					t.Fatal(err)
				}
			}
			if out.String() != want {
				t.Errorf("in writes of %d bytes: %.200q, want %.200q", size, out.String(), want)
			}
		}
	}
}

// How a stream is cut into writes changes nothing, and one without messages passes
// unchanged.
func FuzzWithoutServerPaths(f *testing.F) {
	f.Add([]byte("0008NAK\n000b\x02/a/b/c0000"), 3)
	f.Add([]byte("0008NAK\nPACK"), 1)
	f.Fuzz(func(t *testing.T, in []byte, size int) {
		size = min(max(size, 1), 70_000)
		var whole, parts bytes.Buffer
		if _, err := (&withoutServerPaths{out: &whole}).Write(in); err != nil {
			t.Fatal(err)
		}
		w := &withoutServerPaths{out: &parts}
		for rest := in; len(rest) > 0; rest = rest[min(size, len(rest)):] {
			if _, err := w.Write(rest[:min(size, len(rest))]); err != nil {
				t.Fatal(err)
			}
		}
		// At the end of the stream a part of a packet may be kept.
		if n := min(whole.Len(), parts.Len()); !bytes.Equal(whole.Bytes()[:n], parts.Bytes()[:n]) || whole.Len() != parts.Len() {
			t.Errorf("%q: %q, in parts of %d %q", in, whole.Bytes(), size, parts.Bytes())
		}
	})
}
