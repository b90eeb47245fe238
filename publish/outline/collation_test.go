package outline

import (
	"strings"
	"testing"
)

func TestCollation(t *testing.T) {
	for _, tt := range []struct{ language, words, want string }{
		{"en", "mean Median “average” z-score élan 95% Zeta Ångström μ mode 2", "2 95% Ångström “average” élan mean Median mode z-score Zeta μ"},
		{"pl", "łódź los lupa ćma cena czas żaba zebra źrebię", "cena czas ćma los lupa łódź zebra źrebię żaba"},
		{"es-MX", "ñandú nube nota árbol azul", "árbol azul nota nube ñandú"},
		{"not a tag", "b a", "a b"},
		{"", "", ""},
	} {
		words := strings.Fields(tt.words)
		sortBy(NewCollation(tt.language), words, func(s *string) string { return *s }, func(x, y *string) int { return strings.Compare(*x, *y) })
		if got := strings.Join(words, " "); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.language, got, tt.want)
		}
	}
	for _, tt := range []struct{ language, word, want string }{
		{"en", "élan", "E"}, {"en", "e\u0301lan", "E"}, {"en", "“quoted”", "Q"}, {"en", "95%", "#"}, {"en", "", "#"}, {"en", "μ", "Μ"},
		{"pl", "łódź", "Ł"}, {"pl", "ćma", "Ć"}, {"es", "ñandú", "Ñ"}, {"es", "árbol", "A"}, {"en", "\xff", "#"},
	} {
		if got := NewCollation(tt.language).Letter(tt.word); got != tt.want {
			t.Errorf("%s: %q is under %q, want %q", tt.language, tt.word, got, tt.want)
		}
	}
}
