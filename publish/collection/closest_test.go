package collection

import "testing"

func TestMeant(t *testing.T) {
	among := []string{"fig-00011", "fig-00012", "Sea.jpg", "m2", "tides"}
	for word, want := range map[string]string{
		"tidse": "tides", "sea.jpg": "Sea.jpg", "fig_00012": "fig-00012",
		"fig-00013": "", // the next of a row
		"fig_00013": "",
		"fig-0012":  "fig-00012",
		"m3":        "",
		"nothing":   "",
		"":          "",
	} {
		if got, ok := ClosestMatch(word, among); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %t", word, got, ok)
		}
	}
}
