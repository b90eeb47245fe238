package contribution

import (
	"fmt"
	"strconv"
	"strings"
)

// options are the push options about contributions. Those of other matters are left
// to others.
type options struct {
	topic       string
	title       string
	description string
	number      int64 // of the contribution to amend; 0: not said
	unreviewed  bool  // approvals are set aside
}

// unreviewed is the push option by which an admin of a repository pushes to a branch
// that takes only approved contributions.
const unreviewed = "unreviewed"

// readOptions reads the options "topic", "title", "description" and "contribution",
// each with a value behind "=".
func readOptions(list []string) (o options, err error) {
	for _, option := range list {
		name, value, _ := strings.Cut(option, "=")
		switch name {
		case "topic":
			o.topic = value
		case "title":
			o.title = oneLine(value, maxTitle)
		case "description":
			o.description = cut(strings.TrimSpace(plain(strings.ReplaceAll(value, `\n`, "\n"))), maxText)
		case "contribution":
			if o.number, err = strconv.ParseInt(value, 10, 64); err != nil || o.number < 1 {
				return o, fmt.Errorf("push option contribution: must be the number of one, such as contribution=3, not %.100q", value)
			}
		case unreviewed:
			o.unreviewed = true
		}
	}
	return o, nil
}
