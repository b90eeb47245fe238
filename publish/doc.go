// Package publish publishes the books of commits: one publication in, one release
// of every changed book out.
//
//   - A [Publication] is a commit that is to become releases or drafts. The
//     publications of a repository are numbered and take effect in that order,
//     each exactly once.
//   - A [ReleaseRequest] asks for numbers or an embargo.
//   - The baseline of a publication is a commit whose errors do not keep it from
//     being released.
//   - A [Publisher] works the queue. It reads commits from a [Source].
//   - An [Event] is something that happened to a repository or its books; an
//     [Announcer] passes it on.
//   - A [Decision] withdraws, blocks, restores or reschedules a release.
//
// A publication is requested by a row and a job in the transaction that moves
// the ref. The row counts, the job only wakes a worker: a superfluous job does
// nothing. The worker stores every file, then the manifests that name them, and
// then writes the releases, the end of the publication and its announcements in
// one transaction.
//
// What a tree holds is read by publish/check, under the settings that
// publish/settings reads; publish/edition builds the files.
package publish
