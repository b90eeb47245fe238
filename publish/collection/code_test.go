package collection

import (
	"reflect"
	"testing"

	"github.com/rhaptos/rhaptos/publish/analysis"
	"github.com/rhaptos/rhaptos/publish/cnxml"
)

// sampleAnalysis has a field of each sort.
type sampleAnalysis struct {
	Count    int
	Whole    bool
	Names    []string
	At       Place
	Problems []Problem
}

func (s *sampleAnalysis) code(c *analysis.Coder) {
	c.Int(&s.Count)
	c.Flag(&s.Whole)
	analysis.List(c, &s.Names, c.Text)
	CodePlace(c, &s.At)
	CodeProblems(c, &s.Problems)
}

func someAnalysis() *sampleAnalysis {
	return &sampleAnalysis{
		Count: -7, Whole: true, Names: []string{"", "ä", "x\x00y"},
		At: Place{cnxml.Pos{Line: 1, Column: 1 << 40}, cnxml.Pos{Line: 3, Column: 4}},
		Problems: []Problem{
			{Line: 1, Column: 2, EndLine: 3, EndColumn: 4, Rule: "r", Severity: Error, Message: "m", Replacement: "<"},
			{Rule: "s"},
		},
	}
}

func TestCoder(t *testing.T) {
	want := someAnalysis()
	data := analysis.Encode(want.code)
	got := &sampleAnalysis{}
	if !analysis.Decode(data, got.code) || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	for n := range data {
		if analysis.Decode(data[:n], (&sampleAnalysis{}).code) {
			t.Errorf("the first %d bytes of %d were taken for the whole", n, len(data))
		}
	}
	if analysis.Decode(append(data, 0), (&sampleAnalysis{}).code) {
		t.Error("one byte more was taken")
	}
}

// FuzzDecode reads any bytes: what is accepted is written back with the same
// meaning.
func FuzzDecode(f *testing.F) {
	f.Add(analysis.Encode(someAnalysis().code))
	f.Add(analysis.Encode((&sampleAnalysis{}).code))
	f.Fuzz(func(t *testing.T, data []byte) {
		first, second := &sampleAnalysis{}, &sampleAnalysis{}
		if !analysis.Decode(data, first.code) {
			return
		}
		if !analysis.Decode(analysis.Encode(first.code), second.code) || !reflect.DeepEqual(first, second) {
			t.Errorf("%+v was written and read as %+v", first, second)
		}
	})
}

func TestRecall(t *testing.T) {
	kept := mapCache{}
	want := someAnalysis()
	analysis.Store(kept, "sample", "", want.code) // content that nobody can name
	analysis.Store(kept, "sample", "id", want.code)
	got := &sampleAnalysis{}
	if len(kept) != 1 || !analysis.Load(kept, "sample", "id", got.code) || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v of %v", got, kept)
	}
	for _, key := range [][2]string{{"sample", "other"}, {"other", "id"}, {"sample", ""}} {
		if analysis.Load(kept, key[0], key[1], got.code) {
			t.Errorf("%v is known", key)
		}
	}
}

type mapCache map[string][]byte

func (m mapCache) Get(key string) ([]byte, bool) { v, ok := m[key]; return v, ok }
func (m mapCache) Put(key string, v []byte)      { m[key] = v }
