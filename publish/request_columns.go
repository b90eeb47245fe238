package publish

import (
	"database/sql"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

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
		n, err := parseRequestedNumber(field)
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
