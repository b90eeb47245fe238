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
	check   check // of an answer that shows it; nil: none

	level   report.Level // of the rule; report.Must if empty
	rule    string       // that any other answer breaks
	section string       // where it stands; the decision's if empty

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

// judge returns the verdict on a response, and why unless it is Walked.
func (r *recipe) judge(k *known, a *rawhttp.Response) (report.Verdict, string) {
	switch {
	case r.shows(k, a.Status):
		if r.check != nil {
			if wrong := r.check(k, a); wrong != "" {
				return report.Contradicted, wrong
			}
		}
		return report.Walked, ""
	case r.permits != nil && r.permits(k, a.Status):
		return report.Unseen, a.Summary() + " is right too"
	case a.Status == rawhttp.TimedOut:
		return report.Unseen, a.Summary()
	case (a.Status == 429 || a.Status == 503) && a.Status != k.plain.Status:
		return report.Unseen, "the server was busy: " + a.Summary()
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
