package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/rhaptos/rhaptos/gitserver/access"
	"github.com/rhaptos/rhaptos/gitserver/database"
	"github.com/rhaptos/rhaptos/publish/export"
	"github.com/rhaptos/rhaptos/publish/export/pdf"
	"github.com/rhaptos/rhaptos/publish/release"
)

// purgeExportsCmd makes room: exports can always be made again.
type purgeExportsCmd struct {
	Path string `arg:"" name:"owner/name" help:"The repository."`
	Of   string `arg:"" optional:"" name:"book@number" help:"Release, such as algebra@1.4. Default: all releases."`
}

func (p *purgeExportsCmd) permission(*env) access.Permission {
	return access.OnRepository(p.Path, access.Administer)
}

func (p *purgeExportsCmd) Run(ctx context.Context, c *cli, con console) error {
	var number release.Number
	book, at, one := strings.Cut(p.Of, "@")
	if one {
		var ok bool
		if number, ok = release.ParseNumber(at); !ok || book == "" {
			return fmt.Errorf("%q names no release; write BOOK@1.4", p.Of)
		}
	} else if book != "" {
		return fmt.Errorf("%q names no release; write %s@1.4", p.Of, book)
	}
	return c.with(ctx, func(rec *env) error {
		repo, err := rec.repositories.LookupPath(ctx, p.Path)
		if err != nil {
			return err
		}
		var count, size int64
		err = rec.db.Write(ctx, func(ctx context.Context, tx database.Tx) (err error) {
			count, size, err = export.PurgeRelease(ctx, tx, repo.ID, book, number)
			return err
		})
		if err != nil {
			return err
		}
		con.printf("deleted %d exports of %s, %d bytes; the next sweep frees the space\n", count, repo.Path(), size)
		return nil
	})
}

// chromium returns the program that prints PDFs, in folders below the given one; nil
// if there is none.
func (s *serveCmd) chromium(folder string) *pdf.Chromium {
	c := &pdf.Chromium{Path: s.Chromium, Folder: folder}
	if c.Path == "" {
		c.Path = pdf.FindChromium()
	}
	if c.Path == "" || c.Path == "none" {
		return nil
	}
	return c
}

// dropOldExports drops the exports of releases that have long had a successor.
func (p *server) dropOldExports(ctx context.Context) error {
	n, err := export.DropOld(ctx, p.env.db, time.Now().Add(-p.KeepExports))
	if err == nil && n > 0 {
		p.log.Info("dropped exports of old releases", "exports", n)
	}
	return err
}

// clearPrint removes what a server that was killed while it printed has left.
func (p *server) clearPrint() {
	if p.exports.Chromium == nil {
		return
	}
	if err := p.exports.Chromium.Clear(); err != nil {
		p.log.Error("clear the folder for printing", "err", err)
	}
}
