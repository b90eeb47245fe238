// Package hooks is where git and books meet, as in a git hook: a push is judged
// by the content that it brings, and what is accepted is queued for publication
// in the transaction that moves the refs.
//
// A push to a published branch is accepted exactly if it could be published:
// the tree is read by the same code that publishes it. A push to any other
// branch is a draft; its author is told the same and never refused for it.
package hooks
