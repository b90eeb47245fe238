package report

import (
	"encoding/json"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/gitserver/plaintext"
	"github.com/rhaptos/rhaptos/publish/collection"
)

// The parts of SARIF 2.1.0 (OASIS) that a report needs.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool              sarifTool        `json:"tool"`
		AutomationDetails *sarifAutomation `json:"automationDetails,omitempty"`
		VersionControl    []sarifVersion   `json:"versionControlProvenance,omitempty"`
		ColumnKind        string           `json:"columnKind"`
		Results           []sarifResult    `json:"results"`
	}
	sarifAutomation struct {
		ID string `json:"id"`
	}
	sarifVersion struct {
		RepositoryURI string `json:"repositoryUri"`
		RevisionID    string `json:"revisionId"`
		Branch        string `json:"branch,omitempty"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version,omitempty"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string    `json:"id"`
		ShortDescription sarifText `json:"shortDescription"`
		HelpURI          string    `json:"helpUri,omitempty"`
		Default          struct {
			Level string `json:"level"`
		} `json:"defaultConfiguration"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID        string          `json:"ruleId"`
		RuleIndex     int             `json:"ruleIndex"`
		Level         string          `json:"level"`
		Message       sarifText       `json:"message"`
		Locations     []sarifLocation `json:"locations"`
		BaselineState string          `json:"baselineState,omitempty"`
		Fixes         []sarifFix      `json:"fixes,omitempty"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int        `json:"startLine"`
		StartColumn int        `json:"startColumn,omitempty"`
		EndLine     int        `json:"endLine,omitempty"`
		EndColumn   int        `json:"endColumn,omitempty"`
		Snippet     *sarifText `json:"snippet,omitempty"`
	}
	sarifFix struct {
		Description sarifText     `json:"description"`
		Changes     []sarifChange `json:"artifactChanges"`
	}
	sarifChange struct {
		Artifact     sarifArtifact      `json:"artifactLocation"`
		Replacements []sarifReplacement `json:"replacements"`
	}
	sarifReplacement struct {
		Deleted  sarifRegion `json:"deletedRegion"`
		Inserted sarifText   `json:"insertedContent"`
	}
)

// Tool names the program in a SARIF log.
type Tool struct {
	Version    string
	Rules      string // address below which each rule's page is, such as "https://books.example/-/rules/"; may be empty
	Repository string // address of the repository; may be empty
}

// WriteSARIF writes the report as a SARIF 2.1.0 log with a run for each ref.
func (r *Report) WriteSARIF(w io.Writer, tool Tool) error {
	log := sarifLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{}}
	for i := range r.Refs {
		log.Runs = append(log.Runs, tool.run(&r.Refs[i]))
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(log)
}

func (t Tool) run(ref *Ref) sarifRun {
	run := sarifRun{
		Tool:       sarifTool{sarifDriver{Name: "rhaptos", Version: t.Version, Rules: []sarifRule{}}},
		ColumnKind: "unicodeCodePoints",
		Results:    []sarifResult{},
	}
	if ref.Name != "" {
		run.AutomationDetails = &sarifAutomation{"rhaptos/" + ref.Name}
	}
	if ref.Commit != "" && t.Repository != "" {
		run.VersionControl = []sarifVersion{{t.Repository, ref.Commit, strings.TrimPrefix(ref.Name, "refs/heads/")}}
	}
	index := map[string]int{}
	for _, p := range ref.Problems {
		if _, ok := index[p.Rule]; !ok {
			index[p.Rule] = len(run.Tool.Driver.Rules)
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, t.rule(p))
		}
	}
	before := slices.ContainsFunc(ref.Problems, func(p Problem) bool { return p.Before })
	for _, p := range ref.Problems {
		result := p.sarif()
		result.RuleIndex = index[p.Rule]
		if before && p.Before {
			result.BaselineState = "unchanged"
		} else if before {
			result.BaselineState = "new"
		}
		run.Results = append(run.Results, result)
	}
	return run
}

func (t Tool) rule(p Problem) sarifRule {
	rule := sarifRule{ID: p.Rule, ShortDescription: sarifText{p.Rule}}
	rule.Default.Level = p.Severity
	if known, ok := collection.RuleOf(p.Rule); ok {
		rule.ShortDescription.Text, rule.Default.Level = known.Meaning, known.Severity.String()
	}
	if t.Rules != "" {
		rule.HelpURI = t.Rules + p.Rule
	}
	return rule
}

func (p Problem) sarif() sarifResult {
	artifact := sarifArtifact{(&url.URL{Path: p.Path}).String()}
	result := sarifResult{RuleID: p.Rule, Level: p.Severity, Message: sarifText{p.Message}}
	physical := sarifPhysical{Artifact: artifact}
	if p.Line > 0 {
		physical.Region = &sarifRegion{StartLine: p.Line, StartColumn: p.Column, EndLine: p.EndLine, EndColumn: p.EndColumn}
		if p.Source != "" {
			physical.Region.Snippet = &sarifText{p.Source}
		}
	}
	result.Locations = []sarifLocation{{physical}}
	if p.Replacement != "" && p.EndLine > 0 {
		result.Fixes = []sarifFix{{sarifText{"write " + plaintext.Line(p.Replacement, maxMessage)}, []sarifChange{{artifact,
			[]sarifReplacement{{sarifRegion{StartLine: p.Line, StartColumn: p.Column, EndLine: p.EndLine, EndColumn: p.EndColumn}, sarifText{p.Replacement}}}}}}}
	}
	return result
}
