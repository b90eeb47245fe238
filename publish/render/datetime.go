package render

import (
	"regexp"
	"strconv"
	"time"
)

var (
	dateForm     = regexp.MustCompile(`^[0-9]{4,}-[0-9]{2}-[0-9]{2}$`)
	dateTimeForm = regexp.MustCompile(`^([0-9]{4,}-[0-9]{2}-[0-9]{2})[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,3})?)?(Z|[+-](?:[01][0-9]|2[0-3]):?[0-5][0-9])?$`)
	monthForm    = regexp.MustCompile(`^[0-9]{4,}-(?:0[1-9]|1[0-2])$`)
	yearlessForm = regexp.MustCompile(`^(?:--)?[0-9]{2}-[0-9]{2}$`)
	weekForm     = regexp.MustCompile(`^[0-9]{4,}-W(?:0[1-9]|[1-4][0-9]|5[0-2])$`)
	yearForm     = regexp.MustCompile(`^[0-9]{4,}$`)
	timeForm     = regexp.MustCompile(`^(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,3})?)?$`)
	zoneForm     = regexp.MustCompile(`^(?:Z|[+-](?:[01][0-9]|2[0-3]):?[0-5][0-9])$`)
	durationForm = regexp.MustCompile(`^P(?:[0-9]+D)?(?:T(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+(?:\.[0-9]{1,3})?S)?)?$`)
)

// isDateTime reports whether s may be the datetime attribute of the element:
// of ins and del a date, perhaps with time and zone; of time also the other
// forms of the HTML standard, 4.5.14.
func isDateTime(element, s string) bool {
	if element != "time" && element != "ins" && element != "del" {
		return false
	}
	if dateForm.MatchString(s) {
		return isDate(s)
	}
	if m := dateTimeForm.FindStringSubmatch(s); m != nil {
		return isDate(m[1]) && (element == "time" || m[2] != "")
	}
	if element != "time" {
		return false
	}
	switch {
	case yearlessForm.MatchString(s):
		return isDate("2000-" + s[len(s)-5:])
	case monthForm.MatchString(s), weekForm.MatchString(s), timeForm.MatchString(s), zoneForm.MatchString(s):
		return true
	case yearForm.MatchString(s):
		year, err := strconv.Atoi(s)
		return err == nil && year > 0
	case durationForm.MatchString(s):
		last := s[len(s)-1]
		return last != 'P' && last != 'T'
	}
	return false
}

func isDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil && s[:4] != "0000"
}
