package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// WriteText writes a line for each problem, in the form of compilers.
func (r *Report) WriteText(w io.Writer) error {
	for _, ref := range r.Refs {
		for _, p := range ref.Problems {
			if _, err := fmt.Fprintln(w, p); err != nil {
				return err
			}
		}
		if ref.Omitted > 0 {
			if _, err := fmt.Fprintf(w, "... and %d more\n", ref.Omitted); err != nil {
				return err
			}
		}
	}
	return nil
}

// WriteJSON writes the report as it is kept, indented.
func (r *Report) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(r)
}

// WriteGitHub writes the workflow commands by which GitHub Actions annotates
// lines of files (see "Workflow commands for GitHub Actions").
func (r *Report) WriteGitHub(w io.Writer) error {
	level := map[string]string{"error": "error", "warning": "warning", "note": "notice"}
	for _, ref := range r.Refs {
		for _, p := range ref.Problems {
			properties := []string{"file=" + githubProperty.Replace(p.Path)}
			if p.Line > 0 {
				properties = append(properties, fmt.Sprintf("line=%d,col=%d", p.Line, p.Column))
			}
			if p.EndLine > 0 {
				properties = append(properties, fmt.Sprintf("endLine=%d,endColumn=%d", p.EndLine, p.EndColumn))
			}
			properties = append(properties, "title="+githubProperty.Replace(p.Rule))
			command, message := level[p.Severity], p.Message
			if p.Before {
				command, message = "notice", "from before: "+message
			}
			_, err := fmt.Fprintf(w, "::%s %s::%s\n", command, strings.Join(properties, ","), githubData.Replace(message))
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// What GitHub's runner takes apart must be escaped.
var (
	githubData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	githubProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)
