package compare

import (
	"hash/maphash"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// seed makes hashes of this process. They never leave it, and what is found to
// be equal does not depend on it.
var seed = maphash.MakeSeed()

func hashOf(s string) uint64 { return maphash.String(seed, s) }

func mix(h, with uint64) uint64 { return (h^with)*0x9E3779B97F4A7C15 + h>>29 }

// smallHash is FNV-1a (RFC 9923).
func smallHash(s string) uint32 {
	h := uint32(2166136261)
	for i := range len(s) {
		h = (h ^ uint32(s[i])) * 16777619
	}
	return h
}

// token is the smallest piece of a line that is compared: a word, a mark of
// punctuation, a formula, an image. A silent one is shown and not compared:
// space, and elements with nothing in them.
type token struct {
	key    uint64
	loose  uint64       // the same for all numbers that the book's structure gives, else key
	small  uint32       // of its text, the same in every process
	text   string       // with the space behind it in its own text node
	node   *html.Node   // of what is no text
	path   []*html.Node // elements of the line that it is in, outermost first
	word   bool         // counts as a word
	number bool         // is a number that the book's structure gives
	image  bool
	silent bool
}

// maxNested limits the elements around a word that are told apart. An element
// nested deeper in a line is one token.
const maxNested = 16

// lexer reads the blocks of an article, and the tokens of its lines.
type lexer struct {
	digest  func(path string) string // of a file of the edition; empty if it has none
	holders map[*html.Node]bool      // elements that are no blocks and hold one
	tokens  []token                  // of the line that is being read
	exact   bool                     // white space counts
}

// line reads the tokens of a run of phrasing content.
func (l *lexer) line(nodes []*html.Node, exact bool) []token {
	l.tokens, l.exact = l.tokens[:0], exact
	for _, n := range nodes {
		l.node(n, nil, around{})
	}
	return slices.Clone(l.tokens)
}

// around describes the elements around a word.
type around struct {
	format uint64 // how it is meant
	label  bool   // it is a number or a label that the renderer makes
	link   bool   // it is in a link within the book
}

func (l *lexer) node(n *html.Node, path []*html.Node, c around) {
	switch {
	case n.Type == html.TextNode:
		l.text(n.Data, path, c)
		return
	case n.Type != html.ElementNode:
		return
	case isWhole(n) || len(path) == maxNested:
		l.whole(n, path)
		return
	}
	if in(n, formatting) {
		c.format = mix(c.format, uint64(n.DataAtom))
	}
	c.label = c.label || isLabel(attribute(n, "class"))
	if n.DataAtom == atom.A {
		href := attribute(n, "href")
		if c.link = isInternal(href); !c.link {
			c.format = mix(c.format, hashOf(href))
		}
	}
	before := len(l.tokens)
	inside := append(path[:len(path):len(path)], n)
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		l.node(child, inside, c)
	}
	if len(l.tokens) == before {
		l.tokens = append(l.tokens, token{node: n, path: path, silent: true})
	}
}

// isLabel reports whether an element of the class holds a number or a label that
// the renderer makes.
func isLabel(class string) bool {
	return class == "number" || class == "label" || class == "footnote-mark"
}

// isInternal reports whether an address is in the book itself, or in another of
// its library.
func isInternal(href string) bool {
	i := strings.IndexAny(href, ":/?#")
	return !strings.HasPrefix(href, "//") && (i < 0 || href[i] != ':')
}

func (l *lexer) whole(n *html.Node, path []*html.Node) {
	t := token{node: n, path: path, key: l.wholeKey(n)}
	t.loose = t.key
	switch {
	case n.Namespace == "math" || !isWhole(n):
		t.word = true
	case is(n, atom.Br):
	case is(n, atom.Script, atom.Style, atom.Template):
		t.silent = true
	default:
		t.image = true
	}
	l.tokens = append(l.tokens, t)
}

// wholeKey is a hash of what is seen of an element: its text, its attributes but
// those that only say how it is found or laid out, and the bytes of the files
// that it shows.
func (l *lexer) wholeKey(n *html.Node) uint64 {
	if n.Type == html.TextNode {
		return hashOf(n.Data)
	}
	h := hashOf(n.Data)
	for _, a := range n.Attr {
		switch a.Key {
		case "id", "class", "alt", "title", "width", "height", "loading", "decoding", "srcset", "sizes", "alttext", "xmlns", "lang":
		case "src", "href", "poster", "data":
			h = mix(mix(h, hashOf(a.Key)), hashOf(l.file(a.Val)))
		default:
			if !strings.HasPrefix(a.Key, "aria-") && !strings.HasPrefix(a.Key, "data-") {
				h = mix(mix(h, hashOf(a.Key)), hashOf(a.Val))
			}
		}
	}
	for child := range n.ChildNodes() {
		h = mix(h, l.wholeKey(child))
	}
	return h
}

// file is the digest of what the address leads to, or the address.
func (l *lexer) file(address string) string {
	if path, err := url.PathUnescape(address); err == nil {
		if d := l.digest(path); d != "" {
			return d
		}
	}
	return address
}

// text reads the tokens of a text node.
func (l *lexer) text(s string, path []*html.Node, c around) {
	first, last := len(l.tokens), 0 // the first token of the text, and where the latest one begins
	for at := 0; at < len(s); {
		n, word := piece(s[at:])
		t := token{text: s[at : at+n], path: path, word: word}
		space := isSpace(t.text)
		if space && !l.exact && len(l.tokens) > first {
			at += n
			l.tokens[len(l.tokens)-1].text = s[last:at]
			continue
		}
		switch {
		case space && l.exact:
			t.key = hashOf(t.text)
		case space:
			t.silent = true
		default:
			t.key = mix(hashOf(t.text), c.format)
			t.small = smallHash(t.text)
			t.number = c.label || c.link && strings.ContainsFunc(t.text, unicode.IsDigit)
		}
		if t.loose = t.key; t.number {
			t.loose, t.small = mix(numberHash, c.format), numberSmall
		}
		l.tokens = append(l.tokens, t)
		last = at
		at += n
	}
}

// What stands for all numbers that the book's structure gives.
var numberHash, numberSmall = hashOf("number"), smallHash("number")

func isSpace(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsSpace(r)
}

// piece is the length of the first piece of a text that is not empty: a run of
// white space (a line break ends it), a word, or a single character.
func piece(s string) (n int, word bool) {
	r, size := utf8.DecodeRuneInString(s)
	switch {
	case unicode.IsSpace(r):
		for n < len(s) {
			r, size := utf8.DecodeRuneInString(s[n:])
			if !unicode.IsSpace(r) {
				break
			}
			n += size
			if r == '\n' {
				break
			}
		}
		return n, false
	case !isLetter(r):
		return size, false
	case isAlone(r):
		return size, true
	}
	for n < len(s) {
		r, size := utf8.DecodeRuneInString(s[n:])
		if isLetter(r) && !isAlone(r) {
			n += size
			continue
		}
		next, _ := utf8.DecodeRuneInString(s[n+size:])
		if !strings.ContainsRune(".,'’-_\u00ad", r) || !isLetter(next) || isAlone(next) {
			break
		}
		n += size
	}
	return n, true
}

func isLetter(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }

// isAlone holds for the scripts that put no space between words.
func isAlone(r rune) bool {
	return r >= 0x0E00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}
