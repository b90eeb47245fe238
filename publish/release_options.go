package publish

import (
	"fmt"
	"strings"
	"time"

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

// parseRequestedNumber reads MAJOR.MINOR or BOOK@MAJOR.MINOR; a "v" before the number is
// allowed. The error is fit for an author.
func parseRequestedNumber(text string) (RequestedNumber, error) {
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
	n, err := parseRequestedNumber(tag)
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
			n, err := parseRequestedNumber(text)
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

func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "..."
	}
	return s
}
