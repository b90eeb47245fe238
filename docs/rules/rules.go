// Package rules holds the pages about the rules by which books are judged.
package rules

import "embed"

// Pages has a file ID.md for each rule, and README.md that lists them.
//
//go:embed *.md
var Pages embed.FS
