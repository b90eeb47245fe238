package access

import (
	"regexp"
	"strings"
)

var repositoryPath = regexp.MustCompile(`^([a-z0-9][a-z0-9._-]{0,99})/([a-z0-9][a-z0-9._-]{0,99})$`)

// SplitPath splits the path of a repository as the transports take it,
// OWNER/NAME or OWNER/NAME.git. It knows only how names are written, not
// whether such a repository exists.
func SplitPath(path string) (owner, name string, ok bool) {
	m := repositoryPath.FindStringSubmatch(strings.TrimSuffix(path, ".git"))
	if m == nil {
		return "", "", false
	}
	for _, s := range m[1:] {
		if strings.Contains(s, "..") || strings.HasSuffix(s, ".git") || strings.HasSuffix(s, ".lock") {
			return "", "", false
		}
	}
	return m[1], m[2], true
}
