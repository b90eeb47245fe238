package database

import "time"

// SetPoll has workers that are started later look for jobs every d on their own.
func SetPoll(db DB, d time.Duration) { db.(*sqliteDB).poll = d }
