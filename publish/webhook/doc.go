// Package webhook speaks with other programs about releases, in both directions.
//
//   - A Webhook is an address that is told of every release by a signed POST,
//     again and again until it takes it.
//   - A Delivery is one event on its way to one webhook.
//   - A Trigger is a name and a secret with which another program may ask, by
//     a signed POST, for a ref to be published.
//
// What goes out is signed by the Standard Webhooks scheme
// (github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md);
// what comes in is verified as GitHub signs it, so that a repository there can
// be a trigger without anything in between.
package webhook
