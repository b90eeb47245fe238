package check_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/publish/check"
	"github.com/rhaptos/rhaptos/publish/settings"
)

func TestTerms(t *testing.T) {
	text := `
[[word]]
avoid = "utilize"
use = "use"
[[word]]
avoid = "in order to"
use = "to"
severity = "error"
[[word]]
avoid = "Open Stax"
use = "OpenStax"
[[word]]
avoid = "e.g."
[[word]]
avoid = "łódź"
`
	tree := openStax(`<para id="a">We Utilize it, utilizes not, re-utilize.</para>
<para id="b">&amp; é in order
to &#x142;&#xf3;d&#x17A; ŁÓDŹ, e.g. this</para><code id="c">utilize</code><para id="d">open stax, Open  Stax, Open Staxes</para>`)
	tree[settings.File] = file(text)
	j, err := check.Tree(t.Context(), tree, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range j.Problems {
		if p.Rule == "word-unwanted" {
			line := strings.Split(string(tree[p.Path].Data), "\n")[p.Line-1]
			found := "?"
			if p.EndLine > 0 {
				found = string([]rune(line)[p.Column-1 : p.EndColumn-1])
			}
			got = append(got, fmt.Sprintf("%s %s>%s", p.Severity, found, p.Replacement))
		}
	}
	want := "warning Utilize>use, warning utilize>use, error ?>, warning ?>, warning ŁÓDŹ>, warning e.g.>, warning Open  Stax>OpenStax"
	if strings.Join(got, ", ") != want {
		t.Errorf("got %s\nwant %s", strings.Join(got, ", "), want)
	}
}
