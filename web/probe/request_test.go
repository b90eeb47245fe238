package probe

import (
	"context"
	"net/url"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/testenv"
	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/probe/rawhttp"
)

// TestCurl gives the commands to a shell and compares what comes back with
// what came to the client.
func TestCurl(t *testing.T) {
	t.Parallel()
	testenv.Program(t, "curl")
	addresses := serve(t, false, nil)
	c := &rawhttp.Client{Timeout: 5 * time.Second}
	tried := map[bool]int{}
	for _, name := range []string{
		"K7+", "C1+ its type", "G6+ HEAD", "M2- TRACE", "S2- BREW", "W5- two Hosts", "W6- length and chunks", "W1- NUL in a field", "W3- 64 KiB",
		"P2-", "P1b- 2 MiB in chunks", "N2+",
	} {
		for i := range recipes {
			r := &recipes[i]
			if r.String() != name {
				continue
			}
			at := "page"
			if r.writes {
				at = "length"
			}
			target, err := url.Parse(only(addresses, at)[0])
			if err != nil {
				t.Fatal(err)
			}
			s := &session{ctx: t.Context(), client: c, memo: map[string]*rawhttp.Response{}, left: 100}
			k, err := learn(s, target)
			if err != nil {
				t.Fatal(err)
			}
			request := r.ask(k)
			tried[!strings.HasPrefix(request.Curl(), "curl ")]++
			want := k.do(request)
			command := strings.Replace(request.Curl(), "sleep 15", "sleep 0.5", 1)
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			out, _ := exec.CommandContext(ctx, "sh", "-c", command).Output() // curl fails where the server hangs up
			cancel()
			line, _, _ := strings.Cut(string(out), "\n")
			if !strings.HasPrefix(line, "HTTP/1.1 "+strconv.Itoa(want.Status)+" ") {
				t.Errorf("%s: %q and not %d from\n%.600s", name, line, want.Status, command)
			}
		}
	}
	if tried[true] < 4 || tried[false] < 6 {
		t.Errorf("tried %v", tried)
	}
}

// FuzzPath: whatever way is walked through the table is one, and none with a
// step too few or another answer at its last step.
func FuzzPath(f *testing.F) {
	f.Add(^uint64(0), ^uint64(0))
	f.Add(uint64(0), uint64(0x5555555555555555))
	f.Add(uint64(0b1111111101_11101111), uint64(42))
	f.Fuzz(func(t *testing.T, a, b uint64) {
		table := decision.Table()
		var steps []string
		at, status := decision.Node(0), 0
		for i := 0; ; i++ {
			bits := a
			if i >= 64 {
				bits = b
			}
			e := decision.Edge{At: at, Yes: bits>>(i%64)&1 == 1}
			steps = append(steps, e.String())
			at = e.To()
			if s, ends := at.Status(); ends {
				status = s
				break
			}
		}
		end := strconv.Itoa(status)
		way, err := parsePath(strings.Join(steps, " ")+" "+end, status)
		if err != nil || len(way) != len(steps) {
			t.Fatalf("%v: %v, %v", steps, way, err)
		}
		last := steps[len(steps)-1]
		id, answer := last[:len(last)-1], last[len(last)-1:]
		other := map[string]string{"+": "-", "-": "+"}[answer]
		for _, d := range table {
			if d.ID == id && d.Yes == d.No {
				return
			}
		}
		for name, wrong := range map[string]string{
			"one step less":       strings.Join(steps[:len(steps)-1], " ") + " " + end,
			"the other answer":    strings.Join(steps[:len(steps)-1], " ") + " " + id + other + " " + end,
			"another status":      strings.Join(steps, " ") + " " + strconv.Itoa(status+1),
			"a step of no answer": strings.Join(steps, " ") + "? " + end,
		} {
			if way, err := parsePath(wrong, status); err == nil {
				t.Errorf("%s: %v from %s", name, way, wrong)
			}
		}
	})
}
