package negotiate

import (
	"strings"
	"time"
)

// The forms of an HTTP date (5.6.7): the one to send, and two to understand.
const (
	imfFixdate = "Mon, 02 Jan 2006 15:04:05 GMT"
	rfc850     = "Monday, 02-Jan-06 15:04:05 GMT"
	asctime    = "Mon Jan _2 15:04:05 2006"
)

const weekdays, months = "SunMonTueWedThuFriSat", "JanFebMarAprMayJunJulAugSepOctNovDec"

// FormatDate writes t as an HTTP date. [time.Time.Format] parses its layout
// first, which takes longer than the rest of a response. The year must have
// four digits.
func FormatDate(t time.Time) string {
	t = t.UTC()
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	b := [len(imfFixdate)]byte([]byte(imfFixdate))
	copy(b[:], weekdays[3*t.Weekday():][:3])
	twoDigits(b[5:], day)
	copy(b[8:], months[3*(month-1):][:3])
	twoDigits(b[12:], year/100)
	twoDigits(b[14:], year%100)
	twoDigits(b[17:], hour)
	twoDigits(b[20:], minute)
	twoDigits(b[23:], second)
	return string(b[:])
}

func twoDigits(b []byte, n int) { b[0], b[1] = byte('0'+n/10%10), byte('0'+n%10) }

// ParseDate parses a field that holds one HTTP date. A two-digit year more than
// fifty years after now is of the century before (5.6.7). False means that the
// field is absent, comes more than once, or is not a date; 13.1.3 and 13.1.4
// want it ignored then.
func ParseDate(values []string, now time.Time) (time.Time, bool) {
	if len(values) != 1 {
		return time.Time{}, false
	}
	s := trim(values[0])
	if strings.ContainsAny(s, ".\t") { // package time would take a fraction of a second
		return time.Time{}, false
	}
	if t, err := time.Parse(imfFixdate, s); err == nil && len(s) == len(imfFixdate) {
		return t.UTC(), true
	}
	if t, err := time.Parse(rfc850, s); err == nil {
		return century(t.UTC(), now), true
	}
	if t, err := time.Parse(asctime, s); err == nil && len(s) == len(asctime) {
		return t.UTC(), true
	}
	return time.Time{}, false
}

// century moves a date whose year had two digits to the right century.
func century(t, now time.Time) time.Time {
	year := now.UTC().Year()/100*100 + t.Year()%100
	moved := date(year, t)
	if moved.After(now.AddDate(50, 0, 0)) {
		moved = date(year-100, t)
	}
	return moved
}

func date(year int, t time.Time) time.Time {
	return time.Date(year, t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}
