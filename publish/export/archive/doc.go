// Package archive gives releases the JSON that OpenStax's readers fetch from an
// archive: a Book with its tree of Nodes, a Page with its content, and the
// Resources that pages refer to by their SHA-1.
package archive
