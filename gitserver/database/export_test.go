package database

import "time"

// SetPoll has workers that are started later look for jobs every d on their own.
func SetPoll(db DB, d time.Duration) {
	switch db := db.(type) {
	case *sqliteDB:
		db.poll = d
	case *postgres:
		db.poll = d
	}
}

// SetCommitTime bounds the wait for commits that are begun later.
func SetCommitTime(db DB, commit, resolve time.Duration) {
	p := db.(*postgres)
	p.commitTime, p.resolveTime = commit, resolve
}

// SetRescueInterval has workers that are started later look for lost jobs every d.
func SetRescueInterval(db DB, d time.Duration) { db.(*postgres).rescueInterval = d }
