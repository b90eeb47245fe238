package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// readiness is the content of /-/ready: what must be the same at all servers that share
// a database.
type readiness struct {
	Version       string `json:"version"`       // of the program
	Configuration string `json:"configuration"` // see serveCmd.configuration
	Schema        int64  `json:"schema"`        // of the database, as it is now
	QueueSchema   int64  `json:"queueSchema"`   // of the tables of jobs
}

// errStopping is why a server that is to stop is not ready.
var errStopping = errors.New("the server is stopping")

// ready checks that the server may be sent new requests, and describes it.
func (p *server) ready(ctx context.Context) (any, error) {
	if p.draining.Load() {
		return nil, errStopping
	}
	ours, queue, err := database.Schema(ctx, p.env.db)
	if err != nil {
		return nil, err
	}
	return readiness{Version: version, Configuration: p.configuration, Schema: ours, QueueSchema: queue}, nil
}

// configuration is a digest of the settings, 16 hexadecimal digits. It leaves out those
// that suit one machine: addresses to listen on, folders, sizes of caches, numbers of
// processes, and what is logged. Of the database it has only the place, so no
// password can be guessed from it.
func (s *serveCmd) configuration(c *cli) (string, error) {
	common := *s
	common.HTTP, common.SSH, common.Chromium = "", "", ""
	common.Workers, common.MirrorCache, common.Traces, common.Drain, common.Verbose = 0, 0, 0, time.Duration(0), false
	common.Fetching.Fetches, common.Fetching.FetchesPerClient, common.Fetching.AnswerCache = 0, 0, 0
	text, err := json.Marshal(struct {
		Serve                   serveCmd
		Database, Bucket, Blobs string
	}{common, databasePlace(c.Database), c.Bucket, c.Blobs})
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8]), nil
}

// databasePlace names a PostgreSQL database without what is secret; it is empty if there
// is none.
func databasePlace(url string) string {
	if url == "" {
		return ""
	}
	return database.Place(url)
}
