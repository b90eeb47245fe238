package negotiate

import (
	"strings"
	"testing"
)

func TestLanguage(t *testing.T) {
	tests := []struct {
		name   string
		field  []string
		offers []string
		want   string
	}{
		{"no field", nil, []string{"de", "en"}, "de"},
		{"exact", []string{"en"}, []string{"de", "en"}, "en"},
		{"case", []string{"EN-gb"}, []string{"de", "en-GB"}, "en-GB"},
		{"shortened", []string{"de-CH-1996"}, []string{"en", "de"}, "de"},
		{"shortened over a single letter", []string{"zh-Hant-CN-x-private1-private2"}, []string{"en", "zh-Hant"}, "zh-Hant"},
		{"first range shortened before the second", []string{"de-CH, en"}, []string{"en", "de"}, "de"},
		{"weights", []string{"en;q=0.4, pl;q=0.8"}, []string{"en", "pl"}, "pl"},
		{"more specific tag", []string{"en"}, []string{"de", "en-GB"}, "en-GB"},
		{"exact before more specific", []string{"en"}, []string{"en-GB", "en"}, "en"},
		{"wildcard last", []string{"*, fr;q=0.5"}, []string{"de", "fr"}, "de"},
		{"none", []string{"fr"}, []string{"de", "en"}, ""},
		{"zero excludes", []string{"en;q=0, *"}, []string{"en", "de"}, "de"},
		{"zero excludes what is under it", []string{"en;q=0, *"}, []string{"en-GB", "de"}, "de"},
		{"longer range wins over zero", []string{"en;q=0, en-GB"}, []string{"en-GB"}, "en-GB"},
		{"prefix is not a subtag", []string{"e"}, []string{"en"}, ""},
		{"not a language", []string{"1234567890, _"}, []string{"en"}, "en"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			checkChoice(t, tt.offers, tt.want)(Language(tt.field, tt.offers))
		})
	}
}

// FuzzLanguage checks by the definition: a tag that is chosen is begun by a
// range of non-zero weight, or begins one, or the field has a wildcard; and no
// tag is refused that a range names exactly.
func FuzzLanguage(f *testing.F) {
	for _, s := range []string{"", "en", "de-CH, en;q=0.5", "*;q=0.1, zh-Hant-TW", "en;q=0,*", "i-klingon", "x;q=9"} {
		f.Add(s)
	}
	offers := []string{"de", "en-GB", "zh-Hant", "en"}
	f.Fuzz(func(t *testing.T, field string) {
		values := []string{field}
		ranges := parseWeighted(nil, values, isLanguageRange)
		i, ok := Language(values, offers)
		if i < 0 || i >= len(offers) {
			t.Fatalf("index %d", i)
		}
		related := len(ranges) == 0
		for _, r := range ranges {
			for _, offer := range offers {
				if strings.EqualFold(r.value, offer) && r.quality > 0 && !excluded(ranges, r.value) && !ok {
					t.Fatalf("%q: refused %s", field, offer)
				}
			}
			tag := strings.ToLower(offers[i])
			if r.quality > 0 && (r.value == "*" || strings.HasPrefix(tag, strings.ToLower(r.value)) || strings.HasPrefix(strings.ToLower(r.value), tag)) {
				related = true
			}
		}
		if ok && !related {
			t.Fatalf("%q: chose %s", field, offers[i])
		}
	})
}
