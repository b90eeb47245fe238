package publish

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/publish/collection"
	"github.com/rhaptos/rhaptos/publish/release"
)

// The push options that make up a release request, each followed by its value.
const (
	NumberOption = "release="    // a number, for every book or for one: 2.0, BOOK@2.0
	TimeOption   = "publish-at=" // the end of an embargo, as in RFC 3339
)

// longestEmbargo bounds how far ahead the time of a release may be. A later time
// is more likely a slip.
const longestEmbargo = 400 * 24 * time.Hour

// highestPart bounds the parts of a requested number: all later numbers go on
// from it.
const highestPart = 99_999

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

// String is the form that ParseRequestedNumber reads.
func (n RequestedNumber) String() string {
	if n.Book == "" {
		return n.Number.String()
	}
	return n.Book + "@" + n.Number.String()
}

// ParseRequestedNumber reads MAJOR.MINOR or BOOK@MAJOR.MINOR; a "v" before the number is
// allowed. The error is fit for an author.
func ParseRequestedNumber(text string) (RequestedNumber, error) {
	book, number, named := strings.Cut(text, "@")
	if !named {
		book, number = "", text
	}
	n, ok := release.ParseNumber(strings.TrimPrefix(number, "v"))
	switch {
	case !ok:
		return RequestedNumber{}, fmt.Errorf("%q is not the number of a release: write MAJOR.MINOR, such as 2.0, or BOOK@2.0 for one of several books", cut(text, 100))
	case n.Major > highestPart || n.Minor > highestPart:
		return RequestedNumber{}, fmt.Errorf("%q is too high for the number of a release: its parts end at %d", cut(text, 100), highestPart)
	case named && !collection.ValidSlug(book):
		return RequestedNumber{}, fmt.Errorf("%q does not begin with the slug of a book", cut(text, 100))
	}
	return RequestedNumber{book, n}, nil
}

// TagNumber returns the number that a tag, given by its short name, asks for, if
// it has one of the forms 2.0, v2.0, BOOK@2.0 or BOOK@v2.0.
func TagNumber(tag string) (RequestedNumber, bool) {
	n, err := ParseRequestedNumber(tag)
	return n, err == nil
}

// ParseTime reads the time of an embargo, with its zone. One that has passed is
// the zero time: at once. The error is fit for an author.
func ParseTime(text string, now time.Time) (time.Time, error) {
	at, err := time.Parse(time.RFC3339, text)
	switch {
	case err != nil:
		return time.Time{}, fmt.Errorf("%q is not a time: write date, time and zone as in %s", cut(text, 100), now.UTC().Add(7*24*time.Hour).Format("2006-01-02T08:00:00Z"))
	case at.After(now.Add(longestEmbargo)):
		return time.Time{}, fmt.Errorf("%s is too far ahead: a release can wait for %d days", text, longestEmbargo/(24*time.Hour))
	case !at.After(now):
		return time.Time{}, nil
	}
	return at.UTC().Truncate(time.Microsecond), nil
}

// ParseReleaseOptions reads a request from push options and ignores other
// options. The error is fit for the pusher.
func ParseReleaseOptions(options []string, now time.Time) (ReleaseRequest, error) {
	var r ReleaseRequest
	timed := false
	for _, option := range options {
		if text, ok := strings.CutPrefix(option, NumberOption); ok {
			n, err := ParseRequestedNumber(text)
			if err != nil {
				return ReleaseRequest{}, fmt.Errorf("push option release: %w", err)
			}
			if err := r.add(n); err != nil {
				return ReleaseRequest{}, fmt.Errorf("push option release: %w", err)
			}
		}
		if text, ok := strings.CutPrefix(option, TimeOption); ok {
			at, err := ParseTime(text, now)
			if err == nil && timed {
				err = fmt.Errorf("it is given twice")
			}
			if err != nil {
				return ReleaseRequest{}, fmt.Errorf("push option publish-at: %w", err)
			}
			r.At, timed = at, true
		}
	}
	return r, nil
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

// numbersText and readNumbers convert the numbers to and from the text in the
// database.
func (r *ReleaseRequest) numbersText() string {
	var b strings.Builder
	for i, n := range r.Numbers {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(n.String())
	}
	return b.String()
}

func readNumbers(text string) ([]RequestedNumber, error) {
	var list []RequestedNumber
	for _, field := range strings.Fields(text) {
		n, err := ParseRequestedNumber(field)
		if err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	return list, nil
}

// micros converts a time; zero is NULL.
func micros(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: database.Micros(t), Valid: !t.IsZero()}
}

func fromMicros(m sql.NullInt64) time.Time {
	if !m.Valid {
		return time.Time{}
	}
	return database.Time(m.Int64)
}

func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "..."
	}
	return s
}
