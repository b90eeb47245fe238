package blobstore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"sync"
	"time"
)

// Memory is a store that lasts as long as the process.
type Memory struct {
	mu    sync.Mutex
	blobs map[Digest]memoryBlob
}

type memoryBlob struct {
	data    []byte
	written time.Time
}

// NewMemory makes an empty store.
func NewMemory() *Memory { return &Memory{blobs: map[Digest]memoryBlob{}} }

// Put implements [Store].
func (m *Memory) Put(ctx context.Context, r io.Reader) (Info, error) {
	data, err := io.ReadAll(contextReader{ctx, r})
	if err != nil {
		return Info{}, fmt.Errorf("write blob: %w", err)
	}
	sum := sha256.Sum256(data)
	b := memoryBlob{data, time.Now()}
	d := Digest(hex.EncodeToString(sum[:]))
	m.mu.Lock()
	defer m.mu.Unlock()
	m.blobs[d] = b
	return b.info(d), nil
}

func (b memoryBlob) info(d Digest) Info {
	return Info{Digest: d, Size: int64(len(b.data)), Written: b.written}
}

func (m *Memory) find(d Digest) (memoryBlob, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, ok := m.blobs[d]
	if !ok {
		return b, &fs.PathError{Op: "open", Path: string(d), Err: fs.ErrNotExist}
	}
	return b, nil
}

// Open implements [Store].
func (m *Memory) Open(_ context.Context, d Digest) (io.ReadSeekCloser, error) {
	b, err := m.find(d)
	if err != nil {
		return nil, err
	}
	return readSeekCloser{bytes.NewReader(b.data)}, nil
}

// Stat implements [Store].
func (m *Memory) Stat(_ context.Context, d Digest) (Info, error) {
	b, err := m.find(d)
	if err != nil {
		return Info{}, err
	}
	return b.info(d), nil
}

// Delete implements [Store].
func (m *Memory) Delete(_ context.Context, d Digest) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.blobs, d)
	return nil
}

// DeleteOlder removes a blob unless it was written, or put again, after t.
func (m *Memory) DeleteOlder(_ context.Context, d Digest, t time.Time) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, ok := m.blobs[d]
	if !ok || !b.written.Before(t) {
		return false, nil
	}
	delete(m.blobs, d)
	return true, nil
}

// List implements [Store].
func (m *Memory) List(ctx context.Context, f func(Info) error) error {
	m.mu.Lock()
	blobs := maps.Clone(m.blobs)
	m.mu.Unlock()
	for d, b := range blobs {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := f(b.info(d)); err != nil {
			return err
		}
	}
	return nil
}

type readSeekCloser struct{ *bytes.Reader }

func (readSeekCloser) Close() error { return nil }
