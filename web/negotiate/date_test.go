package negotiate

import (
	"net/http"
	"testing"
	"time"
)

var now = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

func TestParseDate(t *testing.T) {
	want := time.Date(1994, 11, 6, 8, 49, 37, 0, time.UTC)
	tests := []struct {
		values []string
		want   time.Time // zero: no date
	}{
		{[]string{"Sun, 06 Nov 1994 08:49:37 GMT"}, want},
		{[]string{" Sun, 06 Nov 1994 08:49:37 GMT "}, want},
		{[]string{"Sunday, 06-Nov-94 08:49:37 GMT"}, want},
		{[]string{"Sun Nov  6 08:49:37 1994"}, want},
		{[]string{"Saturday, 06-Nov-75 08:49:37 GMT"}, time.Date(2075, 11, 6, 8, 49, 37, 0, time.UTC)},
		{[]string{"Saturday, 06-Nov-77 08:49:37 GMT"}, time.Date(1977, 11, 6, 8, 49, 37, 0, time.UTC)},
		{nil, time.Time{}},
		{[]string{""}, time.Time{}},
		{[]string{"yesterday"}, time.Time{}},
		{[]string{"0"}, time.Time{}},
		{[]string{"Sun, 06 Nov 1994 08:49:37 CET"}, time.Time{}},
		{[]string{"Sun, 06 Nov 1994 08:49:37 +0000"}, time.Time{}},
		{[]string{"Sun, 06 Nov 1994 08:49:37.5 GMT"}, time.Time{}},
		{[]string{"Sun, 31 Feb 1994 08:49:37 GMT"}, time.Time{}},
		{[]string{"Sun, 06 Nov 1994 25:49:37 GMT"}, time.Time{}},
		{[]string{"Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT"}, time.Time{}},
	}
	for _, tt := range tests {
		got, ok := ParseDate(tt.values, now)
		if ok == tt.want.IsZero() || !got.Equal(tt.want) {
			t.Errorf("ParseDate(%q) = %v, %v; want %v", tt.values, got, ok, tt.want)
		}
	}
}

// FuzzDate compares with net/http, which reads the same three forms but keeps
// the century and takes fractions, and with its own writing.
func FuzzDate(f *testing.F) {
	for _, s := range []string{
		"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
		"Sun, 06 Nov 1994 08:49:37.1 GMT", "Thu, 29 Feb 2024 00:00:00 GMT", "", "x",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, field string) {
		got, ok := ParseDate([]string{field}, now)
		if !ok {
			return
		}
		if got.After(now.AddDate(50, 0, 0)) && got.Year() < 2100 && len(trim(field)) != len(imfFixdate) && len(trim(field)) != len(asctime) {
			t.Fatalf("%q: %v is more than fifty years ahead", field, got)
		}
		reference, err := http.ParseTime(trim(field))
		if err != nil || (got.Year()-reference.Year())%100 != 0 || got.Nanosecond() != 0 {
			t.Fatalf("%q: %v, net/http says %v, %v", field, got, reference, err)
		}
		again, ok := ParseDate([]string{FormatDate(got)}, now)
		if !ok || !again.Equal(got) {
			t.Fatalf("%q: %v became %v", field, got, again)
		}
	})
}

// TestFormatDate compares with package time, for each day of some years and
// seconds of the day.
func TestFormatDate(t *testing.T) {
	for at := time.Date(1899, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() < 2110; at = at.Add(23*time.Hour + 59*time.Minute + 7*time.Second) {
		if got, want := FormatDate(at.In(time.FixedZone("", 3600))), at.Format(http.TimeFormat); got != want {
			t.Fatalf("%q, want %q", got, want)
		}
	}
}
