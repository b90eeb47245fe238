// Package resource has what the resources of published books have in common: the
// repository that a request names, the edition of a book in it, who may see them,
// how long caches may keep them, and representations that are generated at each
// request.
//
// An edition is a release or a draft. [InRepository] and [Edition] implement the
// first questions of [decision.Resource]: who may see it, and whether it exists;
// a resource embeds one of them and adds its representations.
package resource
