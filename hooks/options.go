package hooks

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/rhaptos/rhaptos/gitserver"
	"github.com/rhaptos/rhaptos/publish"
)

// makePlans classifies all updates. Push options that cannot be understood, or
// that fit no update, refuse the push.
func (c *pushCheck) makePlans(ctx context.Context) error {
	options, err := publish.ParseReleaseOptions(c.push.Options, c.push.At)
	if err != nil {
		c.refuseAll(err.Error())
		return nil
	}
	if options.At.IsZero() && slices.ContainsFunc(c.push.Options, func(o string) bool { return strings.HasPrefix(o, publish.TimeOption) }) {
		fmt.Fprintf(c.out, "The time of the push option publish-at has passed: releases appear at once.\n")
	}
	tags, err := c.readTags(ctx)
	if err != nil {
		return err
	}
	for _, u := range c.push.Updates {
		c.plans[u.Name] = classify(&c.settings, options, u, tags[u.Name])
	}
	c.checkOptions(options)
	return nil
}

// checkOptions refuses options that fit no release of the push, or several.
func (c *pushCheck) checkOptions(options publish.ReleaseRequest) {
	if len(options.Numbers) == 0 && options.At.IsZero() {
		return
	}
	var releases []*gitserver.RefUpdate
	for _, u := range c.push.Updates {
		if u.Refused == "" && c.plans[u.Name].kind == publish.Release {
			releases = append(releases, u)
		}
	}
	option := strings.TrimSuffix(publish.TimeOption, "=")
	if len(options.Numbers) > 0 {
		option = strings.TrimSuffix(publish.NumberOption, "=")
	}
	switch {
	case len(releases) == 0:
		c.refuseAll(fmt.Sprintf("push option %s: nothing in this push makes a release; the published branches are %s", option, strings.Join(c.settings.Branches, ", ")))
	case len(releases) > 1 && len(options.Numbers) > 0:
		c.refuseAll(fmt.Sprintf("push option %s: %d refs of this push make releases, but a number is for one only; push them one by one", option, len(releases)))
	case len(options.Numbers) > 0 && c.plans[releases[0].Name].tag.named:
		c.refuseAll(fmt.Sprintf("push option %s: the tag %s already sets the number", option, c.plans[releases[0].Name].tag.number))
	}
}

// refuseAll refuses every update that is not refused yet.
func (c *pushCheck) refuseAll(reason string) {
	for _, u := range c.push.Updates {
		if u.Refused == "" {
			u.Refused = reason
		}
	}
	fmt.Fprintf(c.out, "%s.\n", reason)
}
