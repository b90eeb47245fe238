package negotiate

import (
	"regexp"
	"testing"
)

func TestEncoding(t *testing.T) {
	all := []string{"zstd", "br", "gzip", ""}
	tests := []struct {
		name   string
		field  []string
		offers []string
		want   string
		ok     bool
	}{
		{"no field", nil, all, "", true},
		{"no field, no identity", nil, []string{"gzip"}, "gzip", true},
		{"empty field", []string{""}, all, "", true},
		{"empty field, no identity", []string{""}, []string{"gzip"}, "", false},
		{"server's order", []string{"gzip, br, zstd"}, all, "zstd", true},
		{"weights", []string{"gzip;q=1.0, br;q=0.5"}, all, "gzip", true},
		{"low weight before identity", []string{"gzip;q=0.002"}, all, "gzip", true},
		{"unknown coding", []string{"compress"}, all, "", true},
		{"identity wanted", []string{"identity;q=1, gzip;q=0.5"}, all, "", true},
		{"identity refused", []string{"identity;q=0"}, []string{""}, "", false},
		{"all refused", []string{"identity;q=0, *;q=0"}, all, "", false},
		{"wildcard refuses identity too", []string{"*;q=0"}, []string{""}, "", false},
		{"wildcard", []string{"*"}, all, "zstd", true},
		{"wildcard but one", []string{"zstd;q=0, *"}, all, "br", true},
		{"old name", []string{"x-gzip"}, all, "gzip", true},
		{"case", []string{"GZIP"}, all, "gzip", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			i, ok := Encoding(tt.field, tt.offers)
			if ok != tt.ok || ok && tt.offers[i] != tt.want {
				t.Errorf("Encoding(%q) = %d, %v; want %q, %v", tt.field, i, ok, tt.want, tt.ok)
			}
		})
	}
}

// FuzzEncoding compares with a reading by regular expression: a coding named
// once in a field of nothing but well-formed elements, with the weight that
// stands there, and identity when nothing is said of it.
func FuzzEncoding(f *testing.F) {
	for _, s := range []string{"", "gzip", "gzip;q=0", "br;q=0.5, gzip;q=0.1", "identity;q=0", "*;q=0", "gzip, gzip;q=0", "\"", ";q=1"} {
		f.Add(s)
	}
	simple := regexp.MustCompile(`^gzip(?:;q=(0(?:\.[0-9]{1,3})?|1(?:\.0{1,3})?))?$`)
	f.Fuzz(func(t *testing.T, field string) {
		values := []string{field}
		i, ok := Encoding(values, []string{"gzip", ""})
		if i < 0 || i > 1 {
			t.Fatalf("index %d", i)
		}
		if m := simple.FindStringSubmatch(field); m != nil {
			zero := regexp.MustCompile(`^0(\.0*)?$`).MatchString(m[1])
			if !ok || (i == 1) != zero && m[1] != "0.001" {
				t.Fatalf("%q: %d %v", field, i, ok)
			}
		}
		if _, onlyGzip := Encoding(values, []string{"gzip"}); onlyGzip && !ok {
			t.Fatalf("%q: an offer more made none acceptable", field)
		}
		if !ok {
			for _, c := range parseWeighted(nil, values, isToken) {
				if (c.value == Identity || c.value == "*") && c.quality == 0 {
					return
				}
			}
			t.Fatalf("%q: identity refused without being excluded", field)
		}
	})
}
