package uploadpack

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver/pktline"
)

// Command is one request of protocol version 2: a [*LsRefs], [*Fetch],
// [*ObjectInfo] or [*BundleURI].
type Command interface {
	// Append adds the request in its normal form: without the client's name and
	// session, what has no order sorted, nothing twice.
	Append(b []byte) []byte

	argument(text []byte) (known bool, err error)
	check() error
}

// LsRefs asks for refs.
type LsRefs struct {
	Peel, Symrefs, Unborn bool
	Prefixes              []string // of the names wanted; none: all
	dropped               bool     // there were too many: all
}

// Fetch asks for objects.
type Fetch struct {
	Selection
	WantRefs    []string
	Haves       []plumbing.Hash
	Relative    bool // deepen counts from where the client's history ends
	ThinPack    bool
	NoProgress  bool
	IncludeTag  bool
	OFSDelta    bool
	SidebandAll bool
	WaitForDone bool
	Done        bool // no more haves are to come: the answer is a pack
}

// ObjectInfo asks for the sizes of objects.
type ObjectInfo struct {
	Size bool
	IDs  []plumbing.Hash
}

// BundleURI asks where bundles are.
type BundleURI struct{}

// ReadCommand reads one request. It is nil when the client has sent a bare
// flush: nothing is wanted. At the end of the stream the error is io.EOF; one
// that matches [ErrRequest] is a message for the client.
func ReadCommand(r *pktline.Reader) (Command, error) {
	var c Command
	budget := maxLines
	empty := true
	kind, err := lines(r, &budget, func(text []byte) error {
		empty = false
		return capability(&c, string(text))
	})
	if errors.Is(err, io.EOF) && !empty {
		err = fault(io.ErrUnexpectedEOF)
	}
	switch {
	case err != nil:
		return nil, err
	case kind == pktline.ResponseEnd:
		return nil, refuse("unexpected response-end")
	case empty && kind == pktline.Flush:
		return nil, nil
	case c == nil:
		return nil, refuse("no command requested")
	case kind == pktline.Flush:
		return c, c.check()
	}
	kind, err = lines(r, &budget, func(text []byte) error {
		known, err := c.argument(text)
		if !known && err == nil {
			err = refuse("unexpected line %.100q", text)
		}
		return err
	})
	if errors.Is(err, io.EOF) {
		err = fault(io.ErrUnexpectedEOF)
	}
	switch {
	case err != nil:
		return nil, err
	case kind != pktline.Flush:
		return nil, refuse("expected a flush after the arguments")
	}
	return c, c.check()
}

// capability takes one line of those before the arguments.
func capability(c *Command, text string) error {
	name, value, _ := strings.Cut(text, "=")
	switch name {
	case "command":
		if *c != nil {
			return refuse("more than one command")
		}
		switch value {
		case "ls-refs":
			*c = &LsRefs{}
		case "fetch":
			*c = &Fetch{}
		case "object-info":
			*c = &ObjectInfo{}
		case "bundle-uri":
			*c = &BundleURI{}
		default:
			return refuse("unknown command %.100q", value)
		}
	case "object-format":
		return checkFormat(value)
	case "agent", "session-id": // who asks makes no difference to the answer
	case "server-option": // nothing depends on one
	default:
		return refuse("unknown capability %.100q", text)
	}
	return nil
}

func checkFormat(name string) error {
	if name != "sha1" {
		return refuse("mismatched object format: the server has sha1, the client %.100q", name)
	}
	return nil
}

// flags takes a line that is one of the words.
func flags(text []byte, words map[string]*bool) bool {
	word := words[string(text)]
	if word != nil {
		*word = true
	}
	return word != nil
}

func (c *LsRefs) words() map[string]*bool {
	return map[string]*bool{"peel": &c.Peel, "symrefs": &c.Symrefs, "unborn": &c.Unborn}
}

func (c *LsRefs) argument(text []byte) (bool, error) {
	prefix, ok := bytes.CutPrefix(text, []byte("ref-prefix "))
	switch {
	case !ok:
		return flags(text, c.words()), nil
	case len(c.Prefixes) == maxPrefixes:
		c.Prefixes, c.dropped = nil, true
	case !c.dropped:
		c.Prefixes = append(c.Prefixes, string(prefix))
	}
	return true, nil
}

func (c *LsRefs) check() error { return nil }

// Append implements [Command].
func (c *LsRefs) Append(b []byte) []byte {
	b = begin(b, "ls-refs")
	b = appendFlags(b, c.words(), "peel", "symrefs", "unborn")
	for _, p := range c.Prefixes {
		b = pktline.Append(b, "ref-prefix ", p)
	}
	return pktline.AppendSpecial(b, pktline.Flush)
}

var fetchWords = []string{"thin-pack", "no-progress", "include-tag", "ofs-delta", "sideband-all", "wait-for-done", "deepen-relative"}

func (c *Fetch) words() map[string]*bool {
	return map[string]*bool{
		"thin-pack": &c.ThinPack, "no-progress": &c.NoProgress, "include-tag": &c.IncludeTag, "ofs-delta": &c.OFSDelta,
		"sideband-all": &c.SidebandAll, "wait-for-done": &c.WaitForDone, "deepen-relative": &c.Relative, "done": &c.Done,
	}
}

func (c *Fetch) argument(text []byte) (bool, error) {
	if known, err := c.line(text); known {
		return true, err
	}
	if id, ok := bytes.CutPrefix(text, []byte("have ")); ok {
		return true, appendID(&c.Haves, id)
	}
	if ref, ok := bytes.CutPrefix(text, []byte("want-ref ")); ok {
		c.WantRefs = append(c.WantRefs, string(ref))
		return true, nil
	}
	return flags(text, c.words()), nil
}

// Append implements [Command]. The haves keep their order: the latest is first.
func (c *Fetch) Append(b []byte) []byte {
	b = begin(b, "fetch")
	b = appendFlags(b, c.words(), fetchWords...)
	b = c.appendLimits(b)
	for _, ref := range c.WantRefs {
		b = pktline.Append(b, "want-ref ", ref)
	}
	b = appendIDs(b, "want ", sorted(c.Wants))
	b = appendIDs(b, "have ", c.Haves)
	b = appendFlags(b, c.words(), "done")
	return pktline.AppendSpecial(b, pktline.Flush)
}

func (c *ObjectInfo) argument(text []byte) (bool, error) {
	if id, ok := bytes.CutPrefix(text, []byte("oid ")); ok {
		return true, appendID(&c.IDs, id)
	}
	return flags(text, map[string]*bool{"size": &c.Size}), nil
}

func (c *ObjectInfo) check() error { return nil }

// Append implements [Command].
func (c *ObjectInfo) Append(b []byte) []byte {
	b = begin(b, "object-info")
	b = appendFlags(b, map[string]*bool{"size": &c.Size}, "size")
	b = appendIDs(b, "oid ", c.IDs)
	return pktline.AppendSpecial(b, pktline.Flush)
}

func (c *BundleURI) argument([]byte) (bool, error) { return false, nil }
func (c *BundleURI) check() error                  { return nil }

// Append implements [Command].
func (c *BundleURI) Append(b []byte) []byte {
	return pktline.AppendSpecial(begin(b, "bundle-uri"), pktline.Flush)
}

func begin(b []byte, command string) []byte {
	b = pktline.Append(b, "command=", command)
	b = pktline.Append(b, "object-format=sha1")
	return pktline.AppendSpecial(b, pktline.Delim)
}

func appendFlags(b []byte, words map[string]*bool, order ...string) []byte {
	for _, w := range order {
		if *words[w] {
			b = pktline.Append(b, w)
		}
	}
	return b
}
