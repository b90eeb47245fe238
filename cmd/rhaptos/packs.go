package main

import (
	"context"
	"errors"
	"net/netip"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/answers"
	"github.com/rhaptos/rhaptos/publish/release"
)

// fetchFlags are the settings of serve that are about fetches.
type fetchFlags struct {
	Fetches          int            `help:"How many git processes may work for fetches at the same time." default:"16"`
	FetchesPerClient int            `help:"How many of them for one account, or one address without an account." default:"8"`
	AnswerCache      int64          `help:"Mebibytes of answers to fetches to keep on disk." default:"2048" placeholder:"MIB"`
	TrustedProxies   []netip.Prefix `help:"Networks of proxies whose X-Forwarded-For is believed." placeholder:"PREFIX"`
}

// set gives them to the server; answers are kept in the folder.
func (f *fetchFlags) set(packs *gitserver.Server, folder string) (err error) {
	if f.Fetches < 1 || f.FetchesPerClient < 1 {
		return errors.New("--fetches and --fetches-per-client must be at least 1")
	}
	packs.Limits.All, packs.Limits.PerClient = f.Fetches, f.FetchesPerClient
	packs.Answers, err = answers.Open(folder, f.AnswerCache<<20)
	return err
}

// readable lists the releases that readers may have, for bundles.
type readable struct{ releases *release.Store }

func (r readable) list(ctx context.Context, repositoryID string) ([]gitserver.Release, error) {
	all, err := r.releases.Releases(ctx, repositoryID)
	if err != nil {
		return nil, err
	}
	var list []gitserver.Release
	for _, one := range all {
		if one.State == release.Current {
			list = append(list, gitserver.Release{Commit: plumbing.NewHash(one.Commit), Ref: one.Ref})
		}
	}
	return list, nil
}
