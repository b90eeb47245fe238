package probe

import (
	"fmt"
	"slices"

	"github.com/rhaptos/rhaptos/web/decision"
	"github.com/rhaptos/rhaptos/web/decision/diagram"
	"github.com/rhaptos/rhaptos/web/probe/rawhttp"
	"github.com/rhaptos/rhaptos/web/probe/report"
)

// recipe is one way to take an edge.
type recipe struct {
	edge  decision.Edge
	name  string // what is particular about it; one of its own among those of the edge
	needs need   // what must be known of the target; nil: nothing
	ask   func(*known) rawhttp.Request

	shows   match // statuses that show that the edge was taken
	permits match // those that are right too, and show nothing; nil: none
	check   check // of a response that shows it; nil: none

	level   report.Level // of the rule; report.Must if empty
	rule    string       // that any other response breaks
	section string       // where it stands; the decision's if empty

	checked   norm      // that the check looks at; zero: the rule
	otherwise otherwise // of a response that neither shows nor is permitted; nil: it breaks the rule

	ends   bool // whether the server closes the connection matters
	once   bool // for each server, not for each target
	slow   bool // the answer takes long, so it is waited for beside the others
	writes bool
}

// need says what a target lacks for a recipe; empty if nothing.
type need func(*known) string

// match reports whether a status is one of those that are meant.
type match func(k *known, status int) bool

// check says what is wrong with a response; empty if nothing is.
type check func(*known, *rawhttp.Response) string

// norm is a rule of its own within a recipe.
type norm struct {
	level   report.Level
	rule    string
	section string
}

// apply makes the finding one about the norm, unless that is zero.
func (n norm) apply(f *report.Finding) {
	if n.rule != "" {
		f.Level, f.Rule, f.Section = n.level, n.rule, diagram.Section(n.section)
	}
}

// otherwise says what is wrong with a response, and which rule it breaks; both
// are empty if nothing is wrong.
type otherwise func(*known, *rawhttp.Response) (string, norm)

// recipes are all recipes in the order in which they are tried. Those that
// delete come last.
var recipes = slices.Concat(
	wireRecipes, serverRecipes, accessRecipes, existenceRecipes, choiceRecipes,
	conditionRecipes, rangeRecipes, errorRecipes, contentRecipes, outcomeRecipes, deleteRecipes,
)

func yes(at decision.Node) decision.Edge { return decision.Edge{At: at, Yes: true} }
func no(at decision.Node) decision.Edge  { return decision.Edge{At: at} }

// finding returns a finding at the target that has the rule and no verdict yet.
func (r *recipe) finding(k *known) report.Finding {
	return report.Finding{Recipe: r.String(), URL: k.url.String(), Rule: r.rule, Level: r.level, Section: r.sectionOf()}
}

// sectionOf names the section of the RFC that has the rule.
func (r *recipe) sectionOf() string {
	if r.section != "" {
		return diagram.Section(r.section)
	}
	return diagram.Section(decision.Table()[r.edge.At].Section)
}

// String returns the edge, and what is particular about the request.
func (r *recipe) String() string {
	if r.name == "" {
		return r.edge.String()
	}
	return r.edge.String() + " " + r.name
}

// judge returns the finding on a response.
func (r *recipe) judge(k *known, a *rawhttp.Response) report.Finding {
	late := k.late
	f := r.finding(k)
	f.Verdict, f.Why = r.verdict(k, a, &f)
	if f.Verdict == report.Contradicted && (k.late > late || k.unsure) {
		f.Verdict, f.Why = report.NoAnswer, "what it was compared with did not come in time"
	}
	return f
}

// verdict returns the verdict on a response, and why unless it is Walked. If it
// is about another rule than the recipe's, that goes into the finding.
func (r *recipe) verdict(k *known, a *rawhttp.Response, f *report.Finding) (report.Verdict, string) {
	switch {
	case a.Status == rawhttp.TimedOut:
		return report.NoAnswer, a.Summary()
	case r.shows(k, a.Status):
		if r.ends && a.Status != 400 && !a.Ended && !a.Reused {
			return report.NoAnswer, "the connection was neither closed nor used again in time"
		}
		if r.check != nil {
			if wrong := r.check(k, a); wrong != "" {
				r.checked.apply(f)
				return report.Contradicted, wrong
			}
		}
		return report.Walked, ""
	case r.permits != nil && r.permits(k, a.Status):
		return report.Unseen, a.Summary() + " is right too"
	case (a.Status == 408 || a.Status == 504) && a.Status != k.plain.Status:
		return report.NoAnswer, "the server has waited in vain: " + a.Summary()
	case (a.Status == 429 || a.Status == 503) && a.Status != k.plain.Status:
		return report.Unseen, "the server was busy: " + a.Summary()
	}
	if r.otherwise != nil {
		wrong, n := r.otherwise(k, a)
		if wrong == "" {
			return report.Unseen, a.Summary() + " is right too"
		}
		n.apply(f)
		return report.Contradicted, wrong
	}
	return report.Contradicted, "the answer is " + a.Summary()
}

// The matches.

func is(statuses ...int) match {
	return func(_ *known, status int) bool { return slices.Contains(statuses, status) }
}

// but matches every status except these.
func but(statuses ...int) match {
	return func(_ *known, status int) bool { return status >= 200 && !slices.Contains(statuses, status) }
}

// asPlain matches the status of the plain GET.
func asPlain(k *known, status int) bool { return status == k.plain.Status }

// noFault matches a response that does not say that the server has failed.
func noFault(_ *known, status int) bool { return status >= 200 && status < 500 || status == 501 }

// processed matches the statuses of a method that the resource has carried out,
// or tried to.
func processed(_ *known, status int) bool {
	switch status {
	case 303, 409, 502, 504, 507:
		return true
	}
	return status >= 200 && status < 300
}

func either(all ...match) match {
	return func(k *known, status int) bool {
		return slices.ContainsFunc(all, func(m match) bool { return m(k, status) })
	}
}

// The needs.

func all(needs ...need) need {
	return func(k *known) string {
		for _, n := range needs {
			if lack := n(k); lack != "" {
				return lack
			}
		}
		return ""
	}
}

// answers needs a target at which the plain GET has one of the statuses.
func answers(statuses ...int) need {
	return func(k *known) string {
		if slices.Contains(statuses, k.plain.Status) {
			return ""
		}
		return fmt.Sprintf("no address was given at which GET is answered %s", listed(statuses))
	}
}

func listed(statuses []int) string {
	text := ""
	for i, s := range statuses {
		switch {
		case i > 0 && i == len(statuses)-1:
			text += " or "
		case i > 0:
			text += ", "
		}
		text += fmt.Sprint(s)
	}
	return text
}

// sends needs content.
func sends(k *known) string {
	if k.plain.Status != 200 || len(k.plain.Body) == 0 {
		return "no address was given at which GET is answered 200 with content"
	}
	return ""
}

// tagged needs an entity tag, which may be weak.
func tagged(k *known) string {
	if k.etag == "" {
		return "there is no ETag that stays the same"
	}
	return sends(k)
}

// strong needs a strong entity tag.
func strong(k *known) string {
	if k.etag != "" && k.etag[0] != '"' {
		return "the ETag is a weak one"
	}
	return tagged(k)
}

// dated needs a Last-Modified.
func dated(k *known) string {
	if k.modified.IsZero() {
		return "there is no Last-Modified that stays the same"
	}
	return sends(k)
}

// ranged needs a target that sends parts.
func ranged(k *known) string {
	if lack := sends(k); lack != "" {
		return lack
	}
	if k.length() < 2 || k.do(k.get("Range: bytes=0-0")).Status != 206 {
		return "parts of it are not sent"
	}
	return ""
}

// allowing needs one of the methods.
func allowing(methods ...string) need {
	return func(k *known) string {
		if slices.ContainsFunc(methods, k.allows) {
			return ""
		}
		return "no address was given that allows " + methods[0]
	}
}

// notAllowing needs a target that is not known to allow the method.
func notAllowing(method string) need {
	return func(k *known) string {
		if k.allows(method) {
			return "every address that was given allows " + method
		}
		return ""
	}
}
