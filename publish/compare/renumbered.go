package compare

import (
	"bytes"

	"golang.org/x/net/html"
)

// renumbered reports whether two articles differ in nothing but numbers that the
// book's structure gives, and in how many of them. It reads both side by side and
// builds no tree: a chapter in front of all others gives every page other numbers.
// It does not look into formulas and the like, and where it is not sure, what is
// found to be the same must be so byte by byte.
func renumbered(old, new []byte) (numbers int, ok bool) {
	r := sideBySide{old: html.NewTokenizer(bytes.NewReader(old)), new: html.NewTokenizer(bytes.NewReader(new))}
	for {
		kind := r.old.Next()
		if r.new.Next() != kind {
			return 0, false
		}
		if kind == html.ErrorToken { // the end of both
			return r.numbers, r.endTag == ""
		}
		if !r.token(kind) {
			return 0, false
		}
	}
}

// sideBySide is where two articles are read.
type sideBySide struct {
	old, new *html.Tokenizer
	numbers  int
	whole    string // name of the formula, image or the like that is being read
	depth    int    // how many elements of this name are open in it
	around   around // what the tag that was read last says of a text right behind it
	name     string // of that tag's element; empty if it says nothing
	endTag   string // must come next: a number fills its element
}

// token reads one token of each, of the same kind; false if they differ in more
// than a number.
func (r *sideBySide) token(kind html.TokenType) bool {
	name := r.name
	r.name = ""
	if r.endTag != "" && kind != html.EndTagToken {
		return false
	}
	same := bytes.Equal(r.old.Raw(), r.new.Raw())
	switch kind {
	case html.TextToken:
		return same || name != "" && r.text(name)
	case html.StartTagToken:
		return r.startTag(same)
	case html.EndTagToken:
		return same && r.end()
	case html.SelfClosingTagToken:
		tag, _ := r.old.TagName()
		return same && !opaque[string(tag)] // what ends it depends on where it is
	case html.CommentToken:
		return same && !bytes.HasPrefix(r.old.Raw(), []byte("<![")) // which the tree may have as text
	}
	return same
}

// startTag reads a start tag. Where a link leads within the book may differ.
func (r *sideBySide) startTag(same bool) bool {
	tag, hasAttr := r.old.TagName()
	switch string(tag) {
	case "span", "a":
	default:
		if r.whole == "" && opaque[string(tag)] {
			r.whole = string(tag)
		}
		if string(tag) == r.whole {
			r.depth++
		}
		return same
	}
	if r.whole != "" {
		return same
	}
	name, class, link := string(tag), "", string(tag) == "a"
	if newTag, has := r.new.TagName(); string(newTag) != name || has != hasAttr {
		return false
	}
	for more := hasAttr; more; {
		var key, value []byte
		key, value, more = r.old.TagAttr()
		newKey, newValue, newMore := r.new.TagAttr()
		if !bytes.Equal(key, newKey) || more != newMore {
			return false
		}
		switch k := string(key); {
		case k == "href" && link:
			internal := isInternal(string(value))
			if !bytes.Equal(value, newValue) && !(internal && isInternal(string(newValue))) {
				return false
			}
			link = internal
		case !bytes.Equal(value, newValue):
			return false
		case k == "class":
			class = string(value)
		}
	}
	if r.around = (around{label: isLabel(class), link: link}); r.around.label || link {
		r.name = name
	}
	return true
}

func (r *sideBySide) end() bool {
	tag, _ := r.old.TagName()
	if r.endTag != "" && string(tag) != r.endTag {
		return false
	}
	r.endTag = ""
	if r.whole != "" && string(tag) == r.whole {
		if r.depth--; r.depth == 0 {
			r.whole = ""
		}
	}
	return true
}

// text counts the numbers in which two texts right behind a start tag differ.
func (r *sideBySide) text(name string) bool {
	read := func(z *html.Tokenizer) []token {
		l := &lexer{exact: true}
		l.text(string(z.Text()), nil, r.around)
		return l.tokens
	}
	old, new := read(r.old), read(r.new)
	if len(old) != len(new) {
		return false
	}
	for i := range old {
		if old[i].loose != new[i].loose {
			return false
		}
		if old[i].key != new[i].key {
			r.numbers++
		}
	}
	r.endTag = name
	return true
}

// opaque are the names of elements that are not looked into and have an end.
var opaque = func() map[string]bool {
	names := map[string]bool{"math": true}
	for a := range wholes {
		names[a.String()] = true
	}
	for _, void := range []string{"br", "embed", "img", "input"} {
		delete(names, void)
	}
	return names
}()
