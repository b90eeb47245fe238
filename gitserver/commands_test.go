package gitserver

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
)

const (
	zero = "0000000000000000000000000000000000000000"
	ones = "1111111111111111111111111111111111111111"
	twos = "2222222222222222222222222222222222222222"
)

func pkt(lines ...string) string {
	var b strings.Builder
	for _, l := range lines {
		if l == "" {
			b.WriteString("0000")
		} else {
			fmt.Fprintf(&b, "%04x%s", len(l)+4, l)
		}
	}
	return b.String()
}

func TestReadCommands(t *testing.T) {
	in := pkt("shallow "+twos, zero+" "+ones+" refs/heads/a b\x00 report-status push-options agent=git/2.39.5",
		ones+" "+zero+" refs/heads/c\n", "", "reviewer=bob\n", "x;y", "") + "PACKrest"
	r := strings.NewReader(in)
	req, err := readCommands(r)
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, c := range req.Commands {
		got += fmt.Sprintf("%s %s %q\n", c.Old, c.New, c.Name)
	}
	want := zero + " " + ones + ` "refs/heads/a b"` + "\n" + ones + " " + zero + ` "refs/heads/c"` + "\n"
	if got != want {
		t.Errorf("commands\n%swant\n%s", got, want)
	}
	if len(req.Options) != 2 || req.Options[0].Key != "reviewer=bob" || req.Options[1].Key != "x;y" {
		t.Errorf("options %v", req.Options)
	}
	if rest, _ := io.ReadAll(r); string(rest) != "PACKrest" {
		t.Errorf("what follows is %q", rest)
	}
}

func TestReadCommandsProbe(t *testing.T) {
	if req, err := readCommands(strings.NewReader("0000")); req != nil || err != nil {
		t.Errorf("got %v, %v; want nothing to do", req, err)
	}
}

func TestReadCommandsMalformed(t *testing.T) {
	for _, in := range []string{
		"", "0", "zzzz", "0001", "0003", "0004", "ffff",
		pkt("hello"), pkt(zero + " " + ones + " "), pkt(zero + ones + " refs/heads/a"),
		pkt(zero + " " + ones + " refs/heads/a"), // no flush
		pkt(strings.ToUpper("abcdefabcdefabcdefabcdefabcdefabcdefabcdg")+" "+ones+" refs/heads/a", ""),
		pkt(zero+" "+ones+" refs/heads/a\x00push-options", "", "x=y"), // options do not end
		pkt(zero+" "+ones+" refs/heads/a\x00push-options", "", "x=\x1b[31m", ""),
	} {
		if req, err := readCommands(strings.NewReader(in)); !errors.Is(err, errProtocol) {
			t.Errorf("%.60q: %v, %v; want a protocol error", in, req, err)
		}
	}
	var many strings.Builder
	for i := range maxCommands + 1 {
		many.WriteString(pkt(fmt.Sprintf("%s %s refs/heads/%d", zero, ones, i)))
	}
	if _, err := readCommands(strings.NewReader(many.String() + "0000")); !errors.Is(err, errProtocol) {
		t.Errorf("%d commands: %v", maxCommands+1, err)
	}
}

func TestUpdatesRefusesDuplicates(t *testing.T) {
	req, err := readCommands(strings.NewReader(pkt(zero+" "+ones+" refs/heads/a\x00", ones+" "+zero+" refs/heads/a", zero+" "+ones+" refs/heads/b", "")))
	if err != nil {
		t.Fatal(err)
	}
	list := updates(req)
	if list[0].Refused == "" || list[1].Refused == "" || list[2].Refused != "" {
		t.Errorf("%+v %+v %+v", list[0], list[1], list[2])
	}
	if !wantsPack(list) || wantsPack([]*RefUpdate{{Name: "refs/heads/a", Old: plumbing.NewHash(ones)}}) {
		t.Error("a pack follows unless all updates delete")
	}
}

// Whatever comes in, what is understood can be written again and reads the
// same, and not a byte behind it is taken.
func FuzzReadCommands(f *testing.F) {
	f.Add([]byte(pkt(zero+" "+ones+" refs/heads/a\x00report-status push-options", "", "a=b", "")))
	f.Add([]byte("0000"))
	f.Add([]byte(pkt("shallow "+ones, ones+" "+twos+" refs/tags/x\n", "")))
	f.Fuzz(func(t *testing.T, in []byte) {
		r := bytes.NewReader(append(append([]byte{}, in...), "PACK"...))
		req, err := readCommands(r)
		if err != nil || req == nil {
			return
		}
		var again []string
		for i, c := range req.Commands {
			line := fmt.Sprintf("%s %s %s", c.Old, c.New, c.Name)
			if i == 0 {
				line += "\x00"
				if len(req.Options) > 0 {
					line += "push-options"
				}
			}
			again = append(again, line)
		}
		again = append(again, "")
		if len(req.Options) > 0 {
			for _, o := range req.Options {
				again = append(again, o.Key+"\n")
			}
			again = append(again, "")
		}
		second, err := readCommands(strings.NewReader(pkt(again...)))
		if err != nil || len(second.Commands) != len(req.Commands) || len(second.Options) != len(req.Options) {
			t.Fatalf("%q reads differently the second time: %v", again, err)
		}
		for i := range req.Commands {
			if *req.Commands[i] != *second.Commands[i] {
				t.Errorf("%v became %v", req.Commands[i], second.Commands[i])
			}
		}
	})
}
