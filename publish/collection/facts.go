package collection

// Facts keeps what judging has found out about the content of files. It may
// forget anything at any time: what is not kept is found out again. It is used
// by many goroutines.
type Facts interface {
	// Get returns what was put under the key. The caller does not change it.
	Get(key string) ([]byte, bool)
	// Put keeps facts under the key. What stands under a key never differs:
	// the key names the content and the rules by which it was judged. The
	// caller does not change the facts afterwards.
	Put(key string, facts []byte)
}
