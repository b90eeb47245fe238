// Package fault catches panics that a book brings to light, so that a fault of
// this program is a problem of one page and not the end of the server.
package fault

import (
	"fmt"
	"runtime/debug"

	"github.com/rhaptos/rhaptos/publish/collection"
)

// Panic is a panic that was caught.
type Panic struct {
	What  string // what failed, such as "rendering this page"
	Value any    // what panic was called with, or an error
	Stack string // for the operator's log; empty for an error
}

func (e *Panic) Error() string { return fmt.Sprintf("%s: panic: %v", e.What, e.Value) }

// Problem returns the problem that the author of the file at path sees.
func (e *Panic) Problem(path string) collection.Problem {
	return collection.Problem{Path: path, Rule: "internal-fault", Severity: collection.Error,
		Message: fmt.Sprintf("%s failed because of a fault in the server (%v); its log says more", e.What, e.Value)}
}

// Catch calls f. If f panics the error is a [*Panic].
func Catch(what string, f func()) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &Panic{what, v, string(debug.Stack())}
		}
	}()
	f()
	return nil
}
