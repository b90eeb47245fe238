// Package content turns a release into the material of the files that readers
// download: its pages and media, cleaned of whatever needs a server.
//
//   - An Edition is a release: its manifest, its stored pages and media.
//   - A Cleaner turns a stored page into one that stands by itself. Addresses
//     gives its links their targets, Places says which of them exist.
//   - Names gives files names that every file system takes.
//   - A Zip is an archive whose bytes depend on what is put into it alone.
//
// Equal editions give equal bytes: names are numbered in the order of the
// contents, and times are those of the release.
package content
