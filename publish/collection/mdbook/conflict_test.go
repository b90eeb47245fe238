package mdbook

import "testing"

func TestConflictsIn(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       int
	}{
		{"conflict", "a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> main\n", 1},
		{"two", "<<<<<<< HEAD\n=======\n>>>>>>> main\n<<<<<<< HEAD\n=======\n>>>>>>> main", 2},
		{"with the base", "<<<<<<< ours\na\n||||||| base\nb\n=======\nc\n>>>>>>> theirs\n", 1},
		{"CRLF", "<<<<<<< HEAD\r\na\r\n=======\r\nb\r\n>>>>>>> main\r\n", 1},
		{"example in code", "```\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> main\n```\n", 0},
		{"code and its fence", "```\na\n<<<<<<< HEAD\nb\n```\n=======\nc\n```\n>>>>>>> main\n", 1},
		{"a heading", "Title\n=======\n", 0},
		{"quotation", ">>>>>>> deep\n", 0},
		{"not at the beginning", " <<<<<<< HEAD\n =======\n >>>>>>> main\n", 0},
		{"longer", "<<<<<<<<< HEAD\n=======\n>>>>>>> main\n", 0},
	} {
		if got := conflictsIn([]byte(c.text)); len(got) != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
