// Package webhook speaks with other programs about books, in both directions.
//
//   - A Webhook is a URL that receives events by signed POSTs, each repeated until
//     the receiver accepts it, those about one repository in their order.
//   - A Delivery is one event on its way to one webhook; the log keeps every
//     attempt at it.
//   - A Trigger is a name and a secret with which another program may ask, by
//     a signed POST, for a ref to be published or for a mirror to be pulled.
//
// What goes out is signed by the Standard Webhooks scheme
// (github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md), as
// GitHub does, or both. What comes in is verified as GitHub, GitLab, Gitea, Forgejo
// and Standard Webhooks sign it, so that there need be nothing in between.
package webhook
