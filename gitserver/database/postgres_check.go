package database

import (
	"context"
	"errors"
	"fmt"
)

// oldestPostgres is the oldest version of PostgreSQL that the tests run on.
const oldestPostgres = 150000

// serverSettings are those that decide whether a commit is kept.
type serverSettings struct {
	version                       int // 150004 is 15.4
	fsync, fullPageWrites, commit string
	standbys                      string // those that a commit waits for
	encoding, clientEncoding      string
	recovery                      bool
	readOnly, checksums           string
}

func (p *postgres) settings(ctx context.Context) (s serverSettings, err error) {
	err = p.DB.QueryRowContext(ctx, `SELECT current_setting('server_version_num')::int, current_setting('fsync'), current_setting('full_page_writes'),
			current_setting('synchronous_commit'), current_setting('synchronous_standby_names'), current_setting('server_encoding'),
			current_setting('client_encoding'), pg_is_in_recovery(), current_setting('transaction_read_only'), current_setting('data_checksums')`).
		Scan(&s.version, &s.fsync, &s.fullPageWrites, &s.commit, &s.standbys, &s.encoding, &s.clientEncoding, &s.recovery, &s.readOnly, &s.checksums)
	return s, err
}

// checkServer refuses a server on which what was acknowledged could be lost, and
// warns of one that could do better.
func (p *postgres) checkServer(ctx context.Context, volatile bool) error {
	s, err := p.settings(ctx)
	if err != nil {
		return err
	}
	if err := s.usable(); err != nil {
		return err
	}
	if err := s.durable(); err != nil && !volatile {
		return err
	}
	if !volatile {
		for _, warning := range s.warnings() {
			p.log.Warn(warning)
		}
	}
	return nil
}

// usable says why the database cannot be used at all.
func (s *serverSettings) usable() error {
	switch {
	case s.version < oldestPostgres:
		return fmt.Errorf("PostgreSQL %d is too old: version %d or newer is needed", s.version/10000, oldestPostgres/10000)
	case s.encoding != "UTF8":
		return fmt.Errorf("its encoding is %s, must be UTF8: create it with createdb --encoding UTF8 --template template0", s.encoding)
	case s.clientEncoding != "UTF8":
		return fmt.Errorf("client_encoding is %s, must be UTF8: remove the setting from the URL and the role", s.clientEncoding)
	case s.recovery || s.readOnly == "on":
		return errors.New("the server is a standby, or read-only: give the address of the primary, or all of them, separated by commas")
	}
	return nil
}

// durable says which settings could lose commits.
func (s *serverSettings) durable() error {
	var errs []error
	off := func(name, value string) {
		if value == "off" {
			errs = append(errs, fmt.Errorf("%s is off, so a crash of the server can lose pushes that were acknowledged: "+
				"set it to on (ALTER SYSTEM SET %[1]s = on; SELECT pg_reload_conf())", name))
		}
	}
	off("fsync", s.fsync)
	off("full_page_writes", s.fullPageWrites)
	off("synchronous_commit", s.commit)
	return errors.Join(errs...)
}

func (s *serverSettings) warnings() []string {
	var all []string
	if s.standbys != "" && (s.commit == "local" || s.commit == "remote_write") {
		all = append(all, "synchronous_commit is "+s.commit+": when the standby takes over, it may lack pushes that were acknowledged; on waits for its disk")
	}
	if s.checksums == "off" {
		all = append(all, "the database has no checksums (data_checksums is off): damage on its disk may go unnoticed; pg_checksums --enable adds them")
	}
	return all
}
