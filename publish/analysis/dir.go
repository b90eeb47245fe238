package analysis

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
)

// Dir is a Memory whose two generations are also two files of a folder, which
// Open reads. A folder belongs to one Dir at a time. What cannot be written
// stays in memory and is missing after the next start.
type Dir struct {
	*Memory
	dir     string
	version string
	file    *os.File // the young generation; nil after a fault
	log     *slog.Logger
}

// The files of the two generations, and how each begins; the version follows.
const (
	youngName = "young"
	oldName   = "old"
	magic     = "rhaptos analysis 1\n"
)

// Open opens a cache of at most about the given size in bytes in a folder, which
// it creates if there is none. version identifies the program that fills the
// cache: values of another version are dropped.
func Open(dir, version string, bytes int, log *slog.Logger) (*Dir, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	d := &Dir{Memory: NewMemory(bytes), dir: dir, version: version, log: log}
	if _, err := d.load(oldName); err != nil {
		return nil, err
	}
	d.old, d.young, d.size = d.young, map[string][]byte{}, 0
	end, err := d.load(youngName)
	if err != nil {
		return nil, err
	}
	if d.file, err = os.OpenFile(d.path(youngName), os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return nil, err
	}
	if end == 0 {
		return d, d.begin()
	}
	// Behind the last whole record something may be that a crash has left.
	if err := d.file.Truncate(end); err != nil {
		return nil, errors.Join(err, d.file.Close())
	}
	_, err = d.file.Seek(end, io.SeekStart)
	return d, err
}

// Version returns the version that Open was given.
func (d *Dir) Version() string { return d.version }

// Close closes the folder. The cache goes on in memory.
func (d *Dir) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.file == nil {
		return nil
	}
	err := d.file.Close()
	d.file = nil
	return err
}

// Get implements Cache.
func (d *Dir) Get(key string) ([]byte, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if value, ok := d.young[key]; ok {
		return value, true
	}
	value, ok := d.old[key]
	if ok {
		d.keep(key, value)
	}
	return value, ok
}

// Put implements Cache.
func (d *Dir) Put(key string, value []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.keep(key, value)
}

func (d *Dir) keep(key string, value []byte) {
	if d.put(key, value) && d.file != nil {
		d.fault(d.turn())
	}
	if _, kept := d.young[key]; kept && d.file != nil {
		_, err := d.file.Write(record(key, value))
		d.fault(err)
	}
}

// turn makes the young file the old one and starts a new young one.
func (d *Dir) turn() error {
	if err := d.file.Close(); err != nil {
		return err
	}
	if err := os.Rename(d.path(youngName), d.path(oldName)); err != nil {
		return err
	}
	var err error
	if d.file, err = os.Create(d.path(youngName)); err != nil {
		return err
	}
	return d.begin()
}

func (d *Dir) begin() error {
	if err := d.file.Truncate(0); err != nil {
		return err
	}
	_, err := d.file.WriteAt([]byte(d.header()), 0)
	if err == nil {
		_, err = d.file.Seek(0, io.SeekEnd)
	}
	return err
}

// fault gives up the folder after an error; the cache goes on in memory.
func (d *Dir) fault(err error) {
	if err == nil {
		return
	}
	d.log.Warn("the analysis cache is not kept for the next start", "folder", d.dir, "err", err)
	d.file.Close()
	d.file = nil
}

func (d *Dir) path(name string) string { return filepath.Join(d.dir, name) }
func (d *Dir) header() string          { return fmt.Sprintf("%s%s\n", magic, d.version) }

// load adds the records of a file to the young generation. end is the offset
// after the last complete record, 0 if the file is not one of this version.
func (d *Dir) load(name string) (end int64, err error) {
	f, err := os.Open(d.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<20)
	header := make([]byte, len(d.header()))
	if _, err := io.ReadFull(r, header); err != nil || string(header) != d.header() {
		return 0, nil
	}
	end = int64(len(header))
	for {
		key, value, err := readRecord(r, d.limit)
		if err != nil {
			return end, nil
		}
		d.put(key, value)
		end += int64(recordHead + len(key) + len(value))
	}
}

// A record is the lengths of key and value, the checksum of both, and both.
const recordHead = 12

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func record(key string, value []byte) []byte {
	b := make([]byte, recordHead, recordHead+len(key)+len(value))
	b = append(append(b, key...), value...)
	binary.LittleEndian.PutUint32(b, uint32(len(key)))
	binary.LittleEndian.PutUint32(b[4:], uint32(len(value)))
	binary.LittleEndian.PutUint32(b[8:], crc32.Checksum(b[recordHead:], castagnoli))
	return b
}

var errRecord = errors.New("not a record")

func readRecord(r io.Reader, limit int) (key string, value []byte, err error) {
	var head [recordHead]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return "", nil, err
	}
	keyLength := int64(binary.LittleEndian.Uint32(head[:]))
	length := keyLength + int64(binary.LittleEndian.Uint32(head[4:]))
	if length > int64(limit) {
		return "", nil, errRecord
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(r, body); err != nil {
		return "", nil, err
	}
	if crc32.Checksum(body, castagnoli) != binary.LittleEndian.Uint32(head[8:]) {
		return "", nil, errRecord
	}
	return string(body[:keyLength]), body[keyLength:], nil
}
