// Package search finds pages in what has been published, in every language
// that books are written in.
//
//   - A Document is the text of a page, taken from its stored HTML: title,
//     sections with their anchors, key terms. Pages with equal text have one
//     document, whichever releases and drafts they are in.
//   - A token is what documents and queries have in common: a word in lower
//     case, or two neighbouring characters of a script that is written without
//     spaces. Tokens are made here and not by the database, so every database
//     finds the same.
//   - An edition is a release or a draft, known by the digest of its manifest.
//     Whoever searches says in which editions: what is withdrawn, private or
//     under embargo is not found because it is not asked for.
//   - A plan is a query as phrases in fields, grouped by what must be there. An
//     engine keeps tokens and finds documents by a plan: fts5 in SQLite, postings
//     in PostgreSQL. Both rank alike.
//
// The rows of releases and drafts are the truth of what is to be indexed. A job
// only wakes the worker, which indexes every edition that is not; a job too
// many does nothing.
package search
