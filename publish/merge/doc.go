// Package merge joins two versions of a book that began as one.
//
// It knows what is in the files: chapters are merged by blocks and then by words,
// modules by elements and their ids, tables of contents as trees in which each entry is
// once. What one side moved and the other changed comes out changed in its new place.
// What cannot be joined without guessing is a [Conflict], said in the words of the
// book; changes that touch are one, since joining them is wrong as often as right.
// Everything that no side changed stays as it is, byte by byte.
//
// The result is a function of the three versions, and does not depend on which side is
// which, other than in the labels of conflicts.
//
// The package is large because text may move between files of any kind, so all kinds
// are parsed into one tree of nodes and merged by one set of rules.
package merge
