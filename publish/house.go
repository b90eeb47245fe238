package publish

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/rhaptos/rhaptos/publish/cnxml"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// Bounds of what a repository may set for itself.
const (
	maxRules = 200
	maxWords = 500

	maxUnknown = 20 // keys that are told of
)

// RuleSetting is how grave a repository finds the problems of one rule.
type RuleSetting struct {
	ID       string   // of the rule, such as "resource-missing"
	Paths    []string // globs: * within a name, ** across folders; none means everywhere
	Severity collection.Severity
	Reason   string // why an error may count for less; without one it does not

	paths []*regexp.Regexp
	line  int // of the settings
}

// Word is a word or phrase that a repository does not want in its books.
type Word struct {
	Avoid    string
	Use      string // instead; may be empty
	Severity collection.Severity

	pattern *regexp.Regexp
}

// matches reports whether the rule is about the problem.
func (r *RuleSetting) matches(p *collection.Problem) bool {
	return r.ID == p.Rule && (len(r.paths) == 0 ||
		slices.ContainsFunc(r.paths, func(glob *regexp.Regexp) bool { return glob.MatchString(p.Path) }))
}

// apply gives problems the severities that the repository's rules say; of
// several rules the last one that matches counts. An error is lowered only by a
// rule with a reason, and every rule that lowers errors is itself a problem:
// with its reason a note, without one a warning that it has no effect.
func (s *Settings) apply(problems []collection.Problem) []collection.Problem {
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

// lowering tells that the rule is about errors.
func (r *RuleSetting) lowering(count int) collection.Problem {
	what := fmt.Sprintf("%d errors of %s", count, r.ID)
	if count == 1 {
		what = "1 error of " + r.ID
	}
	if r.Reason == "" {
		return settingsProblem(r.line, 1, "settings-reason", collection.Warning,
			what+" would count for less, but stays an error: add reason = \"...\" to the setting")
	}
	return settingsProblem(r.line, 1, "severity-lowered", collection.Note,
		fmt.Sprintf("%s: counted as %s here because %s", what, r.Severity, cnxml.Escape(r.Reason)))
}

// rules reads the tables [[rule]].
func (r *settingsReader) rules(s *Settings, value toml.Primitive) {
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
		rule := RuleSetting{ID: t.ID, Paths: t.Paths, Severity: severity, Reason: strings.TrimSpace(t.Reason), line: line}
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

// words reads the tables [[word]].
func (r *settingsReader) words(s *Settings, value toml.Primitive) {
	var tables []struct {
		Avoid    string
		Use      string
		Severity string
	}
	if !r.tables("word", value, &tables) {
		return
	}
	for i, t := range tables {
		line := r.header("word", i)
		if i == maxWords {
			r.at(line, "settings-value", collection.Error, fmt.Sprintf("there are more than %d [[word]]; remove some", maxWords))
			return
		}
		severity, ok := severities[cmp.Or(t.Severity, collection.Warning.String())]
		fields := strings.Fields(t.Avoid)
		switch {
		case leading(t.Avoid) == "":
			r.at(line, "settings-value", collection.Error, "a [[word]] needs the word to avoid, which begins with a letter or digit, such as avoid = \"utilize\"")
			continue
		case !ok:
			r.at(line, "settings-value", collection.Error, fmt.Sprintf("the severity of the word %.60q must be \"error\", \"warning\" or \"note\"", t.Avoid))
			continue
		}
		s.Words = append(s.Words, Word{Avoid: strings.Join(fields, " "), Use: t.Use, Severity: severity, pattern: wordPattern(fields)})
	}
}

// tables decodes a list of tables, and warns of keys that they do not have.
func (r *settingsReader) tables(key string, value toml.Primitive, into any) bool {
	if err := r.md.PrimitiveDecode(value, into); err != nil {
		r.add(value, "settings-value", collection.Error, fmt.Sprintf("%s must be tables of text: write [[%s]] above each", key, key))
		return false
	}
	told := map[string]bool{}
	for _, k := range r.md.Undecoded() {
		if len(k) == 2 && k[0] == key && !told[k[1]] && len(told) < maxUnknown {
			told[k[1]] = true
			r.at(r.header(key, 0), "settings-key", collection.Warning, fmt.Sprintf("the setting %.60q of a [[%s]] is not known", k[1], key))
		}
	}
	return true
}

var severities = map[string]collection.Severity{
	collection.Error.String(): collection.Error, collection.Warning.String(): collection.Warning, collection.Note.String(): collection.Note,
}

// known warns of a rule that does not exist.
func (r *settingsReader) known(line int, id string) {
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

// header is the line of the table [[key]] with the index, 0 if the tables are
// written in another way. The decoder knows places of plain keys only.
func (r *settingsReader) header(key string, index int) int {
	n := 0
	for line := range strings.Lines(r.text) {
		n++
		if strings.ReplaceAll(strings.TrimSpace(line), " ", "") == "[["+key+"]]" {
			if index--; index < 0 {
				return n
			}
		}
	}
	return 0
}

// at records a problem of a line, 0 meaning the file as a whole.
func (r *settingsReader) at(line int, rule string, severity collection.Severity, message string) {
	r.problems = append(r.problems, settingsProblem(line, min(line, 1), rule, severity, message))
}

// globPattern is a glob over whole paths as a regular expression.
func globPattern(glob string) *regexp.Regexp {
	quoted := regexp.QuoteMeta(strings.TrimPrefix(glob, "/"))
	return regexp.MustCompile("^" + strings.NewReplacer(`\*\*/`, "(?:.*/)?", `\*\*`, ".*", `\*`, "[^/]*", `\?`, "[^/]").Replace(quoted) + "$")
}

// wordPattern is a phrase at the start of a text, in whichever case unless it
// has capitals of its own.
func wordPattern(fields []string) *regexp.Regexp {
	flags := ""
	if joined := strings.Join(fields, " "); joined == strings.ToLower(joined) {
		flags = "(?i)"
	}
	quoted := make([]string, len(fields))
	for i := range fields {
		quoted[i] = regexp.QuoteMeta(fields[i])
	}
	return regexp.MustCompile("^" + flags + strings.Join(quoted, `\s+`))
}
