package decision

import (
	"net/http"
	"strings"
	"testing"
)

func TestTableIsWellFormed(t *testing.T) {
	reached := map[Node]bool{W10: true, E1: true, E2: true}
	ids, names := map[string]bool{}, map[string]bool{}
	for i, d := range table {
		if d.ID == "" || d.Name == "" || !strings.HasSuffix(d.Question, "?") || d.Section == "" || d.Stage() == "" || d.ask == nil {
			t.Errorf("row %d (%s) is not complete", i, d.ID)
		}
		if ids[d.ID] || names[d.Name] {
			t.Errorf("%s %s is there twice", d.ID, d.Name)
		}
		ids[d.ID], names[d.Name] = true, true
		for _, way := range []Node{d.Yes, d.No} {
			status, ends := way.Status()
			switch {
			case ends && http.StatusText(status) == "":
				t.Errorf("%s leads to %d, which is no status", d.ID, status)
			case !ends && way < decisions && way <= Node(i):
				t.Errorf("%s leads back to %s", d.ID, way)
			case !ends && way >= decisions && way < Send:
				t.Errorf("%s leads to %d", d.ID, int(way))
			}
			reached[way] = true
		}
	}
	for i := range decisions {
		if !reached[i] {
			t.Errorf("nothing leads to %s", i)
		}
	}
	for _, status := range []int{
		200, 201, 202, 204, 205, 206, 300, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 406, 408, 409, 410, 411, 412, 413, 414, 415,
		416, 417, 421, 422, 425, 428, 429, 431, 451, 500, 501, 502, 503, 504, 505, 507,
	} {
		if !reached[Node(status)] {
			t.Errorf("nothing leads to %d", status)
		}
	}
}
