package publish

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/publish/release"
)

// ReleaseRequest says which releases a publication is to create. The zero value
// asks for the usual: a release of every book that has changed, with the next
// number, at once.
type ReleaseRequest struct {
	Numbers []RequestedNumber // at most one for a book
	Only    bool              // release the books in Numbers and no others
	At      time.Time         // the end of the embargo; zero: at once
}

// RequestedNumber is a number for the release of one book, or of every book if
// Book is empty.
type RequestedNumber struct {
	Book   string // slug
	Number release.Number
}

// String returns the form that parseRequestedNumber reads.
func (n RequestedNumber) String() string {
	if n.Book == "" {
		return n.Number.String()
	}
	return n.Book + "@" + n.Number.String()
}

func (r *ReleaseRequest) add(n RequestedNumber) error {
	for _, other := range r.Numbers {
		if other.Book == n.Book {
			return fmt.Errorf("%s and %s are two numbers for one release", other, n)
		}
	}
	r.Numbers = append(r.Numbers, n)
	return nil
}

// Number returns the number requested for a book, if any. One for this book has
// precedence over one for every book.
func (r *ReleaseRequest) Number(book string) (n release.Number, ok bool) {
	for _, named := range r.Numbers {
		if named.Book == book {
			return named.Number, true
		}
		if named.Book == "" {
			n, ok = named.Number, true
		}
	}
	return n, ok
}

// wants reports whether to release the book if it has changed.
func (r *ReleaseRequest) wants(book string) bool {
	if !r.Only {
		return true
	}
	_, named := r.Number(book)
	return named
}

// unknown says that a number is requested for a book that is not among the books;
// empty if there is no such.
func (r *ReleaseRequest) unknown(books []string) string {
	for _, n := range r.Numbers {
		if n.Book != "" && !slices.Contains(books, n.Book) {
			return fmt.Sprintf("there is no book %q in this commit; there is %s", n.Book, cmp.Or(strings.Join(books, ", "), "none"))
		}
	}
	return ""
}

// Refuses says why the books cannot be released with the requested numbers, in
// view of what is published and pending; empty if they can. The numbers are not
// reserved: another publication may take them before this one ends.
func (r *ReleaseRequest) Refuses(ctx context.Context, q database.Queryer, releases *release.Store, repositoryID string, books []string) (string, error) {
	if why := r.unknown(books); why != "" || len(r.Numbers) == 0 {
		return why, nil
	}
	for _, book := range books {
		n, ok := r.Number(book)
		if !ok {
			continue
		}
		if why, err := releases.CheckNumber(ctx, q, repositoryID, book, n); why != "" || err != nil {
			return why, err
		}
		if why, err := awaited(ctx, q, repositoryID, book, n); why != "" || err != nil {
			return why, err
		}
	}
	return "", nil
}

// awaited says which pending publication is to release the book with the number.
func awaited(ctx context.Context, q database.Queryer, repositoryID, book string, n release.Number) (string, error) {
	rows, err := q.QueryContext(ctx, `SELECT `+statusColumns+` FROM publication
		WHERE repository_id = $1 AND state = $2 AND numbers <> '' ORDER BY number`, repositoryID, string(Pending))
	if err != nil {
		return "", fmt.Errorf("look for numbers that are asked for: %w", err)
	}
	pending, err := database.Collect(rows, scanStatus)
	if err != nil {
		return "", err
	}
	for _, p := range pending {
		if other, ok := p.Request.Number(book); ok && other == n {
			return fmt.Sprintf("%s %s is what publication %d is to make, which has not ended", book, n, p.Number), nil
		}
	}
	return "", nil
}
