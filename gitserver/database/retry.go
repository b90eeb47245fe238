package database

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// How long a transaction is tried over and over: while others get in its way, and
// while the server is away, as it is when it restarts or another takes over. Who
// reads is not kept waiting for as long.
const (
	contentionTime    = 30 * time.Second
	outageTime        = 30 * time.Second
	outageTimeReading = 5 * time.Second
)

// lostError is the end of a connection, or the failure to get one, before anything
// was committed.
type lostError struct{ cause error }

func (e lostError) Error() string { return "no connection to the database: " + e.cause.Error() }

func (e lostError) Unwrap() error { return e.cause }

// retry calls f until it succeeds, its error is none that passes, or time is up: the
// time for an outage is given.
func retry(ctx context.Context, outage time.Duration, f func() error) error {
	begun := time.Now()
	for wait := 2 * time.Millisecond; ; wait = min(2*wait, 500*time.Millisecond) {
		err := f()
		if err == nil || ctx.Err() != nil || time.Since(begun) > patience(err, outage) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(time.Duration((0.5 + rand.Float64()) * float64(wait))): // those that collided shall not do so again
		}
	}
}

// patience returns how long what failed is to be tried; 0 for what stays as it is.
func patience(err error, outage time.Duration) time.Duration {
	var lost lostError
	var e *pgconn.PgError
	switch {
	case errors.As(err, &lost):
		return outage
	case errors.As(err, &e) && (e.Code == "40001" || e.Code == "40P01"): // serialization_failure, deadlock_detected
		return contentionTime
	}
	return 0
}

// lostBy makes an error that comes of a lost connection a lostError, unless it is
// the caller who has ended it.
func lostBy(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	var connect *pgconn.ConnectError
	var network net.Error
	var e *pgconn.PgError
	switch {
	case errors.As(err, &connect):
		if wrong(connect) {
			return err
		}
		return lostError{err}
	case errors.As(err, &e):
		if gone(e) {
			return lostError{err}
		}
		return err
	case errors.Is(err, driver.ErrBadConn), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), errors.As(err, &network), pgconn.SafeToRetry(err), closed(err):
		return lostError{err}
	}
	return err
}

// wrong reports whether a connection fails for a reason that stays: the password,
// the name of the database.
func wrong(err *pgconn.ConnectError) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && (len(e.Code) != 5 || e.Code[:2] == "28" || e.Code[:2] == "3D")
}

// gone reports whether the server has ended the session: it shuts down, has crashed,
// starts up, or has too many connections.
func gone(e *pgconn.PgError) bool {
	switch e.Code {
	case "57P01", "57P02", "57P03", "53300":
		return true
	}
	return len(e.Code) == 5 && e.Code[:2] == "08"
}

// standby reports whether a transaction could not begin because the server is a
// standby, or has become one.
func standby(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && (e.Code == "25006" || e.Code == "0A000") // read-only; no SERIALIZABLE on a standby
}

// closed reports whether pgx says that the connection was closed; it has no exported
// error for that.
func closed(err error) bool {
	for ; err != nil; err = errors.Unwrap(err) {
		if err.Error() == "conn closed" {
			return true
		}
	}
	return false
}
