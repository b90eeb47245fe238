// Package contribution shows changes that are proposed to a repository: their list, and
// each with its versions, reviews and where its pages are read.
package contribution
