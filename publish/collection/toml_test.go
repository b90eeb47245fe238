package collection

import (
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
)

// Each limit is tried at it and just above it.
func TestLimitTOML(t *testing.T) {
	dots := func(n int) string { return strings.Repeat("a.", n-1) + "a" }
	open := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	tables := func(n int) string { return strings.Repeat("{a=", n) + "1" + strings.Repeat("}", n) }
	const most = maxTOMLDepth
	for name, tt := range map[string]struct {
		text string
		line int // of the fault; 0: there is none
	}{
		"key":                 {dots(most) + " = 1\n", 0},
		"longer key":          {"\n" + dots(most+1) + " = 1\n", 2},
		"header":              {"[" + dots(most) + "]\n", 0},
		"longer header":       {"[" + dots(most+1) + "]\n", 1},
		"longer list header":  {"[[ " + strings.ReplaceAll(dots(most+1), ".", " . ") + " ]]\n", 1},
		"header and key":      {"[" + dots(most/2) + "]\n" + dots(most/2) + "=1\n", 0},
		"header, longer key":  {"[" + dots(most/2) + "]\n" + dots(most/2+1) + "=1\n", 2},
		"header ends":         {"[" + dots(most) + "]\n[b]\nc=1\n", 0},
		"quoted key":          {strings.Repeat(`"a.b#[".'c='.`, most/2-1) + "a=1\n", 0},
		"longer quoted key":   {strings.Repeat(`"a\"b"."c".`, most/2) + "a.b=1\n", 1},
		"array":               {"a=" + open(most-1) + "\n", 0},
		"deeper array":        {"a=" + open(most) + "\n", 1},
		"array on lines":      {"a=" + strings.ReplaceAll(open(most), "[", "[ # ]]]\n"), most},
		"inline table":        {"a=" + tables(most/2-1) + "\n", 0},
		"deeper inline table": {"a=" + tables(most/2) + "\n", 1},
		"many, not deep":      {"a=[" + strings.Repeat("[1],{b=[2]},", 500) + "]\n", 0},
		"strings":             {"a=\"" + strings.Repeat("[{\\\"", 100) + "\"\nb='" + strings.Repeat("[{", 100) + "'\n", 0},
		"long strings":        {"a=\"\"\"\n\"" + strings.Repeat("[{\n\\\"\"", 100) + "\"\"\"\"\nb='''" + strings.Repeat("[{'\n", 100) + "''''\nc=1\n", 0},
		"behind a string":     {"a=\"\"\"x\\\"\"\"\"\nb=" + open(most) + "\n", 2},
		"behind a raw string": {"a='\\'\nb=" + open(most) + "\n", 2},
		"behind a long raw":   {"a='''\\'''\nb=" + open(most) + "\n", 2},
		"comment":             {"# " + open(100) + "\na=1 # \"\"\" " + open(100) + "\nb=1\n", 0},
		"behind a comment":    {"# '''\na=" + open(most) + "\n", 2},
		"byte order mark":     {"\ufeffa=" + open(most) + "\n", 1},
		"carriage returns":    {"a=1\r\nb=" + open(most) + "\r\n", 2},
		"long path":           {"[\"" + strings.Repeat("x", maxTOMLPath-6) + "\"]\nabc=1\n", 0},
		"longer path":         {"[\"" + strings.Repeat("x", maxTOMLPath-6) + "\"]\nabcde=1\n", 2},
		"dates, numbers":      {"a=1979-05-27 07:32:00Z\nb=[1_000, 0x1f, inf,]\nc={x=1,y=2}\n", 0},
		"broken key":          {"a..b = " + open(100), 0},
		"broken string":       {"a = \"\nb = " + open(100), 0},
	} {
		err := LimitTOML(tt.text)
		fault, _ := err.(*TOMLError)
		if line := 0; fault != nil && fault.Line != tt.line || fault == nil && tt.line != line {
			t.Errorf("%s: got %v, want line %d", name, err, tt.line)
		}
		var v any
		if _, err := toml.Decode(tt.text, &v); (err != nil) != strings.HasPrefix(name, "broken") {
			t.Errorf("%s: the decoder says %v", name, err)
		}
	}
}

// What the decoder accepts the scanner goes over to its end.
func FuzzLimitTOML(f *testing.F) {
	f.Add("a.b = [1, {c = '''x'''}]\n[d]\n\"e\" = \"\"\"f\"\"\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		var v map[string]any
		deep := "\nz = " + strings.Repeat("[", maxTOMLDepth) + strings.Repeat("]", maxTOMLDepth) + "\n"
		if len(text) > 1000 || LimitTOML(text) != nil {
			return
		}
		if _, err := toml.Decode(text+deep, &v); err == nil && LimitTOML(text+deep) == nil {
			t.Errorf("%q hides what follows it", text)
		}
	})
}
