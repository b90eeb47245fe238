// Package outline has the model of a book: its pages in reading order with their
// slugs and numbers, what is counted in each, what every id stands for, and what
// its index and its glossaries hold. It writes no HTML; package render does, and
// asks here what a page is called and where a link leads.
//
// The model is made of what is known about each module without its text, the
// [Scan], which the analysis cache keeps. So opening a book costs no parsing,
// and ModuleText reads a text when a page shows it.
//
// The words used here:
//   - A page shows a module, or is generated: key terms, collected sections and
//     answers at the end of a chapter; glossary, index and the page about the
//     book at its end.
//   - A section is one with a class, which the chapter layout may move from its
//     module's page to a section page.
//   - An excerpt is the part of a module that a generated page shows.
//   - A target is an element that links can call by a name ("Figure 3.4"); its
//     label is that name.
package outline
