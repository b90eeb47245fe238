package cnxml

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestTables holds the tables against themselves: a slip in one would make a
// check that never speaks.
func TestTables(t *testing.T) {
	words := func(of, list string) {
		for word := range strings.FieldsSeq(expand(list)) {
			name, kind, typed := strings.Cut(strings.TrimSuffix(word, "!"), ":")
			if typed && types[kind] == nil {
				t.Errorf("%s: the type of %s is not in the table", of, word)
			}
			if strings.ToUpper(name) == name && name != "*" {
				t.Errorf("%s: %s is no group", of, word)
			}
		}
	}
	for _, rows := range [][]row{cnxmlRows, mdmlRows, collxmlRows} {
		for _, r := range rows {
			words(r.name, r.attributes)
			for word := range strings.FieldsSeq(expand(r.children)) {
				if word != "*" && declared.by[strings.TrimRight(word, "?!+")] == nil {
					t.Errorf("%s: %s is no element", r.name, word)
				}
			}
		}
	}
	for _, rows := range [][]mathRow{mathTokens, mathLayout} {
		for _, r := range rows {
			words(r.name, r.attributes)
		}
	}
	if n := len(declared.all); n > len(set{})*64 {
		t.Errorf("a set has no place for %d elements", n)
	}
	for name, instead := range likeHTML {
		if declared.spaces[CNXML][name] != nil || declared.spaces[CNXML][instead] == nil {
			t.Errorf("%s: %s", name, instead)
		}
	}
}

func TestCheck(t *testing.T) {
	for _, test := range []struct {
		name, source string
		want         string // rules with their places
	}{
		{"clean", `<para id="p">x <m:math><m:mfrac><m:mi>a</m:mi><m:mn>2</m:mn></m:mfrac></m:math></para>`, ""},
		{"told once", `<para id="p"><blimp/><blimp/><emphasis effect="x"/><emphasis effect="x"/><emphasis effect="y"/></para>`,
			"1:14 element-unknown, 1:40 attribute-value, 1:84 attribute-value"},
		{"below the unknown", `<blimp><link/><item id="i"/></blimp>`, "1:1 element-unknown, 1:8 link-empty"},
		{"ids everywhere", `<para id="a"><m:math id="a"><m:semantics><m:mi/><m:annotation-xml><x id="a"/></m:annotation-xml></m:semantics></m:math></para>`,
			"1:22 duplicate-id, 1:70 duplicate-id"},
		{"an id that is no name", `<para id="1 a"/>`, "1:7 attribute-value"},
		{"another vocabulary's attributes", `<para id="a" m:x="" xml:lang="en"/>`, ""},
		{"ids not taken yet", `<para/><para id="para-00001"/><para/><definition id="d"><term>x</term><meaning>y</meaning></definition>`,
			"1:1 id-missing, 1:31 id-missing"},
		{"text of a formula", `<equation id="e"><m:math><m:mrow>x</m:mrow></m:math></equation>`, "1:34 text-misplaced"},
		{"text behind blanks", "<section id='s'><title>t</title>\n  &amp; x\n</section>", "2:3 text-misplaced"},
		{"marks are no parts", `<equation id="e"><m:math><m:msup><m:mi>x</m:mi><m:malignmark/><m:mn>2</m:mn></m:msup></m:math></equation>`, ""},
		{"cells", `<equation id="e"><m:math><m:mtable><m:mi/></m:mtable></m:math></equation>`, "1:36 element-misplaced"},
		{"links", `<para id="p"><link url="HTTP://x"/><link url="www.x.org"/><link url="#exercise/a"/><link url="#Exercise/a"/><link url="{INTERACTIVES_ROOT}/a"/>` +
			`<link url="http://"/><link target-id=""/><link document="m1"/></para>`, "1:90 url-malformed, 1:150 url-malformed, 1:165 link-empty"},
		{"behind objectives and what is collected", `<section id="s" class="learning-objectives"><title>t</title></section><para id="p"/>` +
			`<section id="u"><title>t</title><section id="v" class="summary"><title>t</title></section><para id="q"/><section id="w" class="thought-questions"><title>t</title></section><list id="l"><item>i</item></list></section>`, ""},
		{"behind a table that opens the page", `<section id="s" class="learning-objectives"><title>t</title></section><section id="u"><title>Section Key Terms</title>` +
			`<table id="t"><tgroup cols="1"><tbody><row><entry>x</entry></row></tbody></tgroup></table></section><note id="n"><para id="q"/></note><para id="p"/>`, ""},
		{"behind a table further down", `<para id="o"/><section id="u"><title>Terms</title><table id="t"><tgroup cols="1"><tbody><row><entry>x</entry></row></tbody></tgroup></table></section><para id="p"/>`,
			"1:151 content-after-section"},
		{"behind a section of another class", `<section id="u"><title>t</title><section id="v" class="aside"><title>t</title></section><para id="q"/></section>`, "1:89 content-after-section"},
		{"named columns", `<table id="t"><tgroup cols="3"><colspec colname="a"/><colspec colnum="3" colname="c"/><spanspec spanname="s" namest="a" nameend="c"/><tbody>` +
			`<row><entry spanname="s"/></row><row><entry colname="c"/><entry colname="a"/></row><row><entry namest="c" nameend="a"/></row><row><entry spanname="x"/></row></tbody></tgroup></table>`,
			"1:229 table-span, 1:278 table-column-unknown"},
		{"rows below", `<table id="t"><tgroup cols="2"><tbody><row><entry morerows="2"/><entry/></row><row><entry/></row><row><entry/></row></tbody></tgroup></table>`, ""},
		{"pushed out", `<table id="t"><tgroup cols="1"><tbody><row><entry morerows="1"/></row><row><entry/></row></tbody></tgroup></table>`, "1:23 table-cols-mismatch"},
		{"more entries than columns", `<table id="t"><tgroup cols="2"><tbody><row><entry/><entry/></row><row><entry/><entry/><entry/></row></tbody></tgroup></table>`, "1:23 table-cols-mismatch"},
		{"more columns than fit", `<table id="t"><tgroup cols="2"><tbody><row>` + strings.Repeat("<entry/>", 61) + `</row></tbody></tgroup></table>`, "1:39 table-too-wide"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, f := range judge(test.source, Limits{}) {
				got = append(got, strings.TrimSpace(strings.Join(strings.Split(f.String(), ":")[:3], ":")))
			}
			for i := range got {
				got[i] = strings.Replace(got[i], ": ", " ", 1)
			}
			if strings.Join(got, ", ") != test.want {
				t.Errorf("got  %s\nwant %s", strings.Join(got, ", "), test.want)
			}
		})
	}
}

// TestCheckCollection checks a table of contents.
func TestCheckCollection(t *testing.T) {
	root, _ := Parse([]byte(`<col:collection xmlns="http://cnx.rice.edu/collxml" xmlns:md="http://cnx.rice.edu/mdml" xmlns:col="http://cnx.rice.edu/collxml">
<metadata mdml-version="0.5"><md:title>T</md:title><md:slgu>t</md:slgu><md:uuid/><md:uuid/></metadata>
<col:content>x<col:module document="m1" verzion="1"/>
<col:subcollection><md:title>U</md:title></col:subcollection></col:content></col:collection>`), Limits{})
	var got []string
	for _, f := range Check(root) {
		got = append(got, f.String())
	}
	want := []string{
		"2:52: element-unknown: <md:slgu> is not an element of the metadata; it is not read (did you mean slug?)",
		"2:82: element-repeated: <md:uuid> occurs twice in <metadata>; remove one",
		"3:14: text-misplaced: text is not allowed directly in <col:content>; remove it",
		"3:41: attribute-unknown: verzion is not an attribute of <col:module> and has no effect; remove it (did you mean version?)",
		"4:1: element-missing: <col:subcollection> has no <col:content>; add it, or remove the <col:subcollection>",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
}

// TestCheckBounds checks files that are made to cost much.
func TestCheckBounds(t *testing.T) {
	var names strings.Builder
	for i := range 20000 {
		names.WriteString("<x" + strings.Repeat("a", i%40) + string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676%26)) + "/>")
	}
	wide := strings.Repeat(`<row><entry namest="a" nameend="z"/></row>`, 20000)
	for name, source := range map[string]string{
		"names": names.String(),
		"media": strings.Repeat("<media/>", 20000),
		"table": `<table><tgroup cols="9999"><colspec colname="a"/><colspec colname="z" colnum="9999"/><tbody>` + wide + `</tbody></tgroup></table>`,
	} {
		faults := judge(source, Limits{})
		if len(faults) == 0 || len(faults) > checked {
			t.Errorf("%s: %d faults", name, len(faults))
		}
	}
}

// FuzzCheck holds the judgement against the file, and against itself: it is the
// same again, it is the same for the tree as it is read back from what is
// written, and what it suggests for ids is accepted.
func FuzzCheck(f *testing.F) {
	pages, err := filepath.Glob("../../docs/rules/*.md")
	if err != nil || len(pages) == 0 {
		f.Fatal("no pages of rules", err)
	}
	for _, name := range pages {
		page, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		if _, code, ok := strings.Cut(string(page), "```xml\n"); ok {
			code, _, _ = strings.Cut(code, "```")
			f.Add(code)
		}
	}
	f.Fuzz(func(t *testing.T, fragment string) {
		source := before + fragment + behind
		root, _ := Parse([]byte(source), Limits{Bytes: 1 << 13})
		if root == nil {
			return
		}
		faults := Check(root)
		newPlaces([]byte(source)).checkFaults(t, faults)
		if again := Check(root); !slices.Equal(again, faults) {
			t.Fatalf("%v the second time, %v the first", again, faults)
		}
		if rest := without(faults, "id-missing"); len(faults) < checked {
			root, broken := Parse([]byte(fixed(source, only(faults, "id-missing"))), Limits{})
			if root == nil {
				t.Fatalf("with the ids that were suggested: %v", broken)
			}
			if after := Check(root); !slices.Equal(rules(after), rules(rest)) {
				t.Fatalf("with the ids that were suggested: %v, before %v", after, faults)
			}
		}
		again, _ := Parse([]byte(serialise(root)), Limits{})
		if got := rules(Check(again)); !slices.Equal(got, rules(faults)) {
			t.Fatalf("%v when it is read again, %v", got, rules(faults))
		}
	})
}

// rules is how often each rule is told, sorted.
func rules(faults []Fault) []string {
	var all []string
	for _, f := range faults {
		all = append(all, f.Rule)
	}
	slices.Sort(all)
	return all
}

func only(faults []Fault, rule string) []Fault {
	return slices.DeleteFunc(slices.Clone(faults), func(f Fault) bool { return f.Rule != rule })
}

func without(faults []Fault, rule string) []Fault {
	return slices.DeleteFunc(slices.Clone(faults), func(f Fault) bool { return f.Rule == rule })
}

// BenchmarkJudge reads and checks a module of a megabyte, which is ten times
// the usual.
func BenchmarkJudge(b *testing.B) {
	var text strings.Builder
	text.WriteString(before)
	for i := 0; text.Len() < 1<<20; i++ {
		fmt.Fprintf(&text, `<section id="s%d"><title>On <emphasis effect="italics">waves</emphasis></title>
<para id="p%[1]d">Light is fast, <link target-id="s0"/>: <m:math><m:mrow><m:msup><m:mi>c</m:mi><m:mn>2</m:mn></m:msup><m:mo stretchy="false">=</m:mo><m:mfrac><m:mi>E</m:mi><m:mi>m</m:mi></m:mfrac></m:mrow></m:math>.</para>
<table id="t%[1]d" summary=""><tgroup cols="2"><tbody><row><entry align="left">a</entry><entry>b &amp; c</entry></row></tbody></tgroup></table></section>
`, i)
	}
	data := []byte(text.String() + behind)
	root, faults := Parse(data, Limits{})
	if root == nil || len(Check(root)) > 0 {
		b.Fatal(faults, Check(root))
	}
	b.Run("parse", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			Parse(data, Limits{})
		}
	})
	b.Run("check", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			Check(root)
		}
	})
}
