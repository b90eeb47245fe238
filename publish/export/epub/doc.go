// Package epub writes a release as an EPUB 3.2 publication: content documents,
// navigation, package document, a cover and the pictures that every reading
// system shows.
package epub
