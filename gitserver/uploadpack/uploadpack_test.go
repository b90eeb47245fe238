package uploadpack_test

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver/pktline"
	"github.com/rhaptos/rhaptos/gitserver/uploadpack"
)

var (
	one = strings.Repeat("1", 40)
	two = strings.Repeat("2", 40)
)

// wire turns lines into packets; F and D stand for flush and delimiter.
func wire(lines ...string) string {
	var b []byte
	for _, l := range lines {
		switch l {
		case "F":
			b = pktline.AppendSpecial(b, pktline.Flush)
		case "D":
			b = pktline.AppendSpecial(b, pktline.Delim)
		case "E":
			b = pktline.AppendSpecial(b, pktline.ResponseEnd)
		default:
			b = pktline.Append(b, l)
		}
	}
	return string(b)
}

func reader(s string) *pktline.Reader {
	return pktline.NewReader(strings.NewReader(s), uploadpack.MaxBytes)
}

func id(s string) plumbing.Hash { return plumbing.NewHash(s) }

func TestReadCommand(t *testing.T) {
	for _, c := range []struct {
		name string
		in   string
		want uploadpack.Command
	}{
		{"ls-refs", wire("command=ls-refs\n", "agent=git/2.39.5", "object-format=sha1", "D", "peel\n", "symrefs\n", "unborn\n", "ref-prefix refs/heads/\n", "ref-prefix HEAD\n", "F"),
			&uploadpack.LsRefs{Peel: true, Symrefs: true, Unborn: true, Prefixes: []string{"refs/heads/", "HEAD"}}},
		{"no arguments", wire("command=ls-refs", "F"), &uploadpack.LsRefs{}},
		{"clone", wire("command=fetch", "session-id=abc", "D", "thin-pack", "no-progress", "include-tag", "ofs-delta", "want "+one+"\n", "want "+two+"\n", "done\n", "F"),
			&uploadpack.Fetch{Selection: uploadpack.Selection{Wants: []plumbing.Hash{id(one), id(two)}},
				ThinPack: true, NoProgress: true, IncludeTag: true, OFSDelta: true, Done: true}},
		{"shallow", wire("command=fetch", "D", "want "+one, "shallow "+two, "deepen 3", "deepen-relative", "filter blob:none", "have "+two, "wait-for-done", "sideband-all", "F"),
			&uploadpack.Fetch{Selection: uploadpack.Selection{Wants: []plumbing.Hash{id(one)}, Shallows: []plumbing.Hash{id(two)}, Deepen: 3, Filter: "blob:none"},
				Relative: true, Haves: []plumbing.Hash{id(two)}, WaitForDone: true, SidebandAll: true}},
		{"since and not", wire("command=fetch", "D", "want-ref refs/heads/main", "deepen-since 1600000000", "deepen-not v1", "F"),
			&uploadpack.Fetch{Selection: uploadpack.Selection{Since: 1600000000, Not: []string{"v1"}}, WantRefs: []string{"refs/heads/main"}}},
		{"object-info", wire("command=object-info", "D", "size", "oid "+one, "F"), &uploadpack.ObjectInfo{Size: true, IDs: []plumbing.Hash{id(one)}}},
		{"bundle-uri", wire("command=bundle-uri", "F"), &uploadpack.BundleURI{}},
		{"probe", "0000", nil},
	} {
		got, err := uploadpack.ReadCommand(reader(c.in))
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, %v; want %+v", c.name, got, err, c.want)
		}
	}
	if _, err := uploadpack.ReadCommand(reader("")); !errors.Is(err, io.EOF) || errors.Is(err, uploadpack.ErrRequest) {
		t.Errorf("at the end: %v", err)
	}
}

func TestReadCommandRefuses(t *testing.T) {
	fetch := func(args ...string) string {
		return wire(append(append([]string{"command=fetch", "D"}, args...), "F")...)
	}
	for in, want := range map[string]string{
		wire("agent=git", "F"):                                              "no command requested",
		wire("command=push", "F"):                                           `unknown command "push"`,
		wire("command=ls-refs", "command=fetch", "F"):                       "more than one command",
		wire("command=ls-refs", "object-format=sha256", "F"):                "mismatched object format",
		wire("command=ls-refs", "server-options=x", "F"):                    `unknown capability "server-options=x"`,
		wire("command=ls-refs", "D", "refs", "F"):                           `unexpected line "refs"`,
		wire("command=ls-refs", "D", "peel", "D", "F"):                      "expected a flush",
		wire("command=ls-refs", "E"):                                        "unexpected response-end",
		wire("command=ls-refs", "D", "peel"):                                "the request ended early",
		wire("command=ls-refs"):                                             "the request ended early",
		wire("command=ls-refs", "D") + "00":                                 "the request ended early",
		"0003":                                                              "malformed pkt-line",
		"zzzz":                                                              "malformed pkt-line",
		wire("command=bundle-uri", "D", "x", "F"):                           "unexpected line",
		fetch("want " + one[1:]):                                            "expected an object id",
		fetch("want " + one + " "):                                          "expected an object id",
		fetch("have x"):                                                     "expected an object id",
		fetch("deepen 0"):                                                   `invalid "deepen 0"`,
		fetch("deepen +1"):                                                  "invalid",
		fetch("deepen"):                                                     "invalid",
		fetch("deepen-since -1"):                                            "invalid",
		fetch("deepen 1", "deepen-since 1"):                                 "cannot be used together",
		fetch("deepen 1", "deepen-not x"):                                   "cannot be used together",
		fetch("filter sparse:oid=" + one):                                   "use blob:none, blob:limit=N or tree:N",
		fetch("filter combine:blob:none+sparse:oid=x"):                      "is not served here",
		fetch("filter object:type=blob"):                                    "is not served here",
		fetch("filter tree:0", "filter tree:0"):                             "more than one filter",
		fetch(strings.Split(strings.Repeat("deepen-not x,", 65), ",")...):   "more than 64 lines of deepen-not",
		fetch(strings.Split(strings.Repeat("done,", 250_000), ",")[1:]...):  "more than 250000 lines",
		strings.Repeat(wire("agent="+strings.Repeat("x", 65_000)), 10<<4+2): "more than 10485760 bytes",
	} {
		c, err := uploadpack.ReadCommand(reader(in))
		if !errors.Is(err, uploadpack.ErrRequest) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.100q: %+v, %v; want %q", in, c, err, want)
		}
	}
}

// Two clients that mean the same ask with the same bytes.
func TestNormalForm(t *testing.T) {
	normal := func(lines ...string) string {
		c, err := uploadpack.ReadCommand(reader(wire(lines...)))
		if err != nil {
			t.Fatal(err)
		}
		return string(c.Append(nil))
	}
	a := normal("command=fetch", "agent=git/2.39.5", "session-id=1", "object-format=sha1", "D", "thin-pack", "ofs-delta", "want "+one, "want "+two, "done", "F")
	b := normal("agent=dulwich", "command=fetch\n", "D", "want "+two, "want "+one, "want "+two, "ofs-delta", "done\n", "thin-pack\n", "F")
	if a != b {
		t.Errorf("%q\n%q", a, b)
	}
	for _, other := range [][]string{
		{"command=fetch", "D", "thin-pack", "ofs-delta", "want " + one, "done", "F"},
		{"command=fetch", "D", "thin-pack", "ofs-delta", "want " + one, "want " + two, "F"},
		{"command=fetch", "D", "thin-pack", "ofs-delta", "want " + one, "want " + two, "have " + two, "done", "F"},
		{"command=fetch", "D", "thin-pack", "ofs-delta", "want " + one, "want " + two, "filter tree:1", "done", "F"},
	} {
		if normal(other...) == a {
			t.Errorf("%q is taken for another request", other)
		}
	}
}

// A million prefixes are a hint that is not worth following.
func TestTooManyPrefixes(t *testing.T) {
	args := make([]string, 0, 70_000)
	args = append(args, "command=ls-refs", "D")
	for range 66_000 {
		args = append(args, "ref-prefix x")
	}
	c, err := uploadpack.ReadCommand(reader(wire(append(args, "F")...)))
	if err != nil || len(c.(*uploadpack.LsRefs).Prefixes) != 0 {
		t.Errorf("%v", err)
	}
}

func TestReadWants(t *testing.T) {
	in := strings.NewReader(wire("want "+two+" thin-pack ofs-delta agent=x session-id=y object-format=sha1 multi_ack_detailed filter\n", "want "+one+"\n",
		"shallow "+one+"\n", "deepen 2\n", "filter blob:limit=1k\n", "F") + wire("have "+one+"\n", "F", "have "+two+"\n", "done\n"))
	r := pktline.NewReader(in, uploadpack.MaxBytes)
	w, err := uploadpack.ReadWants(r)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(w.Append(nil)), wire("want "+one+" filter multi_ack_detailed ofs-delta thin-pack\n", "want "+two+"\n", "shallow "+one, "deepen 2", "filter blob:limit=1k", "F"); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	n, err := uploadpack.ReadNegotiation(r)
	if err != nil || !n.Done {
		t.Fatalf("%+v, %v", n, err)
	}
	if got, want := string(n.Append(nil)), wire("have "+one+"\n", "F", "have "+two+"\n", "done\n"); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if w, err := uploadpack.ReadWants(reader("0000")); w != nil || err != nil {
		t.Errorf("nothing wanted: %+v, %v", w, err)
	}
	if _, err := uploadpack.ReadWants(reader("")); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
	if n, err := uploadpack.ReadNegotiation(reader("")); err != nil || n.Done || len(n.Append(nil)) != 0 {
		t.Errorf("no haves: %+v, %v", n, err)
	}
}

func TestReadWantsRefuses(t *testing.T) {
	for in, want := range map[string]string{
		wire("have " + one):                                      "expected a want first",
		wire("want " + one + "x"):                                "expected an object id",
		wire("want "+one, "have "+one, "F"):                      "unexpected line",
		wire("want "+one, "filter tree:0", "F"):                  "a filter without the capability",
		wire("want "+one+" filter", "filter combine:x", "F"):     "is not served here",
		wire("want "+one+" object-format=sha256", "F"):           "mismatched object format",
		wire("want "+one, "D"):                                   "expected a flush",
		wire("want " + one):                                      "the request ended early",
		wire("want "+one, "deepen 1\n", "deepen-since 1\n", "F"): "cannot be used together",
		"0003": "malformed pkt-line",
	} {
		if w, err := uploadpack.ReadWants(reader(in)); !errors.Is(err, uploadpack.ErrRequest) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %+v, %v; want %q", in, w, err, want)
		}
	}
	for in, want := range map[string]string{
		wire("want "+one, "F"):          "expected a have",
		wire("have 1", "F"):             "expected an object id",
		wire("have "+one, "D"):          "expected a flush",
		wire("have "+one) + "0":         "the request ended early",
		strings.Repeat("0000", 250_001): "more than 250000 lines",
	} {
		if n, err := uploadpack.ReadNegotiation(reader(in)); !errors.Is(err, uploadpack.ErrRequest) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %+v, %v; want %q", in, n, err, want)
		}
	}
}

// A request that is taken means the same when it is written and read again,
// and has one way of being written.
func FuzzReadCommand(f *testing.F) {
	for _, s := range []string{
		wire("command=ls-refs\n", "agent=git", "D", "peel\n", "ref-prefix refs/", "F"),
		wire("command=fetch", "session-id=1", "D", "want "+one, "shallow "+two, "deepen 3", "filter tree:1", "have "+two, "done", "F"),
		wire("command=fetch", "D", "want-ref refs/heads/main", "deepen-since 16", "deepen-not v1", "F"),
		wire("command=object-info", "D", "size", "oid "+one, "F"), wire("command=bundle-uri", "F"), "0000", "0001", "",
		wire("command=fetch", "server-option=x", "D", "want "+one, "filter combine:tree%3A1+blob:none+tree:1", "done", "F"),
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		c, err := uploadpack.ReadCommand(pktline.NewReader(bytes.NewReader(in), 1<<20))
		if err != nil || c == nil {
			return
		}
		normal := c.Append(nil)
		again, err := uploadpack.ReadCommand(pktline.NewReader(bytes.NewReader(normal), 1<<20))
		if err != nil {
			t.Fatalf("%q is refused as %q: %v", in, normal, err)
		}
		if second := again.Append(nil); !bytes.Equal(normal, second) {
			t.Fatalf("%q is written as %q and then as %q", in, normal, second)
		}
		if got, want := meaning(again), meaning(c); !reflect.DeepEqual(got, want) {
			t.Fatalf("%q means %v, written again %v", in, want, got)
		}
	})
}

// meaning is a command with what has no order made a set.
func meaning(c uploadpack.Command) any {
	f, ok := c.(*uploadpack.Fetch)
	if !ok {
		return c
	}
	set := func(ids []plumbing.Hash) map[plumbing.Hash]bool {
		m := map[plumbing.Hash]bool{}
		for _, id := range ids {
			m[id] = true
		}
		return m
	}
	rest := *f
	rest.Wants, rest.Shallows = nil, nil
	return []any{rest, set(f.Wants), set(f.Shallows)}
}

// As for commands; what the negotiation leaves behind "done" is not read.
func FuzzReadWants(f *testing.F) {
	for _, s := range []string{
		wire("want "+one+" thin-pack agent=x filter", "want "+two, "deepen 1", "filter blob:none", "F", "have "+one, "F", "done"),
		wire("want "+one+"\n", "F", "done\n"), "0000",
	} {
		f.Add([]byte(s))
	}
	read := func(in []byte) (*uploadpack.Wants, *uploadpack.Negotiation, []byte) {
		r := pktline.NewReader(bytes.NewReader(in), 1<<20)
		w, err := uploadpack.ReadWants(r)
		if err != nil || w == nil {
			return nil, nil, nil
		}
		n, err := uploadpack.ReadNegotiation(r)
		if err != nil {
			return nil, nil, nil
		}
		return w, n, n.Append(w.Append(nil))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		w, n, normal := read(in)
		if w == nil {
			return
		}
		w2, n2, second := read(normal)
		if w2 == nil || !bytes.Equal(normal, second) || !reflect.DeepEqual(n, n2) || !reflect.DeepEqual(w.Capabilities, w2.Capabilities) {
			t.Fatalf("%q is written as %q and then as %q", in, normal, second)
		}
	})
}
