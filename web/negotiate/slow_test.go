package negotiate

import (
	"regexp"
	"strings"
	"testing"
)

// Readings of the weighted fields that are as plain as their sections in the
// RFC, and as slow as need be.

// wanted is an element of a field.
type wanted struct {
	name    string
	quality int
}

var element = regexp.MustCompile(`(?i)^[ \t]*([!#$%&'*+.^_\x60|~0-9a-z-]+)[ \t]*(?:;[ \t]*q[ \t]*=[ \t]*(0|1|0\.[0-9]{0,3}|1\.0{0,3})[ \t]*)?$`)

// read is false for a field that has more in it than the grammar knows: about
// those the fast readings promise less.
func read(field string) ([]wanted, bool) {
	var list []wanted
	for part := range strings.SplitSeq(field, ",") {
		if strings.Trim(part, " \t") == "" {
			continue
		}
		m := element.FindStringSubmatch(part)
		if m == nil {
			return nil, false
		}
		w := wanted{strings.ToLower(m[1]), 1000}
		if m[2] != "" {
			digits := strings.ReplaceAll(m[2], ".", "") + "000"
			w.quality = 0
			for _, c := range digits[:4] {
				w.quality = w.quality*10 + int(c-'0')
			}
		}
		list = append(list, w)
	}
	return list, true
}

// weigh is the quality of a name: what is said of it first, or else of "*", or
// else the rest.
func weigh(list []wanted, names []string, rest int) int {
	for _, w := range list {
		for _, name := range names {
			if w.name == name {
				return w.quality
			}
		}
	}
	for i := range list { // of several wildcards the last counts
		if w := list[len(list)-1-i]; w.name == "*" {
			return w.quality
		}
	}
	return rest
}

func bestOf(qualities []int) (int, bool) {
	index := 0
	for i, q := range qualities {
		if q > qualities[index] {
			index = i
		}
	}
	return index, qualities[index] > 0
}

// FuzzSlowEncoding reads 12.5.3.
func FuzzSlowEncoding(f *testing.F) {
	for _, s := range []string{"", "gzip", "br;q=0.5, gzip;q=0.1", "identity;q=0", "*;q=0", "X-GZIP, *;q=0.5,*;q=0", " , gzip ; q = 1.000"} {
		f.Add(s)
	}
	offers := []string{"zstd", "gzip", ""}
	f.Fuzz(func(t *testing.T, field string) {
		list, ok := read(field)
		if !ok {
			return
		}
		var qualities []int
		for _, offer := range offers {
			if offer == "" {
				qualities = append(qualities, weigh(list, []string{"identity", "x-identity"}, 1))
			} else {
				qualities = append(qualities, weigh(list, []string{offer, "x-" + offer}, 0))
			}
		}
		want, wantOK := bestOf(qualities)
		if got, ok := Encoding([]string{field}, offers); ok != wantOK || ok && got != want {
			t.Fatalf("%q: %d %v, want %d %v", field, got, ok, want, wantOK)
		}
	})
}

// FuzzSlowCharset reads 12.5.2.
func FuzzSlowCharset(f *testing.F) {
	for _, s := range []string{"", "utf-8", "iso-8859-1;q=0.5, UTF-8;q=0.1", "*;q=0", "*,utf-8;q=0", "x"} {
		f.Add(s)
	}
	offers := []string{"utf-8", "ISO-8859-1"}
	f.Fuzz(func(t *testing.T, field string) {
		list, ok := read(field)
		if !ok {
			return
		}
		want, wantOK := 0, true
		if len(list) > 0 {
			want, wantOK = bestOf([]int{weigh(list, []string{"utf-8"}, 0), weigh(list, []string{"iso-8859-1"}, 0)})
		}
		if got, ok := Charset([]string{field}, offers); ok != wantOK || ok && got != want {
			t.Fatalf("%q: %d %v, want %d %v", field, got, ok, want, wantOK)
		}
	})
}

// FuzzSlowLanguage reads 12.5.4 and RFC 4647 section 3.4, for ranges that name
// no tag twice.
func FuzzSlowLanguage(f *testing.F) {
	for _, s := range []string{"", "en", "de-CH, en;q=0.5", "*;q=0.1, zh-Hant-TW", "en;q=0,*", "en-GB;q=0, en", "de-a-b;q=0.3"} {
		f.Add(s)
	}
	offers := []string{"de", "en-GB", "zh-Hant", "en"}
	f.Fuzz(func(t *testing.T, field string) {
		all, ok := read(field)
		if !ok {
			return
		}
		var list []wanted
		for _, w := range all {
			if isLanguageRange(w.name) {
				list = append(list, w)
			}
		}
		want, wantOK := slowLanguage(list, offers)
		if got, ok := Language([]string{field}, offers); ok != wantOK || ok && got != want {
			t.Fatalf("%q: %d %v, want %d %v", field, got, ok, want, wantOK)
		}
	})
}

func slowLanguage(list []wanted, offers []string) (int, bool) {
	if len(list) == 0 {
		return 0, true
	}
	isUnder := func(tag, of string) bool { return strings.HasPrefix(tag+"-", of+"-") }
	refused := func(offer string) bool {
		tag, longest, zero := strings.ToLower(offer), -1, false
		for _, w := range list {
			if isUnder(tag, w.name) && len(w.name) > longest {
				longest, zero = len(w.name), w.quality == 0
			}
		}
		return zero
	}
	for quality := 1000; quality > 0; quality-- {
		for _, w := range list {
			if w.quality != quality {
				continue
			}
			for _, matches := range stages(w.name, isUnder) {
				for i, offer := range offers {
					if matches(strings.ToLower(offer)) && !refused(offer) {
						return i, true
					}
				}
			}
		}
	}
	return 0, false
}

// stages are the tests that a tag must pass to be found for a range, one after
// the other.
func stages(of string, isUnder func(tag, of string) bool) []func(string) bool {
	if of == "*" {
		return []func(string) bool{func(string) bool { return true }}
	}
	var list []func(string) bool
	subtags := strings.Split(of, "-")
	for n := len(subtags); n > 0; n-- {
		if n < len(subtags) && len(subtags[n-1]) == 1 {
			continue // goes with the one behind it
		}
		prefix := strings.Join(subtags[:n], "-")
		list = append(list, func(tag string) bool { return tag == prefix })
	}
	return append(list, func(tag string) bool { return isUnder(tag, of) })
}

func TestCharset(t *testing.T) {
	offers := []string{"utf-8", "iso-8859-1"}
	for _, tt := range []struct {
		field []string
		want  string
	}{
		{nil, "utf-8"}, {[]string{""}, "utf-8"}, {[]string{"ISO-8859-1"}, "iso-8859-1"}, {[]string{"iso-8859-1;q=0.5, *;q=0.6"}, "utf-8"},
		{[]string{"koi8-r"}, ""}, {[]string{"*;q=0"}, ""}, {[]string{"utf-8;q=0", "*"}, "iso-8859-1"},
	} {
		checkChoice(t, offers, tt.want)(Charset(tt.field, offers))
	}
}
