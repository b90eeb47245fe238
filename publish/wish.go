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

// The push options by which a pusher says what the releases are to be, each
// followed by its value.
const (
	NumberOption = "release="    // a number, for every book or for one: 2.0, BOOK@2.0
	TimeOption   = "publish-at=" // when they are to appear, by RFC 3339
)

// longestEmbargo is how far ahead the time of a release may be. A time beyond
// it is more likely a slip.
const longestEmbargo = 400 * 24 * time.Hour

// highestPart bounds the parts of a number that somebody asks for: all later
// numbers go on from it.
const highestPart = 99_999

// Wish is what who asks for a publication wants of its releases. The zero Wish
// wants what is usual: of every book that has changed the next number, at once.
type Wish struct {
	Numbers []Named   // at most one for a book
	Only    bool      // releases of the books in Numbers and of no others
	At      time.Time // when they are to appear; zero: at once
}

// Named is a number for the release of one book, or of every book where Book is
// empty.
type Named struct {
	Book   string // slug
	Number release.Number
}

// String is the form that ParseNamed reads.
func (n Named) String() string {
	if n.Book == "" {
		return n.Number.String()
	}
	return n.Book + "@" + n.Number.String()
}

// ParseNamed reads MAJOR.MINOR or BOOK@MAJOR.MINOR; a "v" before the number is
// allowed. The error is a sentence for who wrote it.
func ParseNamed(text string) (Named, error) {
	book, number, named := strings.Cut(text, "@")
	if !named {
		book, number = "", text
	}
	n, ok := release.ParseNumber(strings.TrimPrefix(number, "v"))
	switch {
	case !ok:
		return Named{}, fmt.Errorf("%q is not the number of a release: write MAJOR.MINOR, such as 2.0, or BOOK@2.0 for one of several books", cut(text, 100))
	case n.Major > highestPart || n.Minor > highestPart:
		return Named{}, fmt.Errorf("%q is too high for the number of a release: its parts end at %d", cut(text, 100), highestPart)
	case named && !collection.ValidSlug(book):
		return Named{}, fmt.Errorf("%q does not begin with the slug of a book", cut(text, 100))
	}
	return Named{book, n}, nil
}

// TagNumber is the number that a tag names by its short name, if it names one:
// 2.0, v2.0, BOOK@2.0 or BOOK@v2.0.
func TagNumber(tag string) (Named, bool) {
	n, err := ParseNamed(tag)
	return n, err == nil
}

// ParseTime reads the time at which a release is to appear, with its zone. One
// that has passed by now is the zero time: at once. The error is a sentence for
// who wrote it.
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

// ReadWish reads the push options that are wishes. Others are somebody else's.
// The error is a sentence for the pusher.
func ReadWish(options []string, now time.Time) (Wish, error) {
	var w Wish
	timed := false
	for _, option := range options {
		if text, ok := strings.CutPrefix(option, NumberOption); ok {
			n, err := ParseNamed(text)
			if err != nil {
				return Wish{}, fmt.Errorf("push option release: %w", err)
			}
			if err := w.add(n); err != nil {
				return Wish{}, fmt.Errorf("push option release: %w", err)
			}
		}
		if text, ok := strings.CutPrefix(option, TimeOption); ok {
			at, err := ParseTime(text, now)
			if err == nil && timed {
				err = fmt.Errorf("it is given twice")
			}
			if err != nil {
				return Wish{}, fmt.Errorf("push option publish-at: %w", err)
			}
			w.At, timed = at, true
		}
	}
	return w, nil
}

func (w *Wish) add(n Named) error {
	for _, other := range w.Numbers {
		if other.Book == n.Book {
			return fmt.Errorf("%s and %s are two numbers for one release", other, n)
		}
	}
	w.Numbers = append(w.Numbers, n)
	return nil
}

// Number is the number that is wanted for a book, if one is. One for this book
// comes before one for every book.
func (w *Wish) Number(book string) (n release.Number, ok bool) {
	for _, named := range w.Numbers {
		if named.Book == book {
			return named.Number, true
		}
		if named.Book == "" {
			n, ok = named.Number, true
		}
	}
	return n, ok
}

// wants reports whether a release of the book is wanted if it has changed.
func (w *Wish) wants(book string) bool {
	if !w.Only {
		return true
	}
	_, named := w.Number(book)
	return named
}

// unknown is a book that a number is wanted for and that is not among the books.
func (w *Wish) unknown(books []string) string {
	for _, n := range w.Numbers {
		if n.Book != "" && !slices.Contains(books, n.Book) {
			return fmt.Sprintf("there is no book %q in this commit; there is %s", n.Book, cmp.Or(strings.Join(books, ", "), "none"))
		}
	}
	return ""
}

// Refuses says why the numbers of a wish cannot be given to releases of the
// books, by what has been published and asked for so far; empty if they can.
// Between this and the publication somebody else may take them.
func (w *Wish) Refuses(ctx context.Context, q database.Queryer, releases *release.Store, repositoryID string, books []string) (string, error) {
	if why := w.unknown(books); why != "" || len(w.Numbers) == 0 {
		return why, nil
	}
	for _, book := range books {
		n, ok := w.Number(book)
		if !ok {
			continue
		}
		if why, err := releases.Refuses(ctx, q, repositoryID, book, n); why != "" || err != nil {
			return why, err
		}
		if why, err := awaited(ctx, q, repositoryID, book, n); why != "" || err != nil {
			return why, err
		}
	}
	return "", nil
}

// awaited says which pending publication is to give the number to the book.
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
		if other, ok := p.Wish.Number(book); ok && other == n {
			return fmt.Sprintf("%s %s is what publication %d is to make, which has not ended", book, n, p.Number), nil
		}
	}
	return "", nil
}

// numbersText and readNumbers are how the numbers stand in the database.
func (w *Wish) numbersText() string {
	var b strings.Builder
	for i, n := range w.Numbers {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(n.String())
	}
	return b.String()
}

func readNumbers(text string) ([]Named, error) {
	var list []Named
	for _, field := range strings.Fields(text) {
		n, err := ParseNamed(field)
		if err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	return list, nil
}

// micros is a time that may be zero, which is NULL.
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
