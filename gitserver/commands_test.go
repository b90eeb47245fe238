package gitserver

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
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

func TestReadRequest(t *testing.T) {
	in := pkt("shallow "+twos, zero+" "+ones+" refs/heads/a b\x00 report-status push-options agent=git/2.39.5",
		ones+" "+zero+" refs/heads/c\n", "", "reviewer=bob\n", "x;y", "") + "PACKrest"
	r := strings.NewReader(in)
	req, err := readRequest(r)
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, u := range req.updates {
		got += fmt.Sprintf("%s %s %q\n", u.Old, u.New, u.Name)
	}
	want := zero + " " + ones + ` "refs/heads/a b"` + "\n" + ones + " " + zero + ` "refs/heads/c"` + "\n"
	if got != want {
		t.Errorf("commands\n%swant\n%s", got, want)
	}
	if !slices.Equal(req.options, []string{"reviewer=bob", "x;y"}) || !req.shallow {
		t.Errorf("options %q, shallow %v", req.options, req.shallow)
	}
	if rest, _ := io.ReadAll(r); string(rest) != "PACKrest" {
		t.Errorf("what follows is %q", rest)
	}
}

func TestReadRequestProbe(t *testing.T) {
	if req, err := readRequest(strings.NewReader("0000")); req != nil || err != nil {
		t.Errorf("got %v, %v; want nothing to do", req, err)
	}
}

func TestReadRequestMalformed(t *testing.T) {
	for _, in := range []string{
		"", "0", "zzzz", "0001", "0003", "0004", "ffff",
		pkt("hello"), pkt(zero + " " + ones + " "), pkt(zero + ones + " refs/heads/a"),
		pkt(zero + " " + ones + " refs/heads/a"), // no flush
		pkt(strings.ToUpper("abcdefabcdefabcdefabcdefabcdefabcdefabcdg")+" "+ones+" refs/heads/a", ""),
		pkt(zero+" "+ones+" refs/heads/a\x00push-options", "", "x=y"), // options do not end
		pkt(zero+" "+ones+" refs/heads/a\x00push-options", "", "x=y") + "0001",
		pkt(zero+" "+ones+" refs/heads/a") + "0001",
		pkt("push-cert\x00", certificate) + "0001",
		pkt(zero+" "+ones+" refs/heads/"+strings.Repeat("a", maxCommandLength), ""),
		strings.Repeat(pkt("shallow "+ones), maxRequest/50) + pkt(zero+" "+ones+" refs/heads/a", ""),
		pkt(zero+" "+ones+" refs/heads/a\x00push-options", "", "x=\x1b[31m", ""),
		pkt(zero+" "+ones+" refs/heads/a\x00push-options", "", "x=\n\n", ""),
		pkt(zero+" "+ones+" refs/heads/a\x00push-options", "", "x=\u202e", ""),
		pkt(zero+" "+ones+" refs/heads/a\x00push-options", "", strings.Repeat("x", maxOptionLength+1), ""),
		pkt(zero+" "+ones+" refs/heads/a\x00report-status frobnicate", ""),
		pkt(zero+" "+ones+" refs/heads/a\x00report-status object-format=sha256", ""),
		pkt(zero+" "+ones+" refs/heads/a\x00push-cert=1", ""),
		pkt(append([]string{zero + " " + ones + " refs/heads/x\x00"}, certified(certificate, nil)...)...), // commands first
		pkt("push-cert\x00", zero+" "+ones+" refs/heads/x\n", "push-cert-end\n", ""),                      // no certificate
		pkt(append(certified(certificate, []string{"a=b"})[:10], "")...),                                  // it does not end
		pkt(certified(certificate, []string{"a=c"})...),                                                   // other options
		pkt(certified(certificate, nil)...),                                                               // none
		strings.Replace(pkt(certified(certificate, []string{"a=b"})...), "0012push-cert-end\n", "0012push-cert-end\n"+pkt(zero+" "+ones+" refs/heads/y\n"), 1),
	} {
		if req, err := readRequest(strings.NewReader(in)); !errors.Is(err, errProtocol) {
			t.Errorf("%.60q: %v, %v; want a protocol error", in, req, err)
		}
	}
	var many strings.Builder
	for i := range maxCommands + 1 {
		many.WriteString(pkt(fmt.Sprintf("%s %s refs/heads/%d", zero, ones, i)))
	}
	if _, err := readRequest(strings.NewReader(many.String() + "0000")); !errors.Is(err, errProtocol) {
		t.Errorf("%d commands: %v", maxCommands+1, err)
	}
}

func TestDuplicatesAreRefused(t *testing.T) {
	req, err := readRequest(strings.NewReader(pkt(zero+" "+ones+" refs/heads/a\x00", ones+" "+zero+" refs/heads/a", zero+" "+ones+" refs/heads/b", "")))
	if err != nil {
		t.Fatal(err)
	}
	list := req.updates
	if list[0].Refused == "" || list[1].Refused == "" || list[2].Refused != "" {
		t.Errorf("%+v %+v %+v", list[0], list[1], list[2])
	}
	if !wantsPack(list) || wantsPack([]*RefUpdate{{Name: "refs/heads/a", Old: plumbing.NewHash(ones)}}) {
		t.Error("a pack follows unless all updates delete")
	}
}

// Whatever comes in, what is understood can be written again and reads the
// same, and not a byte behind it is taken.
func FuzzReadRequest(f *testing.F) {
	f.Add([]byte(pkt(zero+" "+ones+" refs/heads/a\x00report-status push-options", "", "a=b", "")))
	f.Add([]byte("0000"))
	f.Add([]byte(pkt(zero+" "+ones+" refs/heads/a\x00push-options", "") + "00040000"))
	f.Add([]byte(pkt(certified(certificate, []string{"a=b"})...)))
	f.Add([]byte(pkt("shallow "+ones, ones+" "+twos+" refs/tags/x\n", "")))
	f.Fuzz(func(t *testing.T, in []byte) {
		r := bytes.NewReader(append(append([]byte{}, in...), "PACK"...))
		req, err := readRequest(r)
		if err != nil || req == nil {
			return
		}
		var again []string
		for i, u := range req.updates {
			line := fmt.Sprintf("%s %s %s", u.Old, u.New, u.Name)
			if i == 0 {
				line += "\x00"
				if len(req.options) > 0 {
					line += "push-options"
				}
			}
			again = append(again, line)
		}
		again = append(again, "")
		if len(req.options) > 0 {
			for _, o := range req.options {
				again = append(again, o+"\n")
			}
			again = append(again, "")
		}
		if req.certificate != nil {
			again = certified(req.certificate.Text(), req.options)
		}
		second, err := readRequest(strings.NewReader(pkt(again...)))
		if err != nil || len(second.updates) != len(req.updates) || !slices.Equal(second.options, req.options) {
			t.Fatalf("%q reads differently the second time: %v", again, err)
		}
		for i := range req.updates {
			if *req.updates[i] != *second.updates[i] {
				t.Errorf("%v became %v", req.updates[i], second.updates[i])
			}
		}
	})
}

// certified is a request with a push certificate.
func certified(text string, options []string) []string {
	lines := []string{"push-cert\x00push-options"}
	for line := range strings.Lines(text) {
		lines = append(lines, line)
	}
	lines = append(lines, "push-cert-end\n", "")
	return append(append(lines, options...), "")
}

const certificate = "certificate version 0.1\npusher SHA256:x 1700000000 +0000\npushee http://books.example/ann/book\nnonce 1-2\npush-option a=b\n\n" +
	zero + " " + ones + " refs/heads/a\n" + ones + " " + twos + " refs/heads/b\n-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n"

func TestReadRequestCertificate(t *testing.T) {
	in := strings.NewReader(pkt(certified(certificate, []string{"a=b"})...) + "PACK")
	req, err := readRequest(in)
	if err != nil {
		t.Fatal(err)
	}
	if len(req.updates) != 2 || req.updates[1].Name != "refs/heads/b" || req.certificate.Nonce != "1-2" || req.certificate.Text() != certificate {
		t.Errorf("%+v, %+v", req.updates, req.certificate)
	}
	if rest, _ := io.ReadAll(in); string(rest) != "PACK" {
		t.Errorf("what follows is %q", rest)
	}
}

// Git sends an option of no characters as a packet of no bytes.
func TestEmptyPushOption(t *testing.T) {
	r := strings.NewReader(pkt(zero+" "+ones+" refs/heads/a\x00push-options", "") + "0004" + pkt("a=b", "") + "PACK")
	req, err := readRequest(r)
	if err != nil || !slices.Equal(req.options, []string{"", "a=b"}) {
		t.Errorf("%+v, %v", req, err)
	}
	if rest, _ := io.ReadAll(r); string(rest) != "PACK" {
		t.Errorf("what follows is %q", rest)
	}
}

// What one byte says, another must not be able to say otherwise.
func TestPushOptionBytes(t *testing.T) {
	for b := range 256 {
		option := "key" + string([]byte{byte(b)}) + "value"
		req, err := readRequest(strings.NewReader(pkt(zero+" "+ones+" refs/heads/a\x00push-options", "", option, "")))
		plain := b >= 0x20 && b < 0x7f
		switch {
		case plain && (err != nil || !slices.Equal(req.options, []string{option})):
			t.Errorf("%q: %v", option, err)
		case !plain && b != '\n' && !errors.Is(err, errProtocol):
			t.Errorf("%q was taken", option)
		}
	}
	for _, option := range []string{"título=Cálculo", "a;b`c$d\"e'f\\g"} {
		req, err := readRequest(strings.NewReader(pkt(zero+" "+ones+" refs/heads/a\x00push-options", "", option, "")))
		if err != nil || !slices.Equal(req.options, []string{option}) {
			t.Errorf("%q: %v", option, err)
		}
	}
}
