// Package hooks is where git and books meet: it implements the hooks of gitserver
// for repositories that hold books.
//
//   - [Content] checks what a push brings and requests the publications that
//     follow from it, in the transaction that moves the refs.
//   - [Exec] runs the operator's executables, as githooks(5) describes them.
//   - The plan of a ref update says what accepting it leads to: a release, a
//     draft or no publication. It is made before any content is read.
//   - The baseline of a published ref is the commit that it is compared with: only
//     errors that the baseline lacks refuse a push.
//   - The feedback is what the pusher sees; the report is all that was found.
//
// A push to a published branch is accepted exactly if it could be published: the
// publisher reads the tree with the same code. A push to any other branch makes
// a draft and is never refused for its content.
package hooks
