package contribution

import (
	"fmt"
	"strings"

	"github.com/rhaptos/rhaptos/gitserver"
)

// HeadRef returns the ref of the latest version of a contribution.
func HeadRef(number int64) string { return ref(number, "head") }

// BaseRef returns the ref of the merge base of the latest version and the branch.
func BaseRef(number int64) string { return ref(number, "base") }

// VersionRef returns the ref of a version.
func VersionRef(number, version int64) string { return ref(number, fmt.Sprintf("v%d", version)) }

func mergeRef(number int64) string { return ref(number, "merge") }

func ref(number int64, name string) string {
	return fmt.Sprintf("%s%d/%s", gitserver.ContributionPrefix, number, name)
}

// destination divides the name refs/for/BRANCH[/TOPIC] into a branch of the
// repository, by its short name, and a topic, which may be empty. Of several
// branches that it could mean, the longest name counts.
func destination(name string, refs []gitserver.Ref) (branch, topic string, ok bool) {
	rest := strings.TrimPrefix(name, gitserver.ForPrefix)
	rest = strings.TrimPrefix(rest, "refs/heads/")
	for branch = rest; branch != ""; branch = branch[:max(0, strings.LastIndexByte(branch, '/'))] {
		if _, there := find(refs, "refs/heads/"+branch); there {
			return branch, strings.TrimPrefix(rest[len(branch):], "/"), true
		}
	}
	return "", "", false
}
