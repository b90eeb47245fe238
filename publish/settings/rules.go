package settings

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// Bounds of the tables in a file.
const (
	maxRules = 200
	maxTerms = 500

	maxUnknown = 20 // warnings of unknown keys in one kind of table
)

// Rule sets the severity of the problems of one check rule.
type Rule struct {
	ID       string   // of the rule, such as "resource-missing"
	Paths    []string // globs: * within a name, ** across folders; none means everywhere
	Severity collection.Severity
	Reason   string // why errors are lowered; without one they stay errors

	paths []*regexp.Regexp
	line  int // of the settings
}

// matches reports whether the rule applies to a problem.
func (r *Rule) matches(p *collection.Problem) bool {
	return r.ID == p.Rule && (len(r.paths) == 0 ||
		slices.ContainsFunc(r.paths, func(glob *regexp.Regexp) bool { return glob.MatchString(p.Path) }))
}

// Apply returns the problems, sorted, with the severities that the rules give
// them; of several rules the last one that matches counts. An error is lowered
// only by a rule with a reason. Each rule that lowers errors adds a problem: a
// note with its reason, or a warning that it lacks one and has no effect.
func (s *Settings) Apply(problems []collection.Problem) []collection.Problem {
	lowered := make([]int, len(s.Rules))
	out := slices.Clone(problems)
	for i := range out {
		p := &out[i]
		for n := len(s.Rules) - 1; n >= 0; n-- {
			r := &s.Rules[n]
			if !r.matches(p) {
				continue
			}
			if p.Severity == collection.Error && r.Severity < collection.Error {
				lowered[n]++
				if r.Reason == "" {
					break
				}
			}
			p.Severity = r.Severity
			break
		}
	}
	for n, count := range lowered {
		if count > 0 {
			out = append(out, s.Rules[n].lowering(count))
		}
	}
	collection.SortProblems(out)
	return out
}

// lowering returns the problem of a rule that matched errors.
func (r *Rule) lowering(count int) collection.Problem {
	what := fmt.Sprintf("%d errors of %s", count, r.ID)
	if count == 1 {
		what = "1 error of " + r.ID
	}
	if r.Reason == "" {
		return problem(r.line, 1, "settings-reason", collection.Warning,
			what+" would count for less, but stays an error: add reason = \"...\" to the setting")
	}
	return problem(r.line, 1, "severity-lowered", collection.Note,
		fmt.Sprintf("%s: counted as %s here because %s", what, r.Severity, cnxml.Escape(r.Reason)))
}

// rules reads the tables [[rule]].
func (r *reader) rules(s *Settings, value toml.Primitive) {
	var tables []struct {
		ID       string
		Paths    []string
		Severity string
		Reason   string
	}
	if !r.tables("rule", value, &tables) {
		return
	}
	for i, t := range tables {
		line := r.header("rule", i)
		if i == maxRules {
			r.at(line, "settings-value", collection.Error, fmt.Sprintf("there are more than %d [[rule]]; join some by their paths", maxRules))
			return
		}
		severity, ok := severities[t.Severity]
		rule := Rule{ID: t.ID, Paths: t.Paths, Severity: severity, Reason: strings.TrimSpace(t.Reason), line: line}
		switch {
		case t.ID == "":
			r.at(line, "settings-value", collection.Error, "a [[rule]] needs an id, such as id = \"resource-missing\"")
			continue
		case !ok:
			r.at(line, "settings-value", collection.Error, fmt.Sprintf("the severity of the rule %.60q must be \"error\", \"warning\" or \"note\"", t.ID))
			continue
		}
		r.known(line, t.ID)
		for _, glob := range t.Paths {
			rule.paths = append(rule.paths, globPattern(glob))
		}
		s.Rules = append(s.Rules, rule)
	}
}

var severities = map[string]collection.Severity{
	collection.Error.String(): collection.Error, collection.Warning.String(): collection.Warning, collection.Note.String(): collection.Note,
}

// known warns if no rule has the id.
func (r *reader) known(line int, id string) {
	if _, ok := collection.RuleOf(id); ok {
		return
	}
	var ids []string
	for _, rule := range collection.Rules() {
		ids = append(ids, rule.ID)
	}
	message := fmt.Sprintf("there is no rule %.60q, so the setting has no effect", id)
	if near, ok := cnxml.Nearest(id, ids); ok {
		message += "; did you mean " + near + "?"
	}
	r.at(line, "settings-rule", collection.Warning, message)
}

// globPattern compiles a glob over whole paths.
func globPattern(glob string) *regexp.Regexp {
	quoted := regexp.QuoteMeta(strings.TrimPrefix(glob, "/"))
	return regexp.MustCompile("^" + strings.NewReplacer(`\*\*/`, "(?:.*/)?", `\*\*`, ".*", `\*`, "[^/]*", `\?`, "[^/]").Replace(quoted) + "$")
}
