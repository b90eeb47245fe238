// Package rules embeds the documentation of the rules that books are checked by:
// what a rule means, why it matters, an example, and how to fix it.
package rules

import "embed"

// Pages contains a file ID.md for each rule, and README.md, which lists them.
//
//go:embed *.md
var Pages embed.FS
