// Package pdf prints a release as one PDF, with page numbers in its contents and
// its index. A Chromium lays it out.
package pdf

import "errors"

// ErrTooMuch says that a book takes more time or memory than printing may, and
// will again.
var ErrTooMuch = errors.New("too much")
