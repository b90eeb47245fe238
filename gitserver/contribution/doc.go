// Package contribution keeps changes that are proposed to branches.
//
//   - A Contribution is a change that somebody proposes to a branch, by pushing it
//     to refs/for/BRANCH or refs/for/BRANCH/TOPIC. It has a number in its repository.
//   - A version is what was pushed once. Its author amends a contribution by pushing
//     to it; it is recognised by the push option "contribution", by its topic, by the
//     change id of its head commit, or because the new head follows the old one.
//   - A Review is an opinion or a remark on a version, and may be about a place in it.
//   - To accept a contribution is to merge it into its branch, by an ordinary push.
//     A push by which its head gets into the branch in another way accepts it too.
//
// The refs of a contribution are kept by the server alone:
//
//	refs/contributions/N/head    the latest version
//	refs/contributions/N/vK      version K
//	refs/contributions/N/base    the merge base of the latest version and the branch
//	refs/contributions/N/merge   the latest version, merged into the branch as it was
//	                             when that was pushed; absent if there were conflicts
//
// Reviews are git notes in refs/notes/reviews on the heads of versions. A note has a
// line for each review: a W3C Web Annotation in JSON.
//
// The package knows commits and trees, but not what is in them.
package contribution
