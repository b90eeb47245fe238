package e2e

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rhaptos/rhaptos/gitserver/database"
)

// whole returns a data folder with one repository of two packs.
func whole(t *testing.T) (data string) {
	data = filepath.Join(t.TempDir(), "data")
	s := start(t, data)
	rhaptos(t, data, "user", "add", "ann")
	token := rhaptos(t, data, "token", "create", "ann")
	rhaptos(t, data, "repo", "create", "ann/book")
	work := filepath.Join(t.TempDir(), "work")
	for i := range 2 {
		// Most of the first pack is one blob, which what leads to it does not need.
		figure := make([]byte, 20_000)
		rand.NewChaCha8([32]byte{}).Read(figure)
		writeFiles(t, work, map[string]string{"README": fmt.Sprintf("text %d\n", i), "figure": string(figure)})
		if i == 0 {
			git(t, work, "init", "-q", "-b", "draft")
		}
		git(t, work, "add", ".")
		git(t, work, "commit", "-q", "-m", fmt.Sprint(i))
		git(t, work, "push", "-q", s.remote("ann", token, "ann/book"), "draft")
	}
	if out := rhaptos(t, data, "fsck"); !strings.HasPrefix(out, "1 repositories with 2 packs\n") {
		t.Errorf("beside a running server: %s", out)
	}
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	return data
}

// copied returns a copy of a data folder, with its hard links, and its database.
func copied(t *testing.T, from string) (data string, db database.DB) {
	t.Helper()
	data = filepath.Join(t.TempDir(), "data")
	if out, err := exec.Command("cp", "-a", from, data).CombinedOutput(); err != nil {
		t.Fatalf("cp: %v\n%s", err, out)
	}
	db, err := database.OpenSQLite(t.Context(), filepath.Join(data, "rhaptos.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return data, db
}

// blobOf is the file of the blob that a query names.
func blobOf(t *testing.T, data string, db database.DB, query string) string {
	t.Helper()
	var d string
	if err := db.QueryRowContext(t.Context(), query).Scan(&d); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(data, "blobs", d[:2], d[2:])
}

func TestFsck(t *testing.T) {
	t.Parallel()
	flip := func(t *testing.T, path string) {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		b[len(b)/2] ^= 1
		if err := errors.Join(os.Chmod(path, 0o600), os.WriteFile(path, b, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	original := whole(t)
	const anyPack, anyIndex = "SELECT digest FROM pack ORDER BY size DESC", "SELECT index_digest FROM pack"
	for name, tt := range map[string]struct {
		harm  func(t *testing.T, data string, db database.DB)
		plain string // what is said without --read-data, and with it
		read  string
	}{
		"whole": {func(*testing.T, string, database.DB) {}, "", ""},
		"pack missing": {func(t *testing.T, data string, db database.DB) {
			os.Remove(blobOf(t, data, db, anyPack))
		}, `ann/book: pack-[0-9a-f]{40}\.pack: .*no such file`, `ann/book: pack-.*no such file`},
		"index missing": {func(t *testing.T, data string, db database.DB) {
			os.Remove(blobOf(t, data, db, anyIndex))
		}, `ann/book: pack-[0-9a-f]{40}\.idx: .*no such file`, `ann/book: pack-.*no such file`},
		"pack damaged": {func(t *testing.T, data string, db database.DB) {
			flip(t, blobOf(t, data, db, anyPack))
		}, "", `ann/book: pack-[0-9a-f]{40}\.pack: damaged`},
		"cache damaged": {func(t *testing.T, data string, db database.DB) {
			// Not the link to the blob, but a copy, as on another file system.
			packs, _ := filepath.Glob(filepath.Join(data, "cache", "*.git", "objects", "pack", "*.pack"))
			b, err := os.ReadFile(packs[0])
			if err := errors.Join(err, os.Remove(packs[0]), os.WriteFile(packs[0], b, 0o600)); err != nil {
				t.Fatal(err)
			}
			flip(t, packs[0])
		}, "", `ann/book: damaged in the cache, and removed from there: .*\.pack`},
		"auxiliary file damaged": {func(t *testing.T, data string, db database.DB) {
			mirrors, _ := filepath.Glob(filepath.Join(data, "cache", "*.git"))
			git(t, mirrors[0], "multi-pack-index", "write")
			flip(t, filepath.Join(mirrors[0], "objects", "pack", "multi-pack-index"))
		}, `ann/book: damaged in the cache, and removed from there: .*multi-pack-index`, ""},
		"row leads nowhere": {func(t *testing.T, data string, db database.DB) {
			if _, err := db.ExecContext(t.Context(), `PRAGMA foreign_keys = OFF; INSERT INTO grant_ (repository_id, account_id, role)
				VALUES ('gone', 'gone', 'reader'); PRAGMA foreign_keys = ON`); err != nil {
				t.Fatal(err)
			}
		}, `database: row .* of grant_ leads to a row of`, `database: row .* of grant_ leads to a row of`},
		"two manifests missing": {func(t *testing.T, data string, db database.DB) {
			for _, digit := range []string{"1", "2"} {
				if _, err := db.ExecContext(t.Context(), `INSERT INTO draft (repository_id, branch, book, title, commit_id, manifest, problems, updated_at)
					SELECT id, $2, 'b', 'B', '', $1, 0, 0 FROM repository`, strings.Repeat(digit, 64), digit); err != nil {
					t.Fatal(err)
				}
			}
		}, `stat .*/blobs/22/2{62}: no such file`, `stat .*/blobs/22/2{62}: no such file`},
		"ref leads nowhere": {func(t *testing.T, data string, db database.DB) {
			if _, err := db.ExecContext(t.Context(), "UPDATE ref SET target = '1111111111111111111111111111111111111111'"); err != nil {
				t.Fatal(err)
			}
		}, `ann/book: git fsck: .*refs/heads/draft: invalid`, `ann/book: git fsck: .*refs/heads/draft: invalid`},
		"pack forgotten": {func(t *testing.T, data string, db database.DB) {
			if _, err := db.ExecContext(t.Context(), "DELETE FROM pack WHERE created_at = (SELECT min(created_at) FROM pack)"); err != nil {
				t.Fatal(err)
			}
		}, `ann/book: git fsck: missing`, `ann/book: git fsck: missing`},
		"manifest missing": {func(t *testing.T, data string, db database.DB) {
			if _, err := db.ExecContext(t.Context(), `INSERT INTO draft (repository_id, branch, book, title, commit_id, manifest, problems, updated_at)
				SELECT id, 'draft', 'b', 'B', '', $1, 0, 0 FROM repository`, strings.Repeat("0", 64)); err != nil {
				t.Fatal(err)
			}
		}, `stat .*/blobs/00/0{62}: no such file`, `stat .*/blobs/00/0{62}: no such file`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, db := copied(t, original)
			tt.harm(t, data, db)
			for _, c := range []struct {
				args []string
				want string
			}{{[]string{"fsck"}, tt.plain}, {[]string{"fsck", "--read-data"}, tt.read}} {
				out, err := exec.Command("rhaptos", append([]string{"--data", data}, c.args...)...).CombinedOutput()
				if (err != nil) != (c.want != "") || !regexp.MustCompile("(?m)^.*"+c.want).Match(out) {
					t.Errorf("%s: %v\n%s", strings.Join(c.args, " "), err, out)
				}
			}
			if left, _ := filepath.Glob(filepath.Join(data, "cache", "command-*")); len(left) > 0 {
				t.Errorf("left behind: %q", left)
			}
		})
	}
}
