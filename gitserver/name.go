package gitserver

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var nameRule = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,99}$`)

// reserved are the first segments of paths that are not an owner's.
var reserved = []string{"contents", "search"}

// CheckName checks the name of an owner or a repository: names
// are one segment of a URL path, and the same on every file system.
func CheckName(name string) error {
	switch {
	case !nameRule.MatchString(name):
		return fmt.Errorf("name %.60q: use 1 to 100 of a-z 0-9 . _ -, beginning with a letter or digit", name)
	case strings.Contains(name, ".."), strings.HasSuffix(name, "."), strings.HasSuffix(name, ".git"), strings.HasSuffix(name, ".lock"):
		return fmt.Errorf("name %q: must not contain .. nor end in a dot, .git or .lock", name)
	}
	return nil
}

// CheckOwner is CheckName for an owner, whose name must not be a path of the
// server itself either.
func CheckOwner(name string) error {
	if slices.Contains(reserved, name) {
		return fmt.Errorf("name %q is a path of the server itself: choose another", name)
	}
	return CheckName(name)
}

// SplitPath splits the path of a repository as the transports take it,
// OWNER/NAME or OWNER/NAME.git. It knows only how names are written, not
// whether such a repository exists.
func SplitPath(path string) (owner, name string, ok bool) {
	owner, name, ok = strings.Cut(strings.TrimSuffix(path, ".git"), "/")
	if !ok || CheckName(owner) != nil || CheckName(name) != nil {
		return "", "", false
	}
	return owner, name, true
}
