// Package changes serves what has changed between two editions of a book: a list
// of pages, headings and media, and single pages with marks. An edition is a
// release or a draft; publish/compare compares them.
package changes
