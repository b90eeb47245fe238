// Package analysis caches what has been found out about the content of files,
// so that content is parsed and checked once.
//
//   - Cache: values by key. It may drop any of them at any time; whoever misses
//     one analyses the content again. Memory and Dir implement it, None keeps
//     nothing.
//   - Key: the kind of question (such as "media" or "page") and the id of the
//     content: its blob id, or ContentID where git has given none.
//   - Coder: the compact form of a value. A type lists its fields once, for
//     reading and for writing.
//
// Memory and Dir are bounded, and drop what has not been asked for longest.
package analysis

import (
	"crypto/sha256"
	"encoding/hex"
)

// Cache keeps the results of analyses. It may be used by many goroutines.
type Cache interface {
	// Get returns what was put under the key. The caller does not change it.
	Get(key string) ([]byte, bool)
	// Put keeps a value under the key, in the place of an older one. The caller
	// does not change the value afterwards.
	Put(key string, value []byte)
}

// None is a Cache that keeps nothing.
type None struct{}

// Get implements Cache.
func (None) Get(string) ([]byte, bool) { return nil, false }

// Put implements Cache.
func (None) Put(string, []byte) {}

// Load sets the fields that code lists to what Store has kept for this kind of
// question about the content with this id. It reports whether there was a value
// that could be decoded; if not, the fields are of no use. There is none for
// content without an id.
func Load(cache Cache, kind, content string, code func(*Coder)) bool {
	if content == "" {
		return false
	}
	data, ok := cache.Get(kind + ":" + content)
	return ok && Decode(data, code)
}

// Store keeps the fields that code lists, for Load. Content without an id is
// not kept.
func Store(cache Cache, kind, content string, code func(*Coder)) {
	if content != "" {
		cache.Put(kind+":"+content, Encode(code))
	}
}

// ContentID derives an id for content that has no blob id.
func ContentID(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256-" + hex.EncodeToString(sum[:])
}
