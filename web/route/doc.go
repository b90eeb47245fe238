// Package route reads the paths of requests by patterns, and writes paths by the
// same patterns.
//
// A pattern is a path in which some segments, or parts of them, are variables in
// braces:
//
//	/{owner}/{repo}/-/pushes/{push}[.json|.sarif]
//	/{owner}/{repo}[.git]/info/refs
//	/{owner}/{repo}/{book}@{old}...{new}/{path...}
//
// {path...} stands for all segments that are left, one or more. Endings in
// brackets are optional; [Match.Format] tells which was there. What each
// variable may stand for is fixed, see variables.go.
//
// A path is split before anything is unescaped, so an escaped slash separates
// nothing. Words of a pattern, endings, and the names of owners and repositories
// must be sent without escapes; everything else is unescaped once. No value is
// "." or "..", or has a slash (other than a path), a control character, or bytes
// that are not UTF-8.
package route
