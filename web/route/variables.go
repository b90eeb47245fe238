package route

import (
	"regexp"
	"strings"

	"github.com/rhaptos/rhaptos/publish/collection"
)

// Match holds what the variables of a pattern stand for in a path.
type Match struct {
	Owner, Repo string // of the repository
	Book        string // slug
	At          string // edition: a number, or a branch as one segment
	Old, New    string // editions that are compared; empty if the path names none
	Name        string // of whatever else has one: a push, a rule, a trigger, a trace
	Path        string // of a file or an endpoint, without a slash at its beginning
	Format      string // ending without its dot: "json"; empty if there was none
}

// variable describes the values of a name in braces.
type variable struct {
	value func(*Match) *string // where it goes; nil: nowhere
	valid func(string) bool    // nil: all but the empty string, "." and ".."
	raw   bool                 // taken as it was sent
}

var variables = map[string]variable{
	"owner": {value: func(m *Match) *string { return &m.Owner }, valid: isRepositoryName, raw: true},
	"repo":  {value: func(m *Match) *string { return &m.Repo }, valid: isRepositoryName, raw: true},
	"book":  {value: func(m *Match) *string { return &m.Book }, valid: collection.ValidSlug},
	"at":    {value: func(m *Match) *string { return &m.At }},
	"old":   {value: func(m *Match) *string { return &m.Old }, valid: anything},
	"new":   {value: func(m *Match) *string { return &m.New }, valid: anything},

	"path":     {value: func(m *Match) *string { return &m.Path }},
	"endpoint": {value: func(m *Match) *string { return &m.Path }, raw: true},

	"bundle":   {value: name, valid: bundleName.MatchString, raw: true},
	"archived": {value: name, valid: archivedName.MatchString},
	"sha1":     {value: name, valid: sha1.MatchString},
	"push":     {value: name},

	"contribution": {value: name, valid: number.MatchString, raw: true},

	"rule":    {value: name},
	"target":  {value: name},
	"trace":   {value: name},
	"trigger": {value: name},
	"version": {}, // of the archive that a client believes to ask
}

func name(m *Match) *string { return &m.Name }

func anything(string) bool { return true }

const uuid = `[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`

var (
	bundleName   = regexp.MustCompile(`^[0-9a-f]{40}\.bundle$`)
	archivedName = regexp.MustCompile(`^(` + uuid + `)@([0-9]+\.[0-9]+)(?::(` + uuid + `))?(?:@[0-9.]*)?\.(json|xhtml)$`)
	number       = regexp.MustCompile(`^[1-9][0-9]{0,17}$`)
	sha1         = regexp.MustCompile(`^[0-9a-f]{40}$`)
)

// Archived takes apart the name of a book or a page in the archive's form: the
// UUID of the book, the number of the release, the UUID of the page, empty for
// the book, and "json" or "xhtml".
func Archived(name string) (book, number, page, form string) {
	m := archivedName.FindStringSubmatch(name)
	return m[1], m[2], m[3], m[4]
}

// isRepositoryName reports whether s can be the name of an owner or a repository:
// up to 100 of a-z, 0-9, ".", "_" and "-", a letter or a digit first.
func isRepositoryName(s string) bool {
	if len(s) == 0 || len(s) > 100 || strings.IndexByte("._-", s[0]) >= 0 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && strings.IndexByte("._-", c) < 0 {
			return false
		}
	}
	return !strings.Contains(s, "..") && !strings.HasSuffix(s, ".git") && !strings.HasSuffix(s, ".lock")
}
