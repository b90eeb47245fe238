package negotiate

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"testing"
)

func TestRanges(t *testing.T) {
	const size = 4800
	tests := []struct {
		field string
		want  string // start+length, "unsatisfiable", "malformed"
	}{
		{"bytes=0-0", "0+1"},
		{"bytes=0-499", "0+500"},
		{"bytes=500-", "500+4300"},
		{"bytes=-500", "4300+500"},
		{"bytes=0-99999", "0+4800"},
		{"bytes=-99999", "0+4800"},
		{"bytes=4799-4799", "4799+1"},
		{"bytes=4800-", "unsatisfiable"},
		{"bytes=-0", "unsatisfiable"},
		{"bytes=99999999999999999999999-", "unsatisfiable"},
		{"bytes=1-99999999999999999999999", "1+4799"},
		{"BYTES=0-0", "0+1"},
		{"bytes= 0-0 ,", "0+1"},
		{"bytes=0-1,3-4", "malformed"},
		{"bytes=5-4", "malformed"},
		{"bytes=-", "malformed"},
		{"bytes=", "malformed"},
		{"bytes=a-b", "malformed"},
		{"bytes=0 - 1", "malformed"},
		{"bytes=+1-2", "malformed"},
		{"bytes=1--2", "malformed"},
		{"bytes", "malformed"},
		{"bytes =0-1", "malformed"},
		{"", "malformed"},
	}
	for _, tt := range tests {
		if got := resolveOne([]string{tt.field}, size); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.field, got, tt.want)
		}
	}
	if _, _, ok := CutRange([]string{"bytes=0-1", "bytes=0-1"}); ok {
		t.Error("a field that comes twice was read")
	}
	if unit, set, ok := CutRange([]string{"Pages=3"}); !ok || unit != "pages" || set != "3" {
		t.Errorf("CutRange = %q, %q, %v", unit, set, ok)
	}
	if list, ok := ParseByteRanges("0-1,5-6,-3", 3); !ok || len(list) != 3 {
		t.Errorf("three ranges: %v, %v", list, ok)
	}
	if list, ok := ParseByteRanges(strings.Repeat("0-,", 10_000), 4); ok || list != nil {
		t.Error("ten thousand ranges were read")
	}
}

func resolveOne(values []string, size int64) string {
	unit, set, ok := CutRange(values)
	list, okSet := ParseByteRanges(set, 1)
	if !ok || !okSet || unit != Bytes {
		return "malformed"
	}
	start, length, ok := list[0].Resolve(size)
	if !ok {
		return "unsatisfiable"
	}
	return fmt.Sprintf("%d+%d", start, length)
}

// FuzzRange compares with 14.1.2 in numbers of any size.
func FuzzRange(f *testing.F) {
	for _, s := range []string{"bytes=0-", "bytes=-5", "bytes=3-2", "bytes=18446744073709551616-", "bytes=0-1,2-3", "bytes=-0"} {
		f.Add(s, int64(100))
	}
	f.Add("bytes=0-0", int64(0))
	grammar := regexp.MustCompile(`^(?i:bytes)=[ \t,]*(?:(\d+)-(\d*)|-(\d+))[ \t,]*$`)
	f.Fuzz(func(t *testing.T, field string, size int64) {
		if size < 0 || strings.Trim(field, " \t") != field {
			return
		}
		if got, want := resolveOne([]string{field}, size), slowRange(grammar.FindStringSubmatch(field), size); got != want {
			t.Fatalf("%q of %d: %s, want %s", field, size, got, want)
		}
	})
}

func slowRange(m []string, size int64) string {
	if m == nil {
		return "malformed"
	}
	end := new(big.Int).Sub(big.NewInt(size), big.NewInt(1))
	first, last := number(m[1]), number(m[2])
	switch {
	case m[3] != "":
		first, last = new(big.Int).Sub(big.NewInt(size), number(m[3])), end
		if first.Sign() < 0 {
			first = new(big.Int)
		}
	case m[2] == "":
		last = end
	case last.Cmp(first) < 0:
		return "malformed"
	}
	if last.Cmp(end) > 0 {
		last = end
	}
	if first.Cmp(last) > 0 {
		return "unsatisfiable"
	}
	length := new(big.Int).Sub(last, first)
	return fmt.Sprintf("%s+%s", first, length.Add(length, big.NewInt(1)))
}

func number(s string) *big.Int {
	n, _ := new(big.Int).SetString("0"+s, 10)
	return n
}
