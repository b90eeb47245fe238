package main

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"path/filepath"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/gitserver/fetchcache"
	"github.com/rhaptos/rhaptos/publish/release"
)

// fetchFlags are the settings of serve that are about clients and their fetches.
type fetchFlags struct {
	Fetches          int            `help:"Maximum number of concurrent git processes for fetches." default:"16"`
	FetchesPerClient int            `help:"Maximum number of those processes for one account, or for one address of anonymous clients." default:"8"`
	AnswerCache      int64          `help:"Size limit of the fetch cache on disk, in MiB." default:"2048" placeholder:"MIB"`
	WrongCredentials int            `help:"Number of wrong names or tokens that an address may send at once; then one every 6 seconds." default:"20"`
	TrustedProxies   []netip.Prefix `help:"Networks of proxies whose X-Forwarded-For is trusted." placeholder:"PREFIX"`
}

// open checks the flags and opens the fetch cache below the cache folder.
func (f *fetchFlags) open(folder string) (limits gitserver.FetchLimits, cache *fetchcache.Cache, err error) {
	if f.Fetches < 1 || f.FetchesPerClient < 1 {
		return limits, nil, errors.New("--fetches and --fetches-per-client must be at least 1")
	}
	if f.WrongCredentials < 1 {
		return limits, nil, errors.New("--wrong-credentials must be at least 1")
	}
	// Earlier versions kept it there.
	if err := os.RemoveAll(filepath.Join(folder, "answers")); err != nil {
		return limits, nil, err
	}
	cache, err = fetchcache.Open(filepath.Join(folder, "fetch"), f.AnswerCache<<20)
	return gitserver.FetchLimits{All: f.Fetches, PerClient: f.FetchesPerClient}, cache, err
}

// currentReleases lists the current releases of repositories, for bundles.
type currentReleases struct{ *release.Store }

func (r currentReleases) list(ctx context.Context, repositoryID string) ([]gitserver.Release, error) {
	all, err := r.Releases(ctx, repositoryID)
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
