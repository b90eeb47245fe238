package ssh

import (
	"errors"
	"regexp"

	"github.com/sosedoff/gitkit"

	"github.com/rhaptos/rhaptos/gitserver"
)

// The verbs of git's that are served.
const (
	uploadPack    = "git-upload-pack"    // the client fetches
	uploadArchive = "git-upload-archive" // the client wants an archive of a tree
	receivePack   = "git-receive-pack"   // the client pushes
)

var commandLine = regexp.MustCompile(`^(git-upload-pack|git-upload-archive|git-receive-pack) '/?([a-z0-9._/-]{1,220})'$`)

var errCommand = errors.New("this server takes git-upload-pack, git-upload-archive and git-receive-pack with one path, 'OWNER/NAME' or 'OWNER/NAME.git': use git clone, git fetch, git archive or git push")

// parseCommand reads the command line that git sends over SSH: a verb and a
// quoted path, 'OWNER/NAME' or '/OWNER/NAME', with or without .git at its end.
// No shell ever sees it. The error of any other line says what is expected.
func parseCommand(line string) (verb, owner, repo string, err error) {
	m := commandLine.FindStringSubmatch(line)
	if m == nil {
		return "", "", "", errCommand
	}
	owner, repo, ok := gitserver.SplitPath(m[2])
	if !ok {
		return "", "", "", errCommand
	}
	// gitkit drops the first slash of a path wherever it is: there must be one
	// in front.
	command, err := gitkit.ParseGitCommand(m[1] + " '/" + owner + "/" + repo + "'")
	if err != nil || command.Command != m[1] || command.Repo != owner+"/"+repo {
		return "", "", "", errCommand
	}
	return command.Command, owner, repo, nil
}
