// Package facts keeps what judging has found out about files: in memory, or in
// memory and in a folder, so that a restart does not forget. Both are bounded,
// and drop what has not been asked for longest.
package facts

import "sync"

// Memory keeps facts in memory. It holds two generations: what is put or asked
// for goes into the young one, and when that has half of the bytes, it becomes
// the old one and what was old is forgotten.
type Memory struct {
	mu    sync.Mutex
	limit int // bytes of one generation
	young map[string][]byte
	old   map[string][]byte
	size  int // of the young generation, in bytes
}

// overhead is about what an entry costs beside its key and its value.
const overhead = 64

// NewMemory keeps facts of at most about the given size in bytes.
func NewMemory(bytes int) *Memory {
	return &Memory{limit: bytes / 2, young: map[string][]byte{}}
}

// Get implements collection.Facts.
func (m *Memory) Get(key string) ([]byte, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if value, ok := m.young[key]; ok {
		return value, true
	}
	value, ok := m.old[key]
	if ok {
		m.put(key, value)
	}
	return value, ok
}

// Put implements collection.Facts.
func (m *Memory) Put(key string, facts []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.put(key, facts)
}

// put adds to the young generation. It reports whether one has ended before;
// what costs more than a generation may is not kept.
func (m *Memory) put(key string, value []byte) (turned bool) {
	cost := len(key) + len(value) + overhead
	if cost > m.limit {
		return false
	}
	if m.size+cost > m.limit {
		m.old, m.young, m.size = m.young, map[string][]byte{}, 0
		turned = true
	}
	if before, ok := m.young[key]; ok {
		m.size -= len(key) + len(before) + overhead
	}
	m.young[key] = value
	m.size += cost
	return turned
}

// Size is about how many bytes are kept, and how many entries.
func (m *Memory) Size() (bytes, entries int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	bytes, entries = m.size, len(m.young)
	for key, value := range m.old {
		if _, again := m.young[key]; !again {
			bytes += len(key) + len(value) + overhead
			entries++
		}
	}
	return bytes, entries
}
