// Package gitserver receives and serves git repositories.
//
// [ReceivePack] and [UploadPack] speak git's pack protocol over any reader and
// writer; the transports in smarthttp and ssh are thin around them. What is
// stored where is the business of the store package.
//
// The words are git's (see gitglossary(7)):
//
//   - A Repository is a named set of refs and the packs that hold their objects.
//   - A Ref is a name (bytes, not necessarily UTF-8) that points at an object.
//   - A RefUpdate asks to move one ref from an old object id to a new one.
//   - A Push is a set of ref updates that arrived together, with who sent it,
//     how, and what became of it.
//   - The quarantine is a folder where the objects of a push wait until the
//     push is accepted; a refused push leaves nothing behind.
//   - The mirror is a bare repository on this machine's disk from which native
//     git serves fetches. It is a cache: the database and the blob store can
//     rebuild it at any time.
//
// Fetches and pushes are one package: both advertise the same refs and share the
// server's limits, storage and cache.
package gitserver
