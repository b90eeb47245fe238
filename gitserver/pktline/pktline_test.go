package pktline_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	gogit "github.com/go-git/go-git/v5/plumbing/format/pktline"

	"github.com/rhaptos/rhaptos/gitserver/pktline"
)

// read writes down all packets of s, and what ended them.
func read(s string, limit int64) (string, error) {
	var b strings.Builder
	r := pktline.NewReader(strings.NewReader(s), limit)
	for {
		kind, payload, err := r.Next()
		if err != nil {
			return b.String(), err
		}
		b.WriteString(map[pktline.Kind]string{pktline.Flush: "F", pktline.Delim: "D", pktline.ResponseEnd: "E", pktline.Data: "="}[kind])
		b.Write(payload)
	}
}

func TestReader(t *testing.T) {
	long := strings.Repeat("x", pktline.MaxPayload)
	for _, c := range []struct {
		name, in, want string
		limit          int64
		err            error
	}{
		{"nothing", "", "", 10, io.EOF},
		{"kinds", "0000000100020005a", "FDE=a", 100, io.EOF},
		{"empty data", "0004", "=", 100, io.EOF},
		{"capitals", "000Ahello\n", "=hello\n", 100, io.EOF},
		{"longest", "fff0" + long, "=" + long, 1 << 20, io.EOF},
		{"longer", "fff1" + long + "x", "", 1 << 20, pktline.ErrFormat},
		{"longest length", "ffff", "", 1 << 20, pktline.ErrFormat},
		{"length 3", "0003", "", 100, pktline.ErrFormat},
		{"no number", "00zz", "", 100, pktline.ErrFormat},
		{"a sign", "-001", "", 100, pktline.ErrFormat},
		{"cut in the length", "000", "", 100, io.ErrUnexpectedEOF},
		{"cut before the text", "0005", "", 100, io.ErrUnexpectedEOF},
		{"cut in the text", "0006a", "", 100, io.ErrUnexpectedEOF},
		{"at the limit", "0006ab0000", "=abF", 10, io.EOF},
		{"over the limit", "0006ab0000", "=ab", 9, pktline.ErrTooLarge},
		{"over the limit before it is read", "fff0", "", 100, pktline.ErrTooLarge},
	} {
		if got, err := read(c.in, c.limit); got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: %.40q, %v; want %.40q, %v", c.name, got, err, c.want, c.err)
		}
	}
}

// What follows the last packet stays where it is.
func TestReaderStopsBehindThePacket(t *testing.T) {
	in := strings.NewReader("0006ab0000PACK")
	r := pktline.NewReader(in, 100)
	for range 2 {
		if _, _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
	}
	if rest, _ := io.ReadAll(in); string(rest) != "PACK" {
		t.Errorf("left %q", rest)
	}
}

func TestAppendTooLong(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a packet that no reader takes was written")
		}
	}()
	pktline.Append(nil, strings.Repeat("x", pktline.MaxPayload+1))
}

// Packets written again are the bytes that they were read from, and what
// go-git's reader takes is read alike.
func FuzzReader(f *testing.F) {
	for _, s := range []string{"", "0000", "00010002", "0006ab0000", "000Aab", "0003", "00zz", "ffff", "0004"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		src := bytes.NewReader(in)
		r := pktline.NewReader(src, 1<<20)
		theirs := gogit.NewScanner(bytes.NewReader(in))
		alike := true
		for {
			begin := len(in) - src.Len()
			kind, payload, err := r.Next()
			if err != nil {
				if errors.Is(err, io.EOF) && src.Len() > 0 {
					t.Fatalf("stopped before the end of %q", in)
				}
				return
			}
			var again []byte
			if kind == pktline.Data {
				again = pktline.Append(again, string(payload))
			} else {
				again = pktline.AppendSpecial(again, kind)
			}
			read := bytes.Clone(in[begin : len(in)-src.Len()])
			copy(read, bytes.ToLower(read[:4]))
			if !bytes.Equal(again, read) {
				t.Fatalf("%q was written as %q", read, again)
			}
			// go-git knows neither the special packets of version 2 nor data of no bytes.
			alike = alike && (kind == pktline.Flush || len(payload) > 0)
			if !alike {
				continue
			}
			if !theirs.Scan() || !bytes.Equal(theirs.Bytes(), payload) {
				t.Fatalf("read %q, go-git %q, %v", payload, theirs.Bytes(), theirs.Err())
			}
		}
	})
}
