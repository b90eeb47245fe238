package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/rhaptos/rhaptos/web/decision"
)

// WriteText writes the table of the edges, and then what was contradicted.
func (r *Report) WriteText(w io.Writer) error {
	table := decision.Table()
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	for _, result := range r.Results() {
		fmt.Fprintln(t, strings.TrimSuffix(fmt.Sprintf("%s\t%s\t%s\t%s\t%s", result.Edge, result.Verdict, table[result.Edge.At].Name, endOf(result.Edge), result.Why), "\t"))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	var b strings.Builder
	for _, f := range r.Contradictions() {
		fmt.Fprintf(&b, "\n%s (%s, %s): %s\n  %s%s: %s\n  %s\n", f.Recipe, f.Level, f.Section, f.Rule, f.URL, f.others(), f.Why, f.Curl)
	}
	fmt.Fprintf(&b, "\n%s\n", r.Summary())
	_, err := io.WriteString(w, b.String())
	return err
}

// others counts the further targets of a finding, in words.
func (f *Finding) others() string {
	if f.Others == 0 {
		return ""
	}
	return fmt.Sprintf(" and %d others", f.Others)
}
