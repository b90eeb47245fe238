package source

import (
	"testing"
)

func TestOnlyBook(t *testing.T) {
	for in, want := range map[string]string{
		`<c><book slug="a"/><book slug="b"></book></c>`:     `<c><book slug="b"></book></c>`,
		`<c><!-- <book slug="a"/> --><book slug='b'/></c>`:  `<c><!-- <book slug="a"/> --><book slug='b'/></c>`,
		`<c><x><book slug="a"/></x><book slug="a">t</book>`: `<c><x><book slug="a"/></x>`,
		`<c><book slug="a"`: `<c><book slug="a"`,
	} {
		if got := string(onlyBook([]byte(in), "b")); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}
