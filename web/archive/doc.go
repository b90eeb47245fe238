// Package archive serves releases in the form of OpenStax's archive, at the
// addresses that its readers request: books and pages by their UUIDs, files by
// their SHA-1. The addresses name no repository; the first one that has the book
// and that the sender may see answers.
package archive
