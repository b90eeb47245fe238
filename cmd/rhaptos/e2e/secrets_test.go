package e2e

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
)

var (
	tokenForm  = regexp.MustCompile(`rhp_[a-z2-7]{26}_[a-z2-7]{52}`)
	secretForm = regexp.MustCompile(tokenForm.String() + `|rhl_[\w-]{40,}|whsec_[A-Za-z0-9+/=]{20,}|PRIVATE KEY|(?i:authorization: *(basic|bearer))`)
)

// secretIn finds what looks like a secret of ours in a log, empty if nothing
// does. Every scenario asks for the log of its servers (H9).
func secretIn(log string) string { return secretForm.FindString(log) }

// tokenInDatabase finds a token in the files of a database. The secrets of
// webhooks and triggers must be there, to sign with; tokens must not.
func tokenInDatabase(data string) (string, error) {
	files, err := filepath.Glob(filepath.Join(data, "rhaptos.db*"))
	if err != nil {
		return "", err
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue // SQLite has cleared up in between
		}
		if err != nil {
			return "", err
		}
		if found := tokenForm.Find(b); found != nil {
			return string(found), nil
		}
	}
	return "", nil
}
