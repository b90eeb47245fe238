package decision

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"strings"
)

// choice is an entry of the list that a 300 sends.
type choice struct {
	URL      string `json:"url,omitempty"`
	Type     string `json:"type,omitempty"`
	Language string `json:"language,omitempty"`
}

// sendChoices sends a 300: the representations that have URLs of their own, as
// Link fields for programs and as a list for people (15.4.1).
func (e *exchange) sendChoices(status int) error {
	if _, err := e.walk(E1); err != nil {
		return err
	}
	var list []choice
	h := e.w.Header()
	for i := range e.selection.all {
		r := &e.selection.all[i]
		if r.Location == "" {
			continue
		}
		list = append(list, choice{r.Location, contentType(r), r.Language})
		link := fmt.Sprintf(`<%s>; rel="alternate"; type=%q`, r.Location, contentType(r))
		if r.Language != "" {
			link += fmt.Sprintf("; hreflang=%q", r.Language)
		}
		h.Add("Link", link)
	}
	addVary(h, e.selection.vary|1<<byType)
	h.Set("Cache-Control", "no-cache")
	body, err := e.choicesBody(list)
	if err != nil {
		return fmt.Errorf("write the choices: %w", err)
	}
	return e.sendBody(status, e.form, body)
}

// choicesBody writes the list in the form that E1 has chosen. Like an error, a
// 300 has a body about the resource.
func (e *exchange) choicesBody(list []choice) ([]byte, error) {
	switch e.form {
	case formProblem:
		e.form = formJSON
		return json.Marshal(list)
	case formHTML:
		var b bytes.Buffer
		err := choicesPage.Execute(&b, list)
		return b.Bytes(), err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s\n", http.StatusMultipleChoices, http.StatusText(http.StatusMultipleChoices))
	for _, c := range list {
		fmt.Fprintln(&b, strings.TrimSpace(c.URL+" "+c.Type+" "+c.Language))
	}
	return []byte(b.String()), nil
}

var choicesPage = template.Must(template.New("choices").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>300 Multiple Choices</title></head>
<body><h1>Multiple Choices</h1><ul>
{{range .}}<li><a href="{{.URL}}">{{.Type}} {{.Language}}</a></li>
{{end}}</ul></body></html>
`))
