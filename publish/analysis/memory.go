package analysis

import "sync"

// Memory is a Cache in memory. It has two generations: what is put or asked for
// goes into the young one. When that has half of the bytes, it becomes the old
// one, and the former old one is dropped.
type Memory struct {
	mu    sync.Mutex
	limit int // bytes of one generation
	young map[string][]byte
	old   map[string][]byte
	size  int // of the young generation, in bytes
}

// overhead is about what an entry costs beside its key and its value.
const overhead = 64

// NewMemory returns a cache of at most about the given size in bytes.
func NewMemory(bytes int) *Memory {
	return &Memory{limit: bytes / 2, young: map[string][]byte{}}
}

// Get implements Cache.
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

// Put implements Cache.
func (m *Memory) Put(key string, value []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.put(key, value)
}

// put adds to the young generation, and reports whether it has begun a new one
// for that. A value that costs more than a whole generation is not kept.
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

// Size returns about how many bytes are kept, and how many entries.
func (m *Memory) Size() (bytes, entries int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	bytes, entries = m.size, len(m.young)
	for key, value := range m.old {
		if _, newer := m.young[key]; !newer {
			bytes += len(key) + len(value) + overhead
			entries++
		}
	}
	return bytes, entries
}
