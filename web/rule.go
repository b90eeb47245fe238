package web

import (
	"bytes"
	"context"
	"html/template"
	"io"
	"io/fs"
	"net/http"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"

	"github.com/rhaptos/rhaptos/publish/address"
	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/resource"
	"github.com/rhaptos/rhaptos/web/route"
	"github.com/rhaptos/rhaptos/web/theme"
)

// rulesAddress is where the rules are listed; their pages are below.
const rulesAddress = "/-/rules"

func ruleAddress(id string) string { return rulesAddress + address.Path(id) }

// rulePage returns the file of a rule's page; README.md for the list.
func rulePage(id string) string {
	if id == "" {
		return "README.md"
	}
	return id + ".md"
}

// hasRule reports whether there is a page about the rule.
func (s *site) hasRule(id string) bool {
	if s.Rules == nil || id == "README" {
		return false
	}
	_, err := fs.Stat(s.Rules, rulePage(id))
	return err == nil
}

// rule is "/-/rules/ID", the page about a rule by which books are checked, or
// "/-/rules", the list of all.
type rule struct {
	decision.Defaults
	site *site
	id   string // empty: the list
}

func openRule(s *site, m route.Match) decision.Resource { return &rule{site: s, id: m.Name} }

// State is missing if there is no such page.
func (x *rule) State(*http.Request) (decision.State, error) {
	if x.site.Rules == nil || x.id != "" && !x.site.hasRule(x.id) {
		return decision.State{Existence: decision.Missing}, nil
	}
	return decision.State{}, nil
}

// Representations returns HTML. The pages only change with the program.
func (x *rule) Representations(*http.Request) ([]decision.Representation, error) {
	return []decision.Representation{resource.Generated(resource.TypeHTML, "public, max-age=300", x.write)}, nil
}

func (x *rule) write(_ context.Context, w io.Writer) error {
	source, err := fs.ReadFile(x.site.Rules, rulePage(x.id))
	if err != nil {
		return err
	}
	markdown := goldmark.New(goldmark.WithExtensions(extension.Table))
	doc := markdown.Parser().Parse(text.NewReader(source))
	view := &theme.DocumentView{Frame: theme.Frame{Site: x.site.Name, Canonical: x.site.Canonical(rulesAddress)}, Title: x.id}
	if x.id != "" {
		view.Canonical = x.site.Canonical(ruleAddress(x.id))
		view.Crumbs = []theme.Link{{Text: "Rules", URL: rulesAddress}}
	} else {
		view.Title = "Rules"
	}
	err = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if link, ok := n.(*ast.Link); ok && entering {
			link.Destination = []byte(ruleLink(string(link.Destination)))
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		return err
	}
	var body bytes.Buffer
	if err := markdown.Renderer().Render(&body, source, doc); err != nil {
		return err
	}
	view.Body = template.HTML(body.String()) // our own pages; raw HTML in them is left out
	return x.site.Theme.Document(w, view)
}

// ruleLink turns a link to the file of a rule into one to its page.
func ruleLink(destination string) string {
	file, fragment, _ := strings.Cut(destination, "#")
	id, ok := strings.CutSuffix(file, ".md")
	if !ok || strings.Contains(id, "/") {
		return destination
	}
	address := rulesAddress
	if id != "README" {
		address = ruleAddress(id)
	}
	if fragment != "" {
		address += "#" + fragment
	}
	return address
}
